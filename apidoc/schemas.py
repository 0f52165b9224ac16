"""The shapes of the document: from the types, with what JSON Schema can say and a type cannot."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chalicelib.answers import ProblemDocument
from chalicelib.fargate import MEMORY_BY_CPU
from chalicelib.parsing import RESERVED
from chalicelib.schema import SubmitBody

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"


def components(types: Iterable[type[msgspec.Struct]]) -> dict[str, Schema]:
    """Make the schemas of types, and of all that they hold."""
    _, found = msgspec.json.schema_components([*types, SubmitBody, ProblemDocument], ref_template=REF)
    schemas: dict[str, Schema] = found
    schemas["SubmitBody"] |= {"anyOf": list(_sizes())}
    for field in ("environment", "secrets"):
        names = schemas["SubmitBody"]["properties"][field]["propertyNames"]
        names["pattern"] = names["pattern"].replace("^", f"^(?!{RESERVED})", 1)
    return schemas


def reference(of: type[msgspec.Struct]) -> Schema:
    """Refer to the schema of a type."""
    return {"$ref": REF.format(name=of.__name__)}


def parameters(query: type[msgspec.Struct]) -> Iterable[Schema]:
    """Make the parameters of a query: a list is repeated, and what may be null is simply left out."""
    (_,), found = msgspec.json.schema_components([query], ref_template=REF)
    for name, whole in found[query.__name__]["properties"].items():
        schema = {key: value for key, value in whole.items() if key not in {"default", "description"}}
        schema = next((each for each in schema.get("anyOf", ()) if each != {"type": "null"}), schema)
        yield {"name": name, "in": "query", "description": whole["description"], "schema": schema}


def _sizes() -> Iterable[Schema]:
    """Fargate's pairs of CPU and memory; where one is left out, its default is meant."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(SubmitBody)}
    for cpu, memories in MEMORY_BY_CPU.items():
        given: Mapping[str, Schema] = {"cpu": {"const": cpu}, "memory": {"enum": list(memories)}}
        usual = {"cpu": cpu == defaults["cpu"], "memory": defaults["memory"] in memories}
        yield {"properties": given, "required": [name for name, left_out in usual.items() if not left_out]}
