"""Puts the document together: one path item for each path, HEAD and OPTIONS among its operations."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from apidoc import examples
from apidoc.headers import ALWAYS, HEADERS
from apidoc.operations import OPERATIONS
from apidoc.schemas import components, parameters, reference
from apidoc.told import Header, Operation, Told
from chalicelib.answers import ProblemDocument
from chalicelib.config import Settings
from chalicelib.docs import ASSETS
from chalicelib.openapi import ALWAYS_THERE, SECURITY_SCHEMES, TASK_SCHEME, Document
from chalicelib.problems import URN, Problem

ABOUT = """Run containers on ECS/Fargate, and call them off. For sure.

**`cancelled` means dead, proven.** A task reads `cancelled` only when ECS has reported its containers stopped, or when
it is certain that none was ever launched. Until then it reads `cancelling`.

Everything that is wrong with a request is a problem document (RFC 9457) of one of the types listed here. API Gateway,
in front, may answer 401, 403, 413, 429 or 5xx by itself before a request arrives, in the same form.

A task's document grows: fields and words are added, none changes its meaning. Unknown fields of a *request* are
refused.
"""
TAGS = {
    "Tasks": "Submit, watch, and move the limit.",
    "Cancellation": "Three ways to say the same: the cancellation is accepted, carried out, and proven.",
    "Itself": "What a task may do to itself, from within its container, by its own token.",
    "Service": "The API itself. Open to all.",
}
TASK_ID = {"name": "task_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
ASSET = {"name": "asset", "in": "path", "required": True, "schema": {"type": "string", "enum": list(ASSETS)}}
PATH_PARAMETERS = {"task_id": TASK_ID, "asset": ASSET}


def document(settings: Settings) -> Document:
    """Make the whole document, for every way of authentication."""
    types = {
        t for o in OPERATIONS for t in (o.body, o.query, *(told.body for told in o.answers)) if isinstance(t, type)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Calloff", "version": "1", "summary": "Task cancellation, proven.", "description": ABOUT},
        "servers": [{"url": "./", "description": "Where this document is."}],
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": {
            path: _path(path, list(of_path), settings)
            for path, of_path in groupby(sorted(OPERATIONS, key=_place), key=lambda operation: operation.path)
        },
        "components": {
            "schemas": components(sorted(types, key=lambda t: t.__name__)),
            "headers": HEADERS,
            "securitySchemes": {**SECURITY_SCHEMES, **ALWAYS_THERE},
        },
    }


def _place(operation: Operation) -> int:
    """Sort by the path's first operation in the table."""
    return [each.path for each in OPERATIONS].index(operation.path)


def _path(path: str, operations: list[Operation], settings: Settings) -> Document:
    item: Document = {each.method: _operation(each, settings) for each in operations}
    if "get" in item:
        item["head"] = _head(item["get"])
    item["options"] = _options(path, operations[0].tag)
    if named := _of_path(path):
        item["parameters"] = named
    return item


def _of_path(path: str) -> list[Document]:
    return [parameter for name, parameter in PATH_PARAMETERS.items() if f"{{{name}}}" in path]


def _operation(operation: Operation, settings: Settings) -> Document:
    made: Document = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "responses": {str(told.status): _answer(told, settings) for told in operation.answers}
        | _problems(operation, settings),
    }
    match operation.access:
        case "open":
            made["security"] = []
        case "task":
            made["security"] = [{TASK_SCHEME: []}]
        case "caller":
            pass  # as the whole document says
    if given := [*map(_header, operation.headers), *_query(operation)]:
        made["parameters"] = given
    if operation.body:
        content = {"schema": reference(operation.body), "examples": _named(examples.BODIES[operation.body])}
        made["requestBody"] = {"required": operation.body_required, "content": {"application/json": content}}
    return made


def _header(header: Header) -> Document:
    return {
        "name": header.name,
        "in": "header",
        "description": header.description,
        "schema": dict(header.schema),
        "example": header.example,
    }


def _query(operation: Operation) -> Iterator[Document]:
    for parameter in parameters(operation.query) if operation.query else ():
        example = examples.QUERIES.get(parameter["name"])
        yield parameter if example is None else {**parameter, "example": example}


def _answer(told: Told, settings: Settings) -> Document:
    made: Document = {"description": told.description, "headers": _headers(told.headers, told.sometimes)}
    if isinstance(told.body, str):
        made["content"] = {told.body: {}}
    elif told.body:
        example = examples.answer(told.body, told.status, settings)
        made["content"] = {"application/json": {"schema": reference(told.body), "example": example}}
    if told.links:
        made["links"] = {
            name: {"operationId": operation, "parameters": {"task_id": "$response.body#/id"}}
            for name, operation in told.links.items()
        }
    return made


def _headers(there: Iterable[str], sometimes: Iterable[str]) -> Document:
    required = {name: {**HEADERS[name], "required": True} for name in (*ALWAYS, *there)}
    return required | {name: {"$ref": f"#/components/headers/{name}"} for name in sometimes}


def _problems(operation: Operation, settings: Settings) -> Document:
    kinds = sorted(operation.problems, key=lambda kind: (kind.status, kind.slug))
    return {
        str(status): _problem(list(same), settings) for status, same in groupby(kinds, key=lambda kind: kind.status)
    }


def _problem(kinds: list[type[Problem]], settings: Settings) -> Document:
    """Describe the answers of one status: any of these types."""
    types = {"properties": {"type": {"enum": [URN + kind.slug for kind in kinds]}}}
    content = {
        "schema": {"allOf": [reference(ProblemDocument), types]},
        "examples": _named({kind.slug: examples.problem(kind, settings) for kind in kinds}),
    }
    return {
        "description": " ".join(f"`{kind.slug}`: {_first_line(kind)}" for kind in kinds),
        "headers": _headers(sorted(set.intersection(*(set(kind.tells) for kind in kinds))), ()),
        "content": {"application/problem+json": content},
    }


def _first_line(kind: type[Problem]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _named(values: dict[str, Any]) -> Document:
    return {name: {"value": value} for name, value in values.items()}


def _head(get: Document) -> Document:
    """HEAD answers what GET does, without a body."""
    answers = {
        status: {key: value for key, value in answer.items() if key not in {"content", "links"}}
        for status, answer in get["responses"].items()
    }
    identity = f"{get['operationId'].replace('get', 'head', 1).replace('list', 'headOf', 1)}"
    return {
        **get,
        "operationId": identity,
        "summary": f"{get['summary']}: the headers alone",
        "description": "As GET answers, without a body.",
        "responses": answers,
    }


def _options(path: str, tag: str) -> Document:
    words = [part.strip("{}").replace("_", " ").title().replace(" ", "") for part in path.split("/") if part]
    return {
        "operationId": f"optionsOf{''.join(words).replace('.', '')}",
        "summary": "The methods of this path",
        "description": "And, for a page of an origin that the deployment allows, the answer to its preflight (CORS).",
        "tags": [tag],
        "security": [],
        "parameters": [{**each, "schema": {"type": "string"}} for each in _of_path(path)],
        "responses": {"204": {"description": "See `Allow`.", "headers": _headers(("Allow",), ())}},
    }


def text(settings: Settings) -> str:
    """Write the document as the file that ships."""
    return msgspec.json.format(msgspec.json.encode(document(settings)), indent=1).decode() + "\n"
