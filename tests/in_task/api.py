"""An API that is asked by a supervisor, or by a program: in any trouble that the network and a server can be in."""

import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def task(stop_timeout: float = 120, **cancellation: object) -> Answer:
    """Say how the task is to end, as its document does."""
    document = {"stop_timeout": stop_timeout, "cancellation": {"grace": None, "force_requested": False} | cancellation}
    return says(200, json.dumps(document).encode())


FORCE = task(force_requested=True)
KEPT = says(200, b'{"status": "running"}')


def hangs(handler: BaseHTTPRequestHandler) -> None:
    handler.server.over.wait()


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Begin well, and send one byte after the other."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")


def drips_its_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b"z")


def drips_its_refusal(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(404)
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b"z")


def never_ends(handler: BaseHTTPRequestHandler) -> None:
    """Send without end, as fast as it is taken."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(b"[" * 65536)


def speaks_no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x16\x03\x01 SSH-2.0-nothing\r\n\r\n")
    handler.close_connection = True


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"stop_timeout": 0')
    handler.close_connection = True


def breaks_off_in_its_excuse(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(503)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<html>")
    handler.close_connection = True


class Api:
    """Answers as it is told to, and remembers when and with which credentials it was asked, and what it was told."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str | None]] = []
        self.times: list[float] = []
        self.told: list[dict[str, Any]] = []
        self.answers_to_reports: deque[Answer] = deque()
        """For the next of them; after these, `answer` counts."""
        self._server = _Server(("127.0.0.1", port), self._handler())
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def variables(self) -> dict[str, str]:
        """What a program finds in its environment."""
        return {"CALLOFF_URL": self.url, "CALLOFF_TOKEN": "token"}

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """The reports that told this."""
        return [report for report in self.told if kind in report]

    def close(self) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.times.append(time.monotonic())
                api.asked.append((self.path, self.headers["Authorization"]))
                api.answer(self)

            def do_POST(self) -> None:
                api.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                answer = api.answers_to_reports.popleft() if api.answers_to_reports else api.answer
                answer(self)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: object) -> None:
        self.over = threading.Event()
        super().__init__(*arguments)

    def handle_error(self, *_: object) -> None:
        """Whoever asked has gone, as they should."""
