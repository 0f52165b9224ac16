"""What a schema cannot say, told to Schemathesis: no check is off, but some failures are none, each for a reason."""

import os

import schemathesis

UNFORESEEABLE = {
    ("malformed", "cursor"): "only a page gives one",
    ("malformed", "secrets"): "a variable stands in environment too",
    ("malformed", "command"): "with the environment it exceeds ECS's 8,192 characters",
    ("malformed", "environment"): "with the command it exceeds ECS's 8,192 characters",
    ("idempotency-key-reused", "Idempotency-Key"): "the key came with another body before",
    ("malformed", "resume_from"): "only a task of the caller's own can be gone on with",
    ("grace-unsupported", "grace"): "this task has another",
    ("precondition-failed", None): "only an answer tells the tag of now",
    ("malformed", "If-Match"): "Schemathesis sends 0 for a header of any pattern where it tries another part",
}
"""Problems of requests that are of their schema: type and field, and what a schema cannot know."""

TASKS = os.environ.get("TASKS", "").split()
"""Ids of tasks that are there."""


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Aim most requests at a task that is there: no random id ever is."""
    drawn = str((path_parameters or {}).get("task_id", ""))
    if TASKS and len(drawn) == 36 and (number := sum(map(ord, drawn))) % 4:
        return {**path_parameters, "task_id": TASKS[number % len(TASKS)]}
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    """Write whole numbers as such: to JSON Schema 2.0 is an integer, Calloff wants 2."""
    return _whole(body)


def _whole(value):
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(each) for name, each in value.items()}
        case list():
            return [_whole(each) for each in value]
        case _:
            return value


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keep a failure unless it has a reason."""
    match type(failure).__name__:
        case "RejectedPositiveData":
            # A HEAD's refusal has no words; the GET's has.
            return case.method != "HEAD" and _problem(response) not in UNFORESEEABLE
        case "UseAfterFree":
            # DELETE cancels, and the record stays: that is the promise.
            return False
        case _:
            return True


def _problem(response):
    if "problem+json" not in response.headers.get("content-type", [""])[0]:
        return None
    document = response.json()
    return document["type"].rpartition(":")[2], document.get("field")
