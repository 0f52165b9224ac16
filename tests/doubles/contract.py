"""The API's description as a judge: is this answer one that the document tells of?

Every answer that a test in memory gets goes through `judge`, so that each of them is a test of the document, too.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from chalicelib.openapi import FILE

PROBLEM = "application/problem+json"


@cache
def document() -> dict[str, Any]:
    return msgspec.json.decode(FILE.read_bytes())


def operation(resource: str, method: str) -> dict[str, Any] | None:
    return document()["paths"].get(resource, {}).get(method.lower())


@cache
def validator(resource: str, method: str, status: str, media_type: str) -> jsonschema_rs.Validator | None:
    content = document()["paths"][resource][method]["responses"][status].get("content", {})
    schema = content[media_type].get("schema")
    if schema is None:
        return None
    whole = {**schema, "components": document()["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def judge(resource: str, method: str, status: int, headers: Mapping[str, str], text: str) -> None:
    """Fail if the document does not tell of this answer."""
    if (told := operation(resource, method)) is None:
        assert (status, headers["Content-Type"]) in {(404, PROBLEM), (405, PROBLEM)}, (method, resource, status, text)
        return
    assert str(status) in told["responses"], f"{method} {resource} does not tell of {status}: {text}"
    answer = told["responses"][str(status)]
    missing = {name for name, header in answer["headers"].items() if header.get("required")} - set(headers)
    assert not missing, f"{method} {resource} {status} lacks {missing}"
    _judge_headers(answer, headers)
    if "content" not in answer:
        assert text == "", f"{method} {resource} {status} has a body: {text}"
        return
    _judge_body(resource, method.lower(), str(status), headers, text)


def _judge_headers(answer: dict[str, Any], headers: Mapping[str, str]) -> None:
    known = {name.lower() for name in answer["headers"]} | {"content-type", "content-length", "vary"}
    untold = {name for name in headers if name.lower() not in known and not name.startswith("Access-Control-")}
    assert not untold, f"headers that nobody is told of: {untold}"


def _judge_body(resource: str, method: str, status: str, headers: Mapping[str, str], text: str) -> None:
    media_type = headers["Content-Type"].partition(";")[0]
    told = document()["paths"][resource][method]["responses"][status]["content"]
    if "text/*" in told:
        assert media_type.startswith("text/")
        return
    assert media_type in told, f"{method} {resource} {status} is {media_type}"
    if (schema := validator(resource, method, status, media_type)) is not None:
        schema.validate(msgspec.json.decode(text))
