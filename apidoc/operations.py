"""Every operation of the API: what it takes, and each answer and each problem that it may give.

Tests hold the table to the code: each route is here and each operation is a route, every answer of every test is one
that stands here, and every problem that stands here is raised by a test.
"""

from apidoc.told import Header, Operation, Told
from chalicelib import problems
from chalicelib.answers import Health, LogPage, Reported, Resumption, TaskDocument, TaskPage
from chalicelib.schema import CancelBody, CancelQuery, ListQuery, LogsQuery, PatchBody, ReportBody, SubmitBody

_TAGS = {"type": "string", "pattern": r'^(\*|"[!#-~]*"(, "[!#-~]*")*)$'}

IDEMPOTENCY_KEY = Header(
    "Idempotency-Key",
    "Makes it safe to repeat: the same key and body answer the same task.",
    {"type": "string", "pattern": "^[ -~]{1,255}$"},
    "order-4711",
)
IF_NONE_MATCH = Header(
    "If-None-Match", "Tags of states that you have: 304 in their place.", {"type": "string"}, '"7-0123456789abcdef"'
)
IF_MATCH = Header("If-Match", "Tags of states that you accept: 412 from any other.", _TAGS, "*")
PREFER = Header(
    "Prefer",
    "`wait=n`: answer when the end is proven, or after so many seconds (at most 20).",
    {"type": "string"},
    "wait=10",
)

LIMITS = (problems.LimitExceeded, problems.ImageNotAllowed, problems.TooManyTasks)
FAILURES = (problems.Internal, problems.Unavailable)
KNOWN = (problems.Unauthenticated, problems.UnknownField, *FAILURES)
"""Of every operation that wants to know who calls, and passes over no parameter."""
OF_A_TASK = (problems.Forbidden, problems.NotFound)
WITH_A_BODY = (problems.Malformed, problems.BodyTooLarge, problems.UnsupportedMediaType)

GUESSED = "X-Content-Type-Options"
GUARDED = ("Content-Security-Policy", GUESSED)

TO_THE_TASK = {
    "get": "getTask",
    "cancel": "cancelTask",
    "kill": "killTask",
    "patch": "patchTask",
    "delete": "deleteTask",
}

_CANCEL_ANSWERS = (
    Told(
        202,
        "Accepted: the task is `cancelling`, and will be `cancelled`, whatever its container does in the meantime.",
        TaskDocument,
        ("Location", "Retry-After"),
        ("Preference-Applied",),
        TO_THE_TASK,
    ),
    Told(
        200,
        "The task is `cancelled`: its container is proven dead, or was never launched.",
        TaskDocument,
        sometimes=("Preference-Applied",),
        links=TO_THE_TASK,
    ),
)
_CANCEL_PROBLEMS = (*KNOWN, *OF_A_TASK, *WITH_A_BODY, problems.TooLate, problems.GraceUnsupported)

OPERATIONS = (
    Operation(
        "post",
        "/tasks",
        "submitTask",
        "Submit a task",
        "Launches its container. The answer shows how far that came: `starting` as a rule, `pending` if ECS refuses "
        "for now.",
        "Tasks",
        (Told(201, "The task.", TaskDocument, ("Location", "ETag"), ("Idempotency-Replayed",), TO_THE_TASK),),
        (*KNOWN, *WITH_A_BODY, problems.Forbidden, problems.IdempotencyKeyReused, *LIMITS),
        body=SubmitBody,
        headers=(IDEMPOTENCY_KEY,),
    ),
    Operation(
        "get",
        "/tasks",
        "listTasks",
        "List tasks",
        "Your own tasks, newest first. A page is filtered after it was read, so it may be short: the cursor alone says "
        "whether more follow.",
        "Tasks",
        (Told(200, "A page.", TaskPage),),
        (*KNOWN, problems.Malformed, problems.Forbidden),
        query=ListQuery,
    ),
    Operation(
        "get",
        "/tasks/{task_id}",
        "getTask",
        "Show a task",
        "The task as it is: the read is consistent.",
        "Tasks",
        (
            Told(200, "The task.", TaskDocument, ("ETag",), links=TO_THE_TASK),
            Told(304, "You have this state already.", None, ("ETag",)),
        ),
        (*KNOWN, *OF_A_TASK),
        headers=(IF_NONE_MATCH,),
    ),
    Operation(
        "get",
        "/tasks/{task_id}/logs",
        "getLogs",
        "Show what the task's container wrote",
        "Oldest first; also after its end, and after a cancellation. To follow it, ask again with the cursor of each "
        "page; the one that you sent comes back as long as there is nothing more.",
        "Tasks",
        (Told(200, "A page.", LogPage),),
        (*KNOWN, *OF_A_TASK, problems.Malformed, problems.LogsUnavailable),
        query=LogsQuery,
    ),
    Operation(
        "patch",
        "/tasks/{task_id}",
        "patchTask",
        "Move the time limit",
        "Also while the task runs: the time that it ran already counts. A limit that has passed ends it at once.",
        "Tasks",
        (Told(200, "The task with its new limit.", TaskDocument, ("ETag",), links=TO_THE_TASK),),
        (*KNOWN, *OF_A_TASK, *WITH_A_BODY, problems.TooLate, problems.PreconditionFailed, problems.LimitExceeded),
        body=PatchBody,
        headers=(IF_MATCH,),
    ),
    Operation(
        "post",
        "/tasks/{task_id}/cancel",
        "cancelTask",
        "Cancel a task",
        "Safe to repeat: a repeat sends the stop again, at most once in a few seconds, and may escalate to `force`.",
        "Cancellation",
        _CANCEL_ANSWERS,
        _CANCEL_PROBLEMS,
        query=CancelQuery,
        body=CancelBody,
        body_required=False,
        headers=(PREFER,),
    ),
    Operation(
        "post",
        "/tasks/{task_id}/kill",
        "killTask",
        "Cancel a task with `mode: force`",
        "The same as a cancellation with `mode: force`.",
        "Cancellation",
        _CANCEL_ANSWERS,
        _CANCEL_PROBLEMS,
        body=CancelBody,
        body_required=False,
        headers=(PREFER,),
    ),
    Operation(
        "delete",
        "/tasks/{task_id}",
        "deleteTask",
        "Cancel a task",
        "The same as a cancellation. The record stays.",
        "Cancellation",
        _CANCEL_ANSWERS,
        _CANCEL_PROBLEMS,
        body=CancelBody,
        body_required=False,
        headers=(PREFER,),
    ),
    Operation(
        "get",
        "/self",
        "getItself",
        "Show a task to itself",
        "From within its container.",
        "Itself",
        (
            Told(200, "The task.", TaskDocument, ("ETag",)),
            Told(304, "You have this state already.", None, ("ETag",)),
        ),
        KNOWN,
        access="task",
        headers=(IF_NONE_MATCH,),
    ),
    Operation(
        "post",
        "/self/cancel",
        "cancelItself",
        "Let a task cancel itself",
        "Its container is stopped like that of any other cancelled task: SIGTERM, and SIGKILL after the grace.",
        "Itself",
        (Told(202, "Accepted.", TaskDocument, ("ETag",)),),
        (*KNOWN, *WITH_A_BODY, problems.GraceUnsupported),
        access="task",
        body=CancelBody,
        body_required=False,
    ),
    Operation(
        "post",
        "/self/report",
        "reportItself",
        "Take in what a task tells of itself",
        "Progress, a checkpoint, a result, or only that it lives. Taken also while the task is being cancelled, until"
        " its end; a result is `partial` then.",
        "Itself",
        (Told(200, "It is kept.", Reported),),
        (*KNOWN, *WITH_A_BODY),
        access="task",
        body=ReportBody,
        body_required=False,
    ),
    Operation(
        "get",
        "/self/checkpoint",
        "getCheckpoint",
        "Show a task from where it can go on",
        "The newest checkpoint of the task that it continues (`resume_from`).",
        "Itself",
        (Told(200, "The checkpoint, if there is one.", Resumption),),
        KNOWN,
        access="task",
    ),
    Operation(
        "get",
        "/healthz",
        "getHealth",
        "Ask whether it answers",
        "Of the function alone: nothing behind it is asked.",
        "Service",
        (Told(200, "It does.", Health),),
        (),
        access="open",
    ),
    Operation(
        "get",
        "/openapi.json",
        "getOpenApi",
        "This document",
        "As it holds for this deployment: its way of authentication and its limits.",
        "Service",
        (Told(200, "The document.", "application/json", ("ETag",)), Told(304, "You have it already.", None, ("ETag",))),
        (problems.Internal,),
        access="open",
        headers=(IF_NONE_MATCH,),
    ),
    Operation(
        "get",
        "/docs",
        "getDocs",
        "This document, to be read",
        "A page for a browser; all of it comes from here.",
        "Service",
        (
            Told(200, "The page.", "text/html", ("ETag", *GUARDED)),
            Told(304, "You have it already.", None, ("ETag", *GUARDED)),
        ),
        (problems.Internal,),
        access="open",
        headers=(IF_NONE_MATCH,),
    ),
    Operation(
        "get",
        "/docs/{asset}",
        "getDocsAsset",
        "A part of the page",
        "The scripts and the style of the page.",
        "Service",
        (
            Told(200, "The part.", "text/*", ("ETag", GUESSED)),
            Told(304, "You have it already.", None, ("ETag", GUESSED)),
        ),
        (problems.Internal, problems.NotFound),
        access="open",
        headers=(IF_NONE_MATCH,),
    ),
)
