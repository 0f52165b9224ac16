"""Where output goes: results to standard output, everything about them to standard error."""

import sys
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console


@dataclass(frozen=True)
class Output:
    """The two streams, and whether results are wanted as JSON."""

    out: Console
    err: Console
    json: bool

    @property
    def lively(self) -> bool:
        """Tell whether a person watches who can be shown a line that changes."""
        return self.err.is_terminal and not self.err.is_dumb_terminal and not self.json

    def document(self, document: Any) -> None:
        """Print a document as JSON: indented for a person, on one line for a program."""
        text = msgspec.json.encode(document)
        if self.out.is_terminal:
            text = msgspec.json.format(text, indent=2)
        self.plain(text.decode())

    def plain(self, text: str) -> None:
        """Print a result as it is, at once."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def note(self, text: str, style: str = "") -> None:
        """Tell a person something that is no result."""
        if not self.json:
            self.err.print(text, style=style, soft_wrap=True)


def output(*, json: bool) -> Output:
    """Take the streams of the process. A terminal that lacks a letter gets another in its place."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    plain = {"highlight": False, "markup": False, "emoji": False}
    return Output(Console(**plain), Console(stderr=True, **plain), json)  # type: ignore[arg-type]
