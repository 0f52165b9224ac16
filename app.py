"""Calloff's routes and event handlers. Each parses, makes one call, and answers; there is no logic here."""

from collections.abc import Mapping
from typing import assert_never

from chalice.app import AuthRequest, AuthResponse, Chalice, CloudWatchEvent, Request, Response, SQSEvent, SQSRecord
from msgspec import structs, to_builtins

from chalicelib import audit, authorizer, bootstrap, docs, itself, log, openapi, parsing, problems
from chalicelib.answers import Health, Reported, TaskDocument, TaskPage
from chalicelib.auth import authenticate
from chalicelib.authorization import Caller, Verb
from chalicelib.canary import fly
from chalicelib.cancel import Cancelled, Cancelling, GraceUnsupported, TooLate, cancel
from chalicelib.cursors import to_cursor, to_log_cursor
from chalicelib.deadline import Again, Done, wake
from chalicelib.direct import cancel_directly, cancel_each
from chalicelib.enforce import UnfinishedError, enforce
from chalicelib.etags import content_etag, task_etag
from chalicelib.firing import firings
from chalicelib.http import (
    RETRY_AFTER_S,
    api_url,
    careful,
    guard,
    json_answer,
    json_body,
    location,
    single_credentials,
    tagged,
)
from chalicelib.hunt import hunt as run_hunt
from chalicelib.instants import instant_text
from chalicelib.invocation import Invocation
from chalicelib.lifecycle import Event, Status, refusal
from chalicelib.listing import list_tasks
from chalicelib.logs import Outdated, Output, read_logs
from chalicelib.notes import NOTHING, Notes
from chalicelib.observe import observe
from chalicelib.patch import Changed, Patched, patch
from chalicelib.patch import TooLate as TooLateToPatch
from chalicelib.policies import packaged
from chalicelib.ports import StoreUnavailableError, Unread
from chalicelib.prefer import preference_applied, wait_s
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import parse
from chalicelib.show import NotAllowed, NotFound, Shown, show
from chalicelib.submit import KeyReused, NothingToResume, Replayed, Submitted, TooManyTasks, submit
from chalicelib.sweep import sweep as run_sweep
from chalicelib.task import Proof, Task
from chalicelib.tell import Kept, resumed, tell
from chalicelib.tokens import TaskToken, no_good_token, read_token
from chalicelib.views import log_page, resumption, task_document
from chalicelib.wait import Patience, await_end

app = Chalice(app_name="calloff", configure_logs=False)
log.to_standard_output()
app.register_middleware(guard, "http")

NO_SUCH_TASK = "There is no such task."
NOT_YOURS = "The task belongs to somebody else."

FULL_RETRY_AFTER_S = 10
"""Seconds. A task has to end first; nobody knows when."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANY_TYPE: list[str] = []
"""Chalice would answer another media type itself, with a document of its own; `json_body` checks it."""


@app.authorizer(name="authorize", ttl_seconds=0)
def authorize(request: AuthRequest) -> AuthResponse:
    """Tell API Gateway who sent a token. It keeps no answer: a token that has expired is over for all requests."""
    return authorizer.authorize(request)


@app.route("/tasks", methods=["POST"], content_types=ANY_TYPE)
@careful
def submit_task() -> Response:
    """Submit a task: 201 with it, as far as its launch has come."""
    caller, settings = _caller(Verb.SUBMIT), bootstrap.settings()
    parsing.no_query(_query())
    body = json_body(_request(), settings)
    key = _request().headers.get("idempotency-key")
    match submit(bootstrap.ports(), parsing.submission(body, key, caller, settings, api_url(_request()))):
        case Submitted(task):
            return _task_answer(201, task, {"Location": _location(task)})
        case Replayed(task):
            return _task_answer(201, task, {"Location": _location(task), "Idempotency-Replayed": "true"})
        case KeyReused(task):
            detail = f"It made task {task.id}, from another body."
            raise problems.IdempotencyKeyReused(detail, field="Idempotency-Key")
        case TooManyTasks():
            detail = f"At most {settings.max_active_tasks} tasks of an owner are active at a time."
            raise problems.TooManyTasks(detail, {"Retry-After": str(FULL_RETRY_AFTER_S)})
        case NothingToResume(other_id):
            raise problems.Malformed(f"You have no task {other_id}.", field="resume_from")
        case other:
            assert_never(other)


@app.route("/tasks", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def list_own_tasks() -> Response:
    """List tasks, newest first."""
    ports = bootstrap.ports()
    listing = parsing.listing(_query(), _caller(Verb.LIST), ports.settings, ports.keys)
    page = list_tasks(ports, listing)
    cursor = to_cursor(ports.keys, listing.owner, page.next) if page.next else None
    return json_answer(200, TaskPage(tasks=tuple(_document(task) for task in page.tasks), cursor=cursor))


@app.route("/tasks/{task_id}", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_task(task_id: str) -> Response:
    """Show a task."""
    caller = _caller(Verb.READ)
    parsing.no_query(_query())
    owner = caller.scope(Verb.READ)
    match show(bootstrap.ports(), parsing.identity(task_id), owner):
        case NotAllowed():
            raise problems.Forbidden(NOT_YOURS)
        case NotFound():
            raise problems.NotFound(NO_SUCH_TASK)
        case Shown(task, notes):
            return _task_answer(200, task, notes=notes)
        case other:
            assert_never(other)


@app.route("/tasks/{task_id}/logs", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_logs(task_id: str) -> Response:
    """Show what the task's container wrote."""
    ports = bootstrap.ports()
    match read_logs(ports, parsing.log_request(task_id, _query(), _caller(Verb.LOGS), ports.settings, ports.keys)):
        case Output(lines, position):
            return json_answer(200, log_page(lines, to_log_cursor(ports.keys, task_id, position) if position else None))
        case Outdated():
            raise problems.Malformed("cursor is too old; begin again without one.", field="cursor")
        case Unread(reason):
            log.warning("logs_unread", task_id=task_id, reason=reason)
            detail = "CloudWatch Logs did not answer, or is asked too much; ask again."
            raise problems.LogsUnavailable(detail, {"Retry-After": str(RETRY_AFTER_S)})
        case NotAllowed():
            raise problems.Forbidden(NOT_YOURS)
        case NotFound():
            raise problems.NotFound(NO_SUCH_TASK)
        case other:
            assert_never(other)


@app.route("/tasks/{task_id}", methods=["PATCH"], content_types=ANY_TYPE)
@careful
def patch_task(task_id: str) -> Response:
    """Give a task another time limit."""
    caller = _caller(Verb.CHANGE)
    parsing.no_query(_query())
    settings = bootstrap.settings()
    body = json_body(_request(), settings)
    if_match = _request().headers.get("if-match")
    match patch(bootstrap.ports(), parsing.patch(task_id, body, caller, settings, if_match)):
        case Patched(task):
            return _task_answer(200, task)
        case Changed(task):
            raise problems.PreconditionFailed("If-Match names another state of the task.", task=_document(task))
        case TooLateToPatch(task):
            raise problems.TooLate(refusal(Event.TIMEOUT_MOVED, task.status), task=_document(task))
        case NotAllowed():
            raise problems.Forbidden(NOT_YOURS)
        case NotFound():
            raise problems.NotFound(NO_SUCH_TASK)
        case other:
            assert_never(other)


@app.route("/tasks/{task_id}/cancel", methods=["POST"], content_types=ANY_TYPE)
@careful
def cancel_task(task_id: str) -> Response:
    """Cancel a task; `?terminate=true` is `mode: force`."""
    caller = _caller(Verb.CANCEL)
    return _cancel(task_id, caller, force=parsing.terminate(_query()))


@app.route("/tasks/{task_id}", methods=["DELETE"], content_types=ANY_TYPE)
@careful
def delete_task(task_id: str) -> Response:
    """Cancel a task."""
    caller = _caller(Verb.CANCEL)
    parsing.no_query(_query())
    return _cancel(task_id, caller, force=False)


@app.route("/tasks/{task_id}/kill", methods=["POST"], content_types=ANY_TYPE)
@careful
def kill_task(task_id: str) -> Response:
    """Cancel a task with `mode: force`."""
    caller = _caller(Verb.CANCEL)
    parsing.no_query(_query())
    return _cancel(task_id, caller, force=True)


@app.route("/self", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_itself() -> Response:
    """Show a task to itself."""
    token = _task_token(Verb.READ)
    parsing.no_query(_query())
    match itself.show_itself(bootstrap.ports(), token):
        case itself.Expired():
            raise no_good_token()
        case task:
            return _task_answer(200, task)


@app.route("/self/cancel", methods=["POST"], content_types=ANY_TYPE)
@careful
def cancel_itself() -> Response:
    """Let a task cancel itself."""
    token, settings = _task_token(Verb.CANCEL), bootstrap.settings()
    parsing.no_query(_query())
    request = parsing.self_cancellation(json_body(_request(), settings), token, settings)
    match itself.cancel_itself(bootstrap.ports(), token, request):
        case Cancelling(task):
            return _task_answer(202, task)
        case GraceUnsupported(task):
            raise _grace_unsupported(task)
        case itself.Expired():
            raise no_good_token()
        case other:
            assert_never(other)


@app.route("/self/report", methods=["POST"], content_types=ANY_TYPE)
@careful
def report_itself() -> Response:
    """Take in what a task tells of itself."""
    token, settings, ports = _task_token(Verb.REPORT), bootstrap.settings(), bootstrap.ports()
    parsing.no_query(_query())
    match tell(ports, token, parsing.told(json_body(_request(), settings), ports.clock.now(), settings)):
        case Kept(task):
            return json_answer(200, Reported(status=task.status))
        case itself.Expired():
            raise no_good_token()
        case other:
            assert_never(other)


@app.route("/self/checkpoint", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_checkpoint() -> Response:
    """Show a task from where it can go on."""
    token = _task_token(Verb.READ)
    parsing.no_query(_query())
    match resumed(bootstrap.ports(), token):
        case itself.Expired():
            raise no_good_token()
        case found:
            return json_answer(200, resumption(found))


@app.route("/healthz", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def health() -> Response:
    """Tell that the function answers; open to all."""
    return json_answer(200, Health())


@app.route("/openapi.json", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_openapi() -> Response:
    """Show the API's description; open to all."""
    text = openapi.served(bootstrap.settings())
    return tagged(_request(), Response(text, {"Content-Type": "application/json"}), content_etag(text))


@app.route("/docs", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_docs() -> Response:
    """Show the description as a page; open to all."""
    return tagged(_request(), Response(docs.page(), dict(docs.PAGE_HEADERS)), content_etag(docs.page()))


@app.route("/docs/{asset}", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@careful
def show_docs_asset(asset: str) -> Response:
    """Show a part of the page; open to all."""
    match docs.asset(asset):
        case docs.NoAsset():
            raise problems.NotFound("The page has no such part.")
        case text:
            return tagged(_request(), Response(text, dict(docs.asset_headers(asset))), content_etag(text))


def _cancel(task_id: str, caller: Caller, *, force: bool) -> Response:
    settings, ports = bootstrap.settings(), bootstrap.ports()
    patience = Patience.from_now(ports.clock, wait_s(_request().headers.get("prefer"), settings.wait_max_s))
    body = json_body(_request(), settings)
    match cancel(ports, parsing.cancellation(task_id, body, caller, settings, force=force)):
        case Cancelling(task):
            return _cancel_answer(await_end(ports, task, patience), patience)
        case Cancelled(task):
            return _cancel_answer(task, patience)
        case TooLate(task):
            raise problems.TooLate(refusal(Event.CANCEL_REQUESTED, task.status), task=_document(task))
        case GraceUnsupported(task):
            raise _grace_unsupported(task)
        case NotAllowed():
            raise problems.Forbidden(NOT_YOURS)
        case NotFound():
            raise problems.NotFound(NO_SUCH_TASK)
        case other:
            assert_never(other)


@app.on_cw_event(
    {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "startedBy": [{"prefix": "calloff/"}],
            "lastStatus": ["RUNNING", "DEPROVISIONING", "STOPPED"],
        },
    }
)
def ecs_task_changed(event: CloudWatchEvent) -> None:
    """Take in what ECS reports. An error is raised, so that EventBridge hands the event in again."""
    report = parse(event.detail, Proof.ECS_EVENT)
    outcome = observe(bootstrap.ports(), report)
    log.info("ecs_event", outcome=type(outcome).__name__, ecs_arn=report.arn, last_status=report.last_status)


@app.schedule("rate(1 minute)")
def sweep(_: CloudWatchEvent) -> None:
    """Attend to every task that is due."""
    swept = run_sweep(bootstrap.ports())
    log.info("swept", **structs.asdict(swept))


@app.schedule("rate(5 minutes)")
def hunt(_: CloudWatchEvent) -> None:
    """Stop containers that should not live, and notice ends that nobody told."""
    hunted = run_hunt(bootstrap.ports())
    log.info("hunted", outcome=type(hunted).__name__, **structs.asdict(hunted))


@app.lambda_function(name="on_deadline")
def on_deadline(event: dict[str, str], _: object) -> dict[str, object]:
    """Wake a task's deadline for its timer (`infra/timer.asl.json`); answer when to come back."""
    match wake(bootstrap.ports(), parsing.identity(event["task_id"])):
        case Done():
            return {"task_id": event["task_id"], "done": True}
        case Again(at):
            return {"task_id": event["task_id"], "done": False, "at": instant_text(at)}
        case other:
            assert_never(other)


@app.lambda_function(name="cancel")
def cancel_invoked(event: object, context: Invocation) -> object:
    """Cancel a task for whoever may invoke this function: `{"task_id", "reason"?, …, "requested_by"?}`."""
    return to_builtins(cancel_directly(bootstrap.ports(), event, "lambda", context.aws_request_id))


@app.on_cw_event({"source": ["calloff.request"], "detail-type": ["Cancel Tasks"]})
def cancel_requested(event: CloudWatchEvent) -> None:
    """Cancel what an event asks for: `{"cancels": [{"task_id", …}, …]}`."""
    cancel_each(bootstrap.ports(), event.detail, event.event_id)


@app.lambda_function(name="enforce_policy")
def enforce_policy(event: Mapping[str, object], context: Invocation) -> list[dict[str, object]]:
    """Cancel what the policies select for an alarm that rings, at their time, or by name: `{"policy": name}`."""
    enforced = []
    for firing in firings(event, context.aws_request_id, packaged()):
        outcome = enforce(bootstrap.ports(), bootstrap.firings(), firing)
        if firing.again and not outcome.done:
            raise UnfinishedError(firing.id)
        enforced.append(structs.asdict(outcome))
    return enforced


@app.lambda_function(name="canary")
def canary(_: object, __: Invocation) -> dict[str, object]:
    """Submit a task, cancel it, and see that it is dead. What is not as promised is raised, so that an alarm rings."""
    outcome = fly(bootstrap.ports())
    told = {"outcome": type(outcome).__name__, **structs.asdict(outcome)}
    log.info("canary", **told)
    return told


@app.on_sqs_message(queue="calloff-launches", batch_size=5)
def relaunch(event: SQSEvent) -> dict[str, object]:
    """Launch what the launch queue brings. What fails comes back by itself, and nothing else of its batch."""
    failed = [record for record in event if not _relaunched(record)]
    return {"batchItemFailures": [{"itemIdentifier": r.to_dict()["messageId"]} for r in failed]}


def _relaunched(record: SQSRecord) -> bool:
    try:
        relaunch_by_id(bootstrap.ports(), record.body)
    except StoreUnavailableError as error:
        log.warning("relaunch_failed", task_id=record.body, error=str(error))
        return False
    return True


def _answer_the_rest() -> None:
    """Answer OPTIONS, unknown routes and unknown methods: API Gateway would say 403 "Missing Authentication Token"."""

    @careful
    def tell_methods(**_: str) -> Response:
        return Response("", {"Allow": _allowed()}, 204)

    @careful
    def refuse_method(**_: str) -> Response:
        allowed = _allowed()
        raise problems.MethodNotAllowed(f"Here are: {allowed}.", {"Allow": allowed})

    @careful
    def refuse_route(**_: str) -> Response:
        raise problems.NotFound("There is no such route.")

    for path, methods in list(app.routes.items()):
        refused = [m for m in METHODS if m not in {*methods, "OPTIONS"}]
        app.route(path, methods=["OPTIONS"], content_types=ANY_TYPE, name="tell_methods")(tell_methods)
        app.route(path, methods=refused, content_types=ANY_TYPE, name="refuse_method")(refuse_method)
    for path in ("/", "/{proxy+}"):
        app.route(path, methods=list(METHODS), content_types=ANY_TYPE, name="refuse_route")(refuse_route)


def _request() -> Request:
    request = app.current_request
    assert request is not None  # noqa: S101 - views run within a request
    return request


def _task_token(verb: Verb) -> TaskToken:
    made, ports = audit.attempt(_request()), bootstrap.ports()
    made.verb = verb
    token = read_token(ports.keys, ports.settings.deployment, single_credentials(_request()).get("authorization"))
    made.caller = token.caller
    # For the refusal alone: the token's own conditions, not an owner, go into the write.
    token.caller.scope(verb)
    return token


def _grace_unsupported(task: Task) -> problems.GraceUnsupported:
    detail = f"Fargate fixes the grace in the task definition: this task's is {task.stop_timeout} s."
    return problems.GraceUnsupported(detail, field="grace")


def _caller(verb: Verb) -> Caller:
    request = _request()
    made = audit.attempt(request)
    made.verb = verb
    made.caller = authenticate(request.context, single_credentials(request), bootstrap.settings())
    return made.caller


def _query() -> dict[str, list[str]]:
    query = _request().query_params
    return {name: query.getlist(name) for name in query} if query else {}


def _cancel_answer(task: Task, patience: Patience) -> Response:
    if task.status is Status.CANCELLED:
        return json_answer(200, _document(task), preference_applied(patience.seconds))
    where = {"Location": _location(task), "Retry-After": str(RETRY_AFTER_S)}
    return json_answer(202, _document(task), {**where, **preference_applied(patience.seconds)})


def _task_answer(status: int, task: Task, headers: Mapping[str, str] | None = None, notes: Notes = NOTHING) -> Response:
    answer = json_answer(status, task_document(task, bootstrap.settings(), notes), headers)
    return tagged(_request(), answer, task_etag(task.rev, answer.body))


def _location(task: Task) -> str:
    return location(_request(), f"/tasks/{task.id}")


def _document(task: Task) -> TaskDocument:
    return task_document(task, bootstrap.settings())


def _allowed() -> str:
    routes = app.routes[_request().context["resourcePath"]]
    return ", ".join(method for method in METHODS if method in routes and routes[method].view_name != "refuse_method")


_answer_the_rest()
