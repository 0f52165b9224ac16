"""The endpoint over HTTP: ECS's JSON 1.1 protocol on ``/``, and the routes of `admin` beside it."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec

from localcloud.ecs.admin import PREFIX, Admin
from localcloud.ecs.errors import EcsError, NoAnswerError, server_fault

if TYPE_CHECKING:
    from localcloud.ecs.engine import Engine

_log = logging.getLogger(__name__)
_TARGET = "AmazonEC2ContainerServiceV20141113."
_MOST_BYTES = 1 << 20


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
        length = int(self.headers.get("content-length") or 0)
        if length > _MOST_BYTES:
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
            status, answer = 200, self._result(body)
        except EcsError as error:
            status, answer = error.status, error.body()
        except NoAnswerError as silence:
            self.server.closing.wait(silence.hold_s)
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001  the caller gets an answer all the same
            _log.exception("the endpoint itself failed")
            status, answer = 500, server_fault().body()
        self._answer(status, msgspec.json.encode(answer), "application/x-amz-json-1.1")

    def _result(self, body: bytes) -> dict[str, object]:
        target = self.headers.get("x-amz-target", "")
        if not target.startswith(_TARGET):
            raise EcsError("UnknownOperationException", "The header x-amz-target names no operation of ECS.")
        try:
            params = msgspec.json.decode(body or b"{}")
        except msgspec.DecodeError as fault:
            raise EcsError("SerializationException", str(fault)) from None
        return self.server.engine.call(target.removeprefix(_TARGET), params)

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
