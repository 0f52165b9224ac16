"""Carries the events that AWS's own services put on the bus, and that nobody else may put there (``source: aws.*``).

The emulator refuses them, as AWS does, but has no ECS that tells the truth, and tells nobody when an alarm changes its
state. So this stands between: it asks the emulator which of the stack's rules want an event, and invokes their targets.
"""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from localcloud import aws, ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

Event = dict[str, Any]

WATCH_S = 0.25
"""Seconds between two looks at the alarms."""


class Carrier:
    """Takes ECS's events at `url`, sees alarms change, and hands both to the rules. A context manager."""

    def __init__(self, endpoint: str) -> None:
        self._rules = Rules(aws.client("events", endpoint), aws.client("lambda", endpoint))
        self._alarms = Alarms(aws.client("cloudwatch", endpoint))
        self._over = threading.Event()
        self._inbox = ThreadingHTTPServer((ports.HOST, 0), inbox(self._rules.carry))

    @property
    def url(self) -> str:
        """Where it takes events."""
        return f"http://{ports.HOST}:{self._inbox.server_port}"

    def __enter__(self) -> Self:
        """Begin."""
        for work in (self._inbox.serve_forever, self._watch):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._over.set()
        self._inbox.shutdown()
        self._inbox.server_close()

    def _watch(self) -> None:
        while not self._over.wait(WATCH_S):
            try:
                for event in self._alarms.changes():
                    self._rules.carry(event)
            except Exception as fault:  # noqa: BLE001 - an emulator that comes or goes; the next look finds the same
                if not self._over.is_set():
                    print(f"carrier: {fault!r}", flush=True)


@dataclass(frozen=True)
class Rules:
    """The rules of the emulator's default bus."""

    events: Any
    functions: Any

    def carry(self, event: Event) -> None:
        """Invoke what wants the event, as EventBridge does: at once, without waiting for the answer."""
        for rule in self._wanting(json.dumps(event)):
            for target in self.events.list_targets_by_rule(Rule=rule)["Targets"]:
                self.functions.invoke(
                    FunctionName=target["Arn"], InvocationType="Event", Payload=json.dumps(event).encode()
                )

    def _wanting(self, event: str) -> Iterator[str]:
        for page in self.events.get_paginator("list_rules").paginate():
            for rule in page["Rules"]:
                pattern = rule.get("EventPattern")
                if pattern and self.events.test_event_pattern(EventPattern=pattern, Event=event)["Result"]:
                    yield rule["Name"]


@dataclass
class Alarms:
    """The emulator's alarms, and the states in which they were seen."""

    cloudwatch: Any
    seen: dict[str, str] = field(default_factory=dict)

    def changes(self) -> Iterator[Event]:
        """Give an event for each alarm whose state is another than at the last look."""
        for page in self.cloudwatch.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                before = self.seen.get(alarm["AlarmName"], "INSUFFICIENT_DATA")
                self.seen[alarm["AlarmName"]] = alarm["StateValue"]
                if alarm["StateValue"] != before:
                    yield state_change(alarm, before)


def state_change(alarm: dict[str, Any], before: str) -> Event:
    """Make the event (Amazon CloudWatch User Guide, "Alarm events and EventBridge"), as far as rules and we read it."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": aws.ACCOUNT,
        "time": now,
        "region": aws.REGION,
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "state": {"value": alarm["StateValue"], "reason": alarm.get("StateReason", ""), "timestamp": now},
            "previousState": {"value": before},
            "configuration": {"description": alarm.get("AlarmDescription", "")},
        },
    }


def inbox(carry: Callable[[Event], None]) -> type[BaseHTTPRequestHandler]:
    """Make the handler that takes an event in; what is not carried is answered 500, so that it comes again."""

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                carry(event)
                self.send_response(204)
            except Exception as fault:  # noqa: BLE001 - whatever it was, the event must come again
                print(f"carrier: {fault!r}", flush=True)
                self.send_response(500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Inbox
