"""What tests of real containers start, and measure by."""

import textwrap
from typing import Any

from localcloud import waiting
from tests.in_task.images import PYTHON, interpreter
from tests.stack.caller import Caller
from tests.stack.ecs import Ecs

PATIENCE_S = 90
SUPERVISED = {"image": PYTHON, "supervised": True, "stop_timeout": 30}


def submits(caller: Caller, program: str, *arguments: str, **fields: Any) -> str:
    """Submit a Python program as a supervised task; answer its id."""
    command = [interpreter(), "-u", "-c", "from calloff import task\n" + textwrap.dedent(program), *arguments]
    task_id: str = caller.submit("", command=command, **SUPERVISED | fields)["id"]
    return task_id


def runs(caller: Caller, program: str, *arguments: str, **fields: Any) -> str:
    """Do so, and wait until it runs."""
    task_id = submits(caller, program, *arguments, **fields)
    caller.until(task_id, "running", "cancelling", "cancelled")
    return task_id


def says(ecs: Ecs, task_id: str, word: str) -> str:
    """Wait until a task has said a word; answer all that it said."""
    return waiting.until(lambda: word in (said := ecs.wrote(task_id)) and said, repr(word), PATIENCE_S)
