"""The headers of answers."""

from typing import Any

TEXT = {"type": "string"}
ETAG = {"type": "string", "pattern": '^"[!#-~]*"$'}


def _header(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


HEADERS = {
    "Allow": _header("The methods of this path.", TEXT),
    "Cache-Control": _header("Keep it for yourself, and ask again.", TEXT),
    "Content-Security-Policy": _header("What the page may load: from here alone.", TEXT),
    "ETag": _header("Names this state. The part before the hyphen, of a task, is the revision of its record.", ETAG),
    "Idempotency-Replayed": _header("`true`: the task was submitted before, with this key.", {"const": "true"}),
    "Location": _header("Where the task is.", {"type": "string", "format": "uri-reference"}),
    "Preference-Applied": _header("For how long it would have waited.", {"type": "string", "pattern": "^wait=[0-9]+$"}),
    "Retry-After": _header("Seconds after which to ask again.", {"type": "string", "pattern": "^[0-9]+$"}),
    "WWW-Authenticate": _header("How to say who you are.", TEXT),
    "X-Content-Type-Options": _header("Its media type is not to be guessed.", {"const": "nosniff"}),
    "X-Request-Id": _header("Names the request; the log has it too.", TEXT),
}
ALWAYS = ("Cache-Control", "X-Request-Id")
