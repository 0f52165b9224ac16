"""The API's own description, as it holds for this deployment.

`static/openapi.json` is made at build time from the types of requests and answers (`apidoc`). What a deployment
chooses, its way of authentication and its limits, is filled in once per process.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.config import Settings

Document = dict[str, Any]
FILE = Path(__file__).parent / "static" / "openapi.json"

SECURITY_SCHEMES: Mapping[str, Document] = {
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4 for the service `execute-api`: the AWS CLI and SDKs make it.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the identity provider.",
    },
    "local": {
        "type": "http",
        "scheme": "bearer",
        "description": "The caller's name, taken at its word. On an emulator only.",
    },
}
"""By the value of the setting `auth`."""
TASK_SCHEME = "task"
ALWAYS_THERE: Mapping[str, Document] = {
    TASK_SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "description": "`CALLOFF_TOKEN` of the task's own container. Good for this task alone, until its end.",
    },
}

LIMITS = {
    "max_labels": ("SubmitBody", ("labels",), "maxProperties"),
    "max_label_value": ("SubmitBody", ("labels", "additionalProperties"), "maxLength"),
    "max_reason": ("CancelBody", ("reason", "anyOf", 0), "maxLength"),
}
"""Settings, and which keyword of which property of a schema they are."""
PAGES = {"/tasks": ("page", "page_max"), "/tasks/{task_id}/logs": ("log_page", "log_page_max")}
"""Routes with pages, and the settings of a page's default and largest size."""


@cache
def served(settings: Settings) -> str:
    """Write the description for these settings."""
    return msgspec.json.encode(fitted(msgspec.json.decode(FILE.read_bytes()), settings)).decode()


def fitted(document: Document, settings: Settings) -> Document:
    """Fill in what the deployment chooses; the document itself is changed."""
    document["components"]["securitySchemes"] = {settings.auth: SECURITY_SCHEMES[settings.auth], **ALWAYS_THERE}
    document["security"] = [{settings.auth: []}]
    for setting, (name, path, keyword) in LIMITS.items():
        place = document["components"]["schemas"][name]["properties"]
        for step in path:
            place = place[step]
        place[keyword] = getattr(settings, setting)
    for route, (default, most) in PAGES.items():
        for parameter in document["paths"][route]["get"]["parameters"]:
            if parameter["name"] == "limit":
                parameter["schema"] |= {"default": getattr(settings, default), "maximum": getattr(settings, most)}
    return document
