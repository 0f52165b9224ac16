"""One request over HTTP: one time limit over all of its answer, and no way to another address."""

from __future__ import annotations

import http.client
import io
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from socket import socket

LARGEST = 1024 * 1024
"""Bytes of an answer; the largest, with a checkpoint, has some 33 KiB."""


@dataclass(frozen=True)
class Answer:
    """What came back: also a refusal, an excuse or a redirection."""

    status: int
    body: bytes
    retry_after: str | None


def exchange(method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: float) -> Answer:
    """Send a request; answer what came within `timeout` seconds.

    Raises:
        OSError: nothing came in time, or nothing that is whole, ends, and is HTTP.
    """
    try:
        request = urllib.request.Request(url, content, dict(headers), method=method)  # noqa: S310 - the task's own
        with _open(request, timeout) as answer:
            body = answer.read(LARGEST + 1)
    except (http.client.HTTPException, ValueError) as fault:
        raise ConnectionError(repr(fault)) from fault
    if len(body) > LARGEST:
        raise ConnectionError("the answer has no end")
    return Answer(answer.status, body, answer.headers.get("Retry-After"))


def _open(request: urllib.request.Request, timeout: float) -> Any:
    try:
        return _OPENER.open(request, timeout=timeout)
    except urllib.error.HTTPError as answer:
        return answer


class _InTime(io.RawIOBase):
    """Reads from a socket until an instant. A timeout of the socket's own begins anew with each byte that drips in."""

    def __init__(self, sock: socket, ends: float) -> None:
        self._sock, self._ends = sock, ends
        self._file = sock.makefile("rb", 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer has no end")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, ends: float, sock: socket, *more: Any, **options: Any) -> None:
        super().__init__(sock, *more, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_InTime(sock, ends))


def _plain(host: str, /, *, timeout: float, **options: Any) -> http.client.HTTPConnection:
    return _limited(http.client.HTTPConnection(host, timeout=timeout, **options), timeout)


def _secure(host: str, /, *, timeout: float, **options: Any) -> http.client.HTTPConnection:
    return _limited(http.client.HTTPSConnection(host, timeout=timeout, **options), timeout)


def _limited(connection: http.client.HTTPConnection, timeout: float) -> http.client.HTTPConnection:
    connection.response_class = partial(_Response, time.monotonic() + timeout)  # type: ignore[assignment]
    return connection


class _ByHttp(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_plain, req)  # type: ignore[arg-type]  # it calls so, by names


class _ByHttps(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_secure, req)  # type: ignore[arg-type]  # it calls so, by names


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """The token is for the address that was asked, and for no other."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_ByHttp, _ByHttps, _Nowhere)
