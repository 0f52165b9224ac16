"""The API's description: valid, the same as the routes both ways, and true.

That each answer is as it is described is tested by every other test: `tests/doubles/contract.py` judges them all.
"""

import dataclasses
import json
from collections.abc import Callable

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from apidoc.examples import BODIES
from apidoc.operations import OPERATIONS
from apidoc.told import Operation
from app import app
from chalicelib import docs, openapi, problems
from chalicelib.lifecycle import Status
from chalicelib.ports import StoreUnavailableError, Unread
from chalicelib.problems import Problem
from chalicelib.tokens import make_token
from tests.doubles.api import Answer, request, wired
from tests.doubles.contract import document
from tests.doubles.examples import a_task
from tests.doubles.world import DEPLOYMENT, KEYS, World, settings


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


# -- the document


def test_it_is_openapi():
    validate(document())


@pytest.mark.parametrize("auth", ["iam", "jwt", "local"])
def test_as_it_is_served_it_is_openapi_too(auth):
    with wired(World(auth=auth).ports):
        served = request("GET", "/openapi.json", caller=None)
    validate(served.json)
    assert served.headers["Content-Type"] == "application/json"
    assert list(served.json["components"]["securitySchemes"]) == [auth, "task"]
    assert served.json["security"] == [{auth: []}]


def test_every_route_is_in_it_and_everything_in_it_is_a_route():
    refusals = {"refuse_method", "refuse_route"}
    routes = {
        (path, method.lower())
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if entry.view_name not in refusals
    }
    told = {(path, method) for path, item in document()["paths"].items() for method in item if method != "parameters"}
    assert routes == told


def test_operations_have_names_of_their_own():
    names = [
        told["operationId"]
        for item in document()["paths"].values()
        for method, told in item.items()
        if method != "parameters"
    ]
    assert len(set(names)) == len(names)


def test_it_fills_in_what_the_deployment_chose():
    chosen = settings(max_labels=3, max_label_value=9, max_reason=7, page=5, page_max=8)
    told = msgspec.json.decode(openapi.served(chosen))
    schemas = told["components"]["schemas"]
    labels = schemas["SubmitBody"]["properties"]["labels"]
    assert (labels["maxProperties"], labels["additionalProperties"]["maxLength"]) == (3, 9)
    assert schemas["CancelBody"]["properties"]["reason"]["anyOf"][0]["maxLength"] == 7
    (limit,) = (p["schema"] for p in told["paths"]["/tasks"]["get"]["parameters"] if p["name"] == "limit")
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 8, 5)


@pytest.mark.parametrize("target", ["/openapi.json", "/docs", "/docs/docs.js"])
def test_whoever_has_it_does_not_get_it_again(target):
    etag = request("GET", target, caller=None).headers["ETag"]
    again = request("GET", target, caller=None, headers={"If-None-Match": etag})
    assert (again.status, again.text) == (304, "")


# -- the page


def test_the_page_asks_no_other_host():
    page = request("GET", "/docs", caller=None)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("asset", docs.ASSETS)
def test_no_part_of_the_page_names_a_host_that_serves_parts(asset):
    assert "cdn." not in (docs.STATIC / asset).read_text("utf-8")


@pytest.mark.parametrize("asset", docs.ASSETS)
def test_each_part_of_the_page_is_there_as_what_it_is(asset):
    part = request("GET", f"/docs/{asset}", caller=None)
    assert (part.status, part.headers["Content-Type"]) == (200, docs.ASSETS[asset])
    assert part.headers["Cache-Control"] == "public, max-age=3600"
    assert part.text == (docs.STATIC / asset).read_text("utf-8")


@pytest.mark.parametrize("asset", ["nothing.js", "..%2Fapp.py", "../app.py", "openapi.json", "", "%00"])
def test_the_page_has_no_other_parts(asset):
    assert request("GET", f"/docs/{asset}", caller=None).status == 404


# -- examples


def schema_of(reference):
    return {**reference, "components": document()["components"]}


def answers():
    for path, item in document()["paths"].items():
        for method, told in item.items():
            for status, answer in told["responses"].items() if method != "parameters" else ():
                for content in answer.get("content", {}).values():
                    named = {name: each["value"] for name, each in content.get("examples", {}).items()}
                    for name, value in (named | ({"": content["example"]} if "example" in content else {})).items():
                        yield pytest.param(content["schema"], value, id=f"{method} {path} {status} {name}")


@pytest.mark.parametrize(("schema", "value"), [*answers()])
def test_an_example_of_an_answer_is_of_its_schema(schema, value):
    Draft202012Validator(schema_of(schema)).validate(value)


@pytest.mark.parametrize(
    ("operation", "body"),
    [pytest.param(o, b, id=f"{o.id} {n}") for o in OPERATIONS if o.body for n, b in BODIES[o.body].items()],
)
def test_an_example_of_a_request_is_carried_out(world, operation, body):
    Draft202012Validator(schema_of({"$ref": f"#/components/schemas/{operation.body.__name__}"})).validate(body)
    answer = send(world, operation, body=body)
    assert answer.status in {told.status for told in operation.answers}, answer


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.query or o.headers], ids=lambda o: o.id)
def test_examples_of_parameters_are_taken(world, operation):
    told = document()["paths"][operation.path][operation.method]["parameters"]
    given = {p["name"]: p["example"] for p in told if "example" in p}
    headers = {h.name: given[h.name] for h in operation.headers}
    query = [
        (n, json.dumps(v) if v is True else str(v)) for n, v in given.items() if n not in headers for v in listed(v)
    ]
    assert send(world, operation, headers=headers, query=query).status in {told.status for told in operation.answers}


def listed(value):
    return value if isinstance(value, list) else [value]


# -- problems


def send(world: World, operation: Operation, task_id: str | None = None, body: object = None, **how) -> Answer:
    """Send what an operation takes, of a running task of alice's."""
    target = operation.path.replace("{asset}", how.pop("asset", "docs.js"))
    if "{task_id}" in target:
        target = target.replace("{task_id}", task_id or world.running().id)
    usual = next(iter(BODIES[operation.body].values())) if operation.body else None
    if operation.access == "task" and "caller" not in how:
        how["headers"] = {"Authorization": f"Bearer {token_of(world)}", **how.get("headers", {})}
    return request(operation.method.upper(), target, usual if body is None else body, **how)


def token_of(world: World) -> str:
    task = world.running()
    return make_token(KEYS, DEPLOYMENT, task.id, task.attempt)


def unauthenticated(world, operation):
    return send(world, operation, caller=None)


def unknown_field(world, operation):
    return send(world, operation, query=[("surprise", "1")])


def forbidden(world, operation):
    if "{task_id}" in operation.path:
        return send(world, operation, caller="bob")
    query = [("owner", "bob")] if operation.query else []
    return send(world, operation, caller="alice" if query else "viewer", query=query)


def not_found(world, operation):
    return send(world, operation, task_id="5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03", asset="nothing.js")


def malformed(world, operation):
    if operation.body:
        return send(world, operation, body="{")
    return send(world, operation, query=[("limit", "0")])


def body_too_large(world, operation):
    return send(world, operation, body=" " * (world.settings.max_body_bytes + 1))


def unsupported_media_type(world, operation):
    return send(world, operation, headers={"Content-Type": "text/plain"})


def too_late(world, operation):
    task = a_task(Status.COMPLETED)
    world.store.put(task)
    return send(world, operation, task_id=task.id)


def precondition_failed(world, operation):
    return send(world, operation, headers={"If-Match": '"another"'})


def grace_unsupported(world, operation):
    return send(world, operation, body={"grace": 7})


def idempotency_key_reused(world, operation):
    for timeout in (1, 2):
        answer = send(world, operation, body={"image": "busybox", "timeout": timeout}, headers={"Idempotency-Key": "k"})
    return answer


def limit_exceeded(world, operation):
    return limited(world, operation, {"image": "busybox", "timeout": 60}, max_timeout=59)


def image_not_allowed(world, operation):
    return limited(world, operation, {"image": "busybox"}, images=("other",))


def too_many_tasks(world, operation):
    assert limited(world, operation, {"image": "busybox"}, max_active_tasks=1).status == 201
    return limited(world, operation, {"image": "busybox"}, max_active_tasks=1)


def limited(world, operation, body, **limits):
    """Send a body to a deployment with these limits."""
    body = body if operation.id == "submitTask" else {"timeout": body["timeout"]}
    ports = dataclasses.replace(world.ports, settings=msgspec.structs.replace(world.settings, **limits))
    with wired(ports):
        return send(world, operation, body=body)


def unavailable(world, operation):
    return broken(world, operation, StoreUnavailableError("throttled"))


def logs_unavailable(world, operation):
    world.logs.trouble.append(Unread("throttled"))
    return send(world, operation)


def internal(world, operation):
    return broken(world, operation, ZeroDivisionError("a defect"))


def broken(world, operation, error):
    task, token = world.running(), token_of(world)

    def fail(*_):
        raise error

    with pytest.MonkeyPatch.context() as patch:
        for name in ("create", "apply", "get", "get_many", "page"):
            patch.setattr(world.store, name, fail)
        for module, name in ((openapi, "served"), (docs, "page"), (docs, "asset")):
            patch.setattr(module, name, fail)
        patch.setattr(f"{__name__}.token_of", lambda _: token)
        return send(world, operation, task_id=task.id)


def method_not_allowed(world, operation):
    return request("PUT", operation.path)


PROVOCATIONS: dict[type[Problem], Callable[[World, Operation], Answer]] = {
    problems.BodyTooLarge: body_too_large,
    problems.Forbidden: forbidden,
    problems.GraceUnsupported: grace_unsupported,
    problems.IdempotencyKeyReused: idempotency_key_reused,
    problems.ImageNotAllowed: image_not_allowed,
    problems.Internal: internal,
    problems.LimitExceeded: limit_exceeded,
    problems.Malformed: malformed,
    problems.LogsUnavailable: logs_unavailable,
    problems.MethodNotAllowed: method_not_allowed,
    problems.NotFound: not_found,
    problems.PreconditionFailed: precondition_failed,
    problems.TooLate: too_late,
    problems.TooManyTasks: too_many_tasks,
    problems.Unauthenticated: unauthenticated,
    problems.Unavailable: unavailable,
    problems.UnknownField: unknown_field,
    problems.UnsupportedMediaType: unsupported_media_type,
}


OF_THE_GATEWAY = {problems.TooManyRequests}
"""What no function answers, but API Gateway in its place (`infra/gateway.py`, tests/infra)."""


def test_every_type_of_problem_is_raised_here():
    assert set(PROVOCATIONS) | OF_THE_GATEWAY == set(Problem.__subclasses__())
    assert {kind for o in OPERATIONS for kind in o.problems} | {problems.MethodNotAllowed} == set(PROVOCATIONS)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [pytest.param(o, k, id=f"{o.id} {k.slug}") for o in OPERATIONS for k in (*o.problems, problems.MethodNotAllowed)],
)
def test_every_problem_that_is_told_of_is_raised(world, operation, kind):
    answer = PROVOCATIONS[kind](world, operation)
    assert answer.problem[:2] == (kind.status, kind.slug)
    assert set(kind.tells) <= set(answer.headers)
