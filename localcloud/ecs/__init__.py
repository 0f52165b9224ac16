"""A stand-in for Amazon ECS on Fargate: faithful in what a caller can rely on, and cruel on demand.

The core is pure (`model`, `lifecycle`, `render`, `tokens`, `limits`, `buckets`); the `engine` puts it under one lock
with the ports around it (`clock`, `journal`, `outbox` and `sinks`, `runtimes`); `http` and `inprocess` are its two
faces. See the README beside this file.
"""

from __future__ import annotations

from localcloud.ecs.arns import Arns
from localcloud.ecs.clock import HeldClock, SystemClock
from localcloud.ecs.delays import FARGATE, NONE, Delays
from localcloud.ecs.engine import Engine, Settings
from localcloud.ecs.errors import EcsError, NoAnswerError
from localcloud.ecs.faults import CallFault, Once, Plan, Seconds
from localcloud.ecs.journal import FileJournal, MemoryJournal
from localcloud.ecs.sinks import DirectSink, QueuedSink, http_sink

__all__ = [
    "FARGATE",
    "NONE",
    "Arns",
    "CallFault",
    "Delays",
    "DirectSink",
    "EcsError",
    "Engine",
    "FileJournal",
    "HeldClock",
    "MemoryJournal",
    "NoAnswerError",
    "Once",
    "Plan",
    "QueuedSink",
    "Seconds",
    "Settings",
    "SystemClock",
    "http_sink",
]
