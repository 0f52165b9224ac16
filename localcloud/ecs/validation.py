"""Input checked by botocore's own model of ECS: types, required and unknown members, enums, lengths, patterns.

botocore's ParamValidator knows nothing of enums, maxima and patterns, so the shapes are walked here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from localcloud.ecs.errors import EcsError, invalid

if TYPE_CHECKING:
    from localcloud.ecs.model import Json

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}
_TAG_PUNCTUATION = "_.:/=+-@"


@cache
def service_model(service: str = "ecs") -> ServiceModel:
    """Answer botocore's model of an API; ECS's is large, and read once."""
    return ServiceModel(cast("Any", Loader().load_service_model(service, "service-2")), service)


class Checker:
    """Checks the input of operations against the model."""

    def __init__(self, service: str = "ecs") -> None:
        self._service = service

    def check(self, operation: str, params: Json) -> None:
        """Raise SerializationException for a wrong type, InvalidParameterException for anything else."""
        shape = service_model(self._service).operation_model(operation).input_shape
        if shape is not None:
            _check(shape, params, "")


def _check(shape: Shape, value: object, path: str) -> None:
    expected = _TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise EcsError("SerializationException", f"{path or 'The request'} must be of type {shape.type_name}.")
    match shape:
        case StructureShape():
            _check_structure(shape, cast("Json", value), path)
        case ListShape():
            _check_range(shape, len(cast("list[object]", value)), path)
            for place, item in enumerate(cast("list[object]", value)):
                _check(shape.member, item, f"{path}[{place}]")
        case MapShape():
            for key, item in cast("Json", value).items():
                _check(shape.value, item, f"{path}.{key}")
        case StringShape():
            _check_string(shape, cast("str", value), path)
        case _:
            if isinstance(value, int | float):
                _check_range(shape, value, path)


def _check_structure(shape: StructureShape, value: Json, path: str) -> None:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            raise invalid(f"{prefix}{name} cannot be blank.")
    for name, member in value.items():
        if name not in shape.members:
            raise invalid(f"{prefix}{name} is not a member of {shape.name}.")
        if member is not None:
            _check(shape.members[name], member, prefix + name)


def _check_string(shape: StringShape, value: str, path: str) -> None:
    if shape.enum and value not in shape.enum:
        raise invalid(f"{path} must be one of {', '.join(shape.enum)}.")
    _check_range(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _fits(pattern, value):
        raise invalid(f"{path} must match {pattern}.")


def _check_range(shape: Shape, size: float, path: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < float(least)) or (most is not None and size > float(most)):
        raise invalid(f"{path} must be between {least} and {most}.")


def _fits(pattern: str, value: str) -> bool:
    r"""Match a pattern of the model; those of tags use ``\p{L}\p{Z}\p{N}``, which Python does not know."""
    if r"\p{" not in pattern:
        return re.fullmatch(pattern, value) is not None
    return all(unicodedata.category(each)[0] in "LZN" or each in _TAG_PUNCTUATION for each in value)
