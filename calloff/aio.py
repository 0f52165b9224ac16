"""The client that is awaited, on asyncio or trio."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar, assert_never

import anyio
import httpx

from calloff import calls, following, operations, transport, watching
from calloff.answers import LogLine, TaskDocument
from calloff.carrying import Patience, Retry
from calloff.steps import Done, Give, Pause, Reply, Send, Silence, Step, Steps, Told, advance

T = TypeVar("T")


class AsyncClient:
    """`Client`, to be awaited; what each method means and raises stands there.

    Cancelling what awaits a method is safe, too: nothing is known then of its outcome, and it may be repeated.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: httpx.Auth | str | None = None,
        timeout: float = transport.LIMIT_S,
        on_retry: Callable[[Retry], None] = lambda _: None,
    ) -> None:
        """Make a client of the API at `url`, as `Client` is made."""
        self._patience = Patience(timeout, on_retry)
        self._http = httpx.AsyncClient(**transport.options(url, auth))

    async def submit(  # noqa: PLR0913 - the fields of a submission
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
        timeout: int | None = None,  # noqa: ASYNC109 - the task's
        queue_timeout: int | None = None,
        heartbeat_timeout: int | None = None,
        resume_from: str | None = None,
        labels: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> TaskDocument:
        """Submit a task."""
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
        return await self._run(operations.task(calls.submit(image, command, idempotency_key, fields), self._patience))

    async def get(self, task_id: str) -> TaskDocument:
        """Show a task."""
        return await self._run(operations.task(calls.get(task_id), self._patience))

    def list(
        self,
        *,
        status: str | Iterable[str] = (),
        labels: Mapping[str, str] | None = None,
        owner: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[TaskDocument]:
        """Iterate over your tasks, newest first."""
        return self._iterate(operations.tasks(calls.listing(status, labels, owner), self._patience, limit))

    async def cancel(
        self,
        task_id: str,
        *,
        reason: str | None = None,
        reason_code: str | None = None,
        force: bool = False,
        grace: int | None = None,
    ) -> TaskDocument:
        """Cancel a task."""
        fields = {"reason": reason, "reason_code": reason_code, "mode": "force" if force else None, "grace": grace}
        return await self._run(operations.task(calls.cancel(task_id, fields), self._patience))

    async def kill(self, task_id: str, *, reason: str | None = None, reason_code: str | None = None) -> TaskDocument:
        """Cancel a task with `mode: force`."""
        fields = {"reason": reason, "reason_code": reason_code}
        return await self._run(operations.task(calls.kill(task_id, fields), self._patience))

    async def set_timeout(self, task_id: str, timeout: int) -> TaskDocument:  # noqa: ASYNC109 - the task's
        """Give a task another time limit."""
        return await self._run(operations.task(calls.set_timeout(task_id, timeout), self._patience))

    async def wait(self, task_id: str, *, deadline: float | None = None) -> TaskDocument:
        """Wait until a task has ended."""
        return await self._run(watching.watch(task_id, self._patience, deadline))

    def watch(self, task_id: str, *, deadline: float | None = None) -> AsyncIterator[TaskDocument]:
        """Iterate over what becomes of a task."""
        return self._iterate(watching.watch(task_id, self._patience, deadline))

    def logs(self, task_id: str, *, follow: bool = False) -> AsyncIterator[LogLine]:
        """Iterate over what the task's container wrote."""
        return self._iterate(following.lines(task_id, self._patience, follow=follow))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, steps: Steps[T]) -> T:
        told: Told = None
        while True:
            match advance(steps, told):
                case Done(result):
                    return result
                case step:
                    told = await self._take(step)

    async def _iterate(self, steps: Steps[Any]) -> AsyncIterator[Any]:
        told: Told = None
        while not isinstance(step := advance(steps, told), Done):
            if isinstance(step, Give):
                yield step.item
            told = await self._take(step)

    async def _take(self, step: Step) -> Told:
        match step:
            case Send():
                return await self._send(step)
            case Pause(seconds):
                await anyio.sleep(seconds)
                return None
            case Give():
                return None
            case other:
                assert_never(other)

    async def _send(self, step: Send) -> Reply | Silence:
        answer: Reply | Silence = Silence("no answer came", late=True)
        with anyio.move_on_after(step.within):
            try:
                response = await self._http.request(**transport.request(step.call, step.within))
                answer = transport.reply(response, response.content)
            except httpx.RequestError as error:
                answer = transport.silence(error)
        return answer
