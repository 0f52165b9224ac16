"""A small HTTP server in the API's place: it answers what a test lines up, and keeps what it was asked.

Its problem documents are the API's own (`problem`), so that no test holds the client to a document of its own making.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from chalicelib.http import problem_answer
from chalicelib.problems import Problem


@dataclass(frozen=True)
class Recorded:
    """An answer. `delay_s`: so long it takes to begin; `trickle_s`: between two bytes of its
    body; `drip_s`: between two bytes of its head, which never ends; `hang_up`: there is none."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    trickle_s: float = 0.0
    drip_s: float = 0.0
    hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(document: object, status: int = 200, **how: Any) -> Recorded:
    """A JSON document."""
    return Recorded(status, msgspec.json.encode(document), **how)


def problem(error: Problem, **how: Any) -> Recorded:
    """A problem, as the API itself answers it."""
    response = problem_answer(error, "request-1")
    return Recorded(response.status_code, response.body.encode(), dict(response.headers), **how)


class Api:
    """The server. The last answer that is lined up is given again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._answers: deque[Recorded] = deque()
        self._by_path: Mapping[str, Recorded] = {}
        self._lock = threading.Lock()

    def answers(self, *answers: Recorded) -> None:
        """Line answers up, in the place of those that are."""
        with self._lock:
            self._answers, self._by_path = deque(answers), {}

    def by_path(self, answers: Mapping[str, Recorded]) -> None:
        """Answer by request: the first whose name is part of `METHOD path`."""
        with self._lock:
            self._by_path = answers

    def next(self, asked: Asked) -> Recorded:
        with self._lock:
            self.asked.append(asked)
            for name, recorded in self._by_path.items():
                if name in f"{asked.method} {asked.target}":
                    return recorded
            return self._answers.popleft() if len(self._answers) > 1 else self._answers[0]


class _Handler(BaseHTTPRequestHandler):
    api: Api
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = self.api.next(Asked(self.command, self.path, headers, body))
        time.sleep(found.delay_s)
        if found.hang_up:
            self.close_connection = True
            return
        if found.drip_s:
            self._drip(found.drip_s)
            return
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(found.body)))
        self.end_headers()
        self._write(found)

    def _drip(self, pause_s: float) -> None:
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\nX-Dripping: " + b"." * 1000:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(pause_s)

    def _write(self, found: Recorded) -> None:
        if not found.trickle_s:
            self.wfile.write(found.body)
            return
        for byte in found.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(found.trickle_s)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class names them

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A caller that hung up is no error."""


@contextmanager
def serving() -> Iterator[Api]:
    """Serve for a while."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    handler.api = Api(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.api
    finally:
        server.shutdown()
        server.server_close()
