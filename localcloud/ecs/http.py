"""The endpoint over HTTP: ECS's JSON 1.1 protocol on ``/``, and the routes of `admin` beside it."""

from __future__ import annotations

import logging
import re
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from localcloud.ecs.admin import PREFIX, Admin
from localcloud.ecs.errors import NoAnswerError
from localcloud.ecs.protocol import MEDIA_TYPE, reply

if TYPE_CHECKING:
    from localcloud.ecs.engine import Engine

_log = logging.getLogger(__name__)
_MOST_BYTES = 1 << 20
_MOST_DISCARDED_BYTES = 16 << 20
_LENGTH = re.compile(r"[0-9]{1,18}")


class Server(ThreadingHTTPServer):
    """Serves one engine; a thread a connection, connections kept alive."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], engine: Engine) -> None:
        self.engine = engine
        self.admin = Admin(engine)
        self.closing = threading.Event()
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """Answer the base URL."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about callers that hang up."""
        _log.debug("connection %s of %s ended", request, client_address, exc_info=True)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "localcloud-ecs"
    server: Server

    def setup(self) -> None:
        """Send each answer at once: two small packets must not wait for each other's acknowledgement."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    wbufsize = -1  # head and body in one packet

    def do_POST(self) -> None:
        """Serve an API call or an admin route."""
        said = self.headers.get("content-length", "0")
        if not _LENGTH.fullmatch(said):
            # Where the body ends is not known, and so neither where another request would begin.
            self.close_connection = True
            self._answer(400, f"Content-Length is a number of bytes, not {said!r}.".encode(), "text/plain")
            return
        length = int(said)
        if length > _MOST_BYTES:
            self._discard(length)
            self.close_connection = True
            self._answer(413, b"", "text/plain")
            return
        body = self.rfile.read(length)
        if self.path.startswith(PREFIX):
            self._admin(body)
        else:
            self._call(body)

    def do_GET(self) -> None:
        """Serve an admin route."""
        self._admin(b"")

    def do_DELETE(self) -> None:
        """Serve an admin route."""
        self._admin(b"")

    def _admin(self, body: bytes) -> None:
        answer = self.server.admin.answer(self.command, self.path, body)
        self._answer(answer.status, answer.body, answer.media_type)

    def _call(self, body: bytes) -> None:
        try:
            answer = reply(self.server.engine, self.headers.get("x-amz-target", ""), body)
        except NoAnswerError as silence:
            self.server.closing.wait(silence.hold_s)
            self.close_connection = True
            return
        self._answer(answer.status, answer.body, MEDIA_TYPE)

    def _discard(self, length: int) -> None:
        """Take a bounded part of the body: a connection closed on unread bytes is reset, and the answer lost."""
        left = min(length, _MOST_DISCARDED_BYTES)
        while left and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)

    def _answer(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-amzn-requestid", str(uuid.uuid4()))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
        """Log calls at debug level only."""
        _log.debug(format, *args)
