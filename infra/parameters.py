"""What is chosen for a stage, in one file: ``infra/parameters/<stage>.yaml``."""

from typing import Literal, Self

import msgspec

from chalicelib.config import Settings
from infra.template import HERE

Scalar = str | int | float | bool

FROM_THE_TEMPLATE = ("deployment", "auth", "region", "key", "key_secret_arn")
"""Settings that the template gives, by resources and parameters of its own: not to be chosen here."""


class UnknownSettingError(Exception):
    """A setting that Calloff does not know, or that is not chosen here."""


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is chosen for one stage."""

    stage: str
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """The processor of the functions. The zip is made for it, so it is no parameter of the template."""
    parameters: dict[str, Scalar | list[str]] = {}
    """Values of the template's parameters."""
    settings: dict[str, Scalar | list[str]] = {}
    """Settings of `chalicelib/config.py`, by their names."""

    @classmethod
    def of(cls, stage: str) -> Self:
        """Read the stage's file.

        Raises ``FileNotFoundError`` for a stage that has none, ``msgspec.ValidationError`` for a file that says
        something else than a choice, and ``UnknownSettingError``.
        """
        text = (HERE / "parameters" / f"{stage}.yaml").read_bytes()
        choice = msgspec.convert({"stage": stage, **(msgspec.yaml.decode(text) or {})}, cls)
        choosable = set(Settings.__struct_fields__) - set(FROM_THE_TEMPLATE)
        if strangers := sorted(set(choice.settings) - choosable):
            raise UnknownSettingError(f"infra/parameters/{stage}.yaml: no such setting: {', '.join(strangers)}")
        return choice

    @property
    def variables(self) -> dict[str, str]:
        """The settings as the variables of the functions."""
        return {f"CALLOFF_{name.upper()}": text(value) for name, value in sorted(self.settings.items())}


def text(value: Scalar | list[str]) -> str:
    """Write a value as variables and parameters have it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(value)
        case _:
            return str(value)
