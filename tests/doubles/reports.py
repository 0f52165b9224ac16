"""What ECS tells of a task, made from the samples in `samples/`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"


@cache
def _read(name: str) -> str:
    return (SAMPLES / name).read_text()


def sample(name: str) -> dict[str, Any]:
    """Read the event in `samples/ecs-task-<name>.json`, in AWS's envelope."""
    return json.loads(_read(f"ecs-task-{name}.json"))


def wire(name: str) -> tuple[int, dict[str, Any]]:
    """Read an answer of ECS in `samples/ecs-wire.json`: its HTTP status and body."""
    answer = json.loads(_read("ecs-wire.json"))[name]
    return answer["status"], answer["body"]


def described(name: str, **fields: object) -> dict[str, Any]:
    """The ECS task of a sample; `fields` replace its own, and None leaves one out."""
    facts = sample(name)["detail"] | fields
    return {key: value for key, value in facts.items() if value is not None}


def event(detail: dict[str, Any]) -> dict[str, Any]:
    """Put an ECS task into AWS's envelope."""
    return {**sample("running"), "resources": [detail["taskArn"]], "detail": detail}
