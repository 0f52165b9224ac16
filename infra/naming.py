"""The names that functions have on AWS: known beforehand, so that people, rights and rules can say them."""

import re

API = "APIHandler"
"""Chalice's logical id of the function behind the API."""


def function_name(logical_id: str) -> str:
    """The function's name, for ``Fn::Sub``: ``EcsTaskChanged`` is ``calloff-<deployment>-ecs-task-changed``."""
    words = "api" if logical_id == API else re.sub(r"(?<=[a-z])(?=[A-Z])", "-", logical_id).lower()
    return f"calloff-${{Deployment}}-{words}"


def log_group(logical_id: str) -> str:
    """The name of the function's log group, for ``Fn::Sub``."""
    return f"/aws/lambda/{function_name(logical_id)}"
