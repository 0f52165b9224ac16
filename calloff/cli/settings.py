"""Where the API is, and who calls: from the command line, the environment, or a file, in this order."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calloff.errors import SettingsError

KEYS = {
    "url": "address of the API",
    "token": "bearer token; on the local cloud a name",
    "credentials": "token, or aws to sign with AWS credentials",
    "region": "AWS region to sign for",
    "profile": "AWS profile to sign with",
    "time_limit": "seconds that one operation may take",
}
CREDENTIALS = ("token", "aws")


@dataclass(frozen=True)
class Setting:
    """A value, and where it came from, for people to read."""

    value: str
    source: str


Settings = Mapping[str, Setting]


def variable(key: str) -> str:
    """Name a key's environment variable."""
    return f"CALLOFF_{key.upper()}"


def path() -> Path:
    """Where the file is: `CALLOFF_CONFIG`, or in the folder that the XDG Base Directory Specification names."""
    given = os.environ.get("CALLOFF_CONFIG")
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(given or f"{home}/calloff/config.toml").expanduser()


def read(options: Mapping[str, str | None]) -> Settings:
    """Read all settings.

    Raises:
        SettingsError: the file cannot be read, or a value makes no sense.
    """
    found = {key: Setting(value, str(path())) for key, value in _file().items()}
    for key in KEYS:
        if value := os.environ.get(variable(key)):
            found[key] = Setting(value, variable(key))
        if value := options.get(key):
            found[key] = Setting(value, f"--{key.replace('_', '-')}")
    for key, setting in found.items():
        check(key, setting.value)
    return found


def check(key: str, value: str) -> None:
    """Raise SettingsError for a key that is none, or a value that it cannot have."""
    if key not in KEYS:
        raise SettingsError(f"There is no setting {key!r}; there are {', '.join(KEYS)}.")
    if key == "credentials" and value not in CREDENTIALS:
        raise SettingsError(f"credentials is {' or '.join(CREDENTIALS)}, not {value!r}.")
    if key == "time_limit" and not _is_time(value):
        raise SettingsError(f"time_limit is a number of seconds, not {value!r}.")


def write(key: str, value: str | None) -> None:
    """Set a value in the file, or remove it. The file may hold a token, so nobody else may read it."""
    if value is not None:
        check(key, value)
    values = {name: text for name, text in {**_file(), key: value}.items() if text is not None}
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        # A JSON text is a TOML text, too, with this one exception.
        stream.writelines(f"{name} = {json.dumps(text).replace(chr(127), '')}\n" for name, text in values.items())
    unfinished.replace(file)


def _file() -> dict[str, str]:
    try:
        content = tomllib.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path()} cannot be read: {error}.") from error
    return {name: str(value) for name, value in content.items()}


def _is_time(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
