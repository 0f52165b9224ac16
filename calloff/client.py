"""The client that waits by itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, Self, TypeVar, assert_never

import httpx

from calloff import bounding, calls, following, operations, transport, watching
from calloff.answers import LogLine, TaskDocument
from calloff.carrying import Patience, Retry
from calloff.pausing import pause
from calloff.steps import Done, Give, Pause, Reply, Send, Silence, Step, Steps, Told, advance

T = TypeVar("T")


class Client:
    """Calloff's API. Safe to share between threads. A context manager; `close` does the same.

    Each method raises, besides what it says: `APIError` (one subclass a problem, see `calloff.problems`) for what the
    API refuses, `NoAnswerError` where it was not reached or did not answer in time, and `UnreadableAnswerError` where
    something else listens at the address. What may help is sent again by itself, with jitter, as long as there is
    time: 429, 5xx and broken connections.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: httpx.Auth | str | None = None,
        timeout: float = transport.LIMIT_S,
        on_retry: Callable[[Retry], None] = lambda _: None,
    ) -> None:
        """Make a client of the API at `url`.

        `auth`: a bearer token (on the local cloud a name, such as `alice`), `SigV4()`, or any other of httpx.
        `timeout`: seconds that one operation may take in all, with what is sent again.
        `on_retry`: called before a request is sent again.

        Raises:
            SettingsError: the URL is none.
        """
        self._patience = Patience(timeout, on_retry)
        self._http = httpx.Client(**transport.options(url, auth))

    def submit(  # noqa: PLR0913 - the fields of a submission
        self,
        image: str,
        command: Sequence[str] = (),
        *,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        cpu: int | None = None,
        memory: int | None = None,
        stop_timeout: int | None = None,
        supervised: bool | None = None,
        timeout: int | None = None,
        queue_timeout: int | None = None,
        heartbeat_timeout: int | None = None,
        resume_from: str | None = None,
        labels: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> TaskDocument:
        """Submit a task; as far as its launch has come.

        `secrets`: names of variables with ARNs. `cpu`: CPU units, 1024 are one vCPU. `memory`: MiB. `stop_timeout`:
        the grace, seconds between SIGTERM and SIGKILL. `supervised`: its command runs under `calloff-init`, so that
        each cancellation may have a grace of its own. `timeout`: seconds that it may run. `queue_timeout`: seconds in
        which it must come to run. `heartbeat_timeout`: seconds in which it must be heard again while it runs, or it
        is cancelled. `resume_from`: the id of a task of yours, whose newest checkpoint this one goes on from.
        `idempotency_key`: the same key and submission again answer the same task; a random one if none is given, which
        makes sending again safe within this call.
        """
        fields = {
            "environment": environment,
            "secrets": secrets,
            "cpu": cpu,
            "memory": memory,
            "stop_timeout": stop_timeout,
            "supervised": supervised,
            "timeout": timeout,
            "queue_timeout": queue_timeout,
            "heartbeat_timeout": heartbeat_timeout,
            "resume_from": resume_from,
            "labels": labels,
        }
        return self._run(operations.task(calls.submit(image, command, idempotency_key, fields), self._patience))

    def get(self, task_id: str) -> TaskDocument:
        """Show a task."""
        return self._run(operations.task(calls.get(task_id), self._patience))

    def list(
        self,
        *,
        status: str | Iterable[str] = (),
        labels: Mapping[str, str] | None = None,
        owner: str | None = None,
        limit: int | None = None,
    ) -> Iterator[TaskDocument]:
        """Iterate over your tasks, newest first, page after page; at most `limit` of them.

        `status`: one of them, or several. `labels`: a task has them all. `owner`: whose, for those who may ask.
        """
        return self._iterate(operations.tasks(calls.listing(status, labels, owner), self._patience, limit))

    def cancel(
        self,
        task_id: str,
        *,
        reason: str | None = None,
        reason_code: str | None = None,
        force: bool = False,
        grace: int | None = None,
    ) -> TaskDocument:
        """Cancel a task: it is `cancelling`, or `cancelled` already. Repeating it is safe.

        Raises:
            TooLateError: it had ended before; `task` is how.
        """
        fields = {"reason": reason, "reason_code": reason_code, "mode": "force" if force else None, "grace": grace}
        return self._run(operations.task(calls.cancel(task_id, fields), self._patience))

    def kill(self, task_id: str, *, reason: str | None = None, reason_code: str | None = None) -> TaskDocument:
        """Cancel a task with `mode: force`.

        Raises:
            TooLateError: it had ended before; `task` is how.
        """
        fields = {"reason": reason, "reason_code": reason_code}
        return self._run(operations.task(calls.kill(task_id, fields), self._patience))

    def set_timeout(self, task_id: str, timeout: int) -> TaskDocument:
        """Give a task another time limit, in seconds; also while it runs.

        Raises:
            TooLateError: it had ended before; `task` is how.
        """
        return self._run(operations.task(calls.set_timeout(task_id, timeout), self._patience))

    def wait(self, task_id: str, *, deadline: float | None = None) -> TaskDocument:
        """Wait until a task has ended: `completed`, `failed`, or `cancelled`, which means dead, proven.

        `deadline`: seconds to wait at most; without one, for as long as it takes.

        Raises:
            WaitTimeoutError: it has not ended by then.
        """
        return self._run(watching.watch(task_id, self._patience, deadline))

    def watch(self, task_id: str, *, deadline: float | None = None) -> Iterator[TaskDocument]:
        """Iterate over what becomes of a task: as it is now, each change, and its end.

        Raises:
            WaitTimeoutError: it has not ended after `deadline` seconds.
        """
        return self._iterate(watching.watch(task_id, self._patience, deadline))

    def logs(self, task_id: str, *, follow: bool = False) -> Iterator[LogLine]:
        """Iterate over what the task's container wrote, oldest first; also after its end.

        `follow`: go on until the task has ended.
        """
        return self._iterate(following.lines(task_id, self._patience, follow=follow))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, steps: Steps[T]) -> T:
        told: Told = None
        while True:
            match advance(steps, told):
                case Done(result):
                    return result
                case step:
                    told = self._take(step)

    def _iterate(self, steps: Steps[Any]) -> Iterator[Any]:
        told: Told = None
        while not isinstance(step := advance(steps, told), Done):
            if isinstance(step, Give):
                yield step.item
            told = self._take(step)

    def _take(self, step: Step) -> Told:
        match step:
            case Send():
                return self._send(step)
            case Pause(seconds):
                pause(seconds)
                return None
            case Give():
                return None
            case other:
                assert_never(other)

    def _send(self, step: Send) -> Reply | Silence:
        """Send a request, and hear what comes of it in time: however an answer drips, be it its head or its body."""
        try:
            return bounding.within(step.within, lambda: self._exchange(step))
        except TimeoutError:
            return Silence("no answer came", late=True)

    def _exchange(self, step: Send) -> Reply | Silence:
        """Send a request. An answer that trickles is given up between two parts: nobody waits any more."""
        ends = monotonic() + step.within
        body = bytearray()
        try:
            with self._http.stream(**transport.request(step.call, step.within)) as response:
                for part in response.iter_bytes():
                    body += part
                    if monotonic() > ends:
                        return Silence("the answer trickles", late=True)
                return transport.reply(response, bytes(body))
        except httpx.RequestError as error:
            return transport.silence(error)
