"""Lines of a log, and when each was whole."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from localcloud.ecs.runtimes.port import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def lines(log: bytes, times: Path, *, whole: bool) -> Sequence[Line]:
    """Part a log into lines; what stands after its last line's end is one only if the log is `whole`."""
    if not log:
        return ()
    pieces = [line.split() for line in times.read_text().splitlines()]
    starts = [int(start) for start, _ in pieces]
    return [
        Line(float(pieces[bisect_right(starts, last) - 1][1]), text.decode(errors="replace").rstrip("\r"))
        for last, text in _parts(log, whole=whole)
    ]


def _parts(log: bytes, *, whole: bool) -> Iterator[tuple[int, bytes]]:
    """Answer each line with the place of its last byte."""
    place = 0
    *ended, rest = log.split(b"\n")
    for text in ended:
        place += len(text) + 1
        if text:
            yield place - 1, text
    if rest and whole:
        yield place + len(rest) - 1, rest
