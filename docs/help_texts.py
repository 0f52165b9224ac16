"""The end of `docs/cli.md`: what the command line says of itself."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from calloff.cli import main
from calloff.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- Made from the program by `make docs`, down to the end of the page. -->\n"
COLUMNS = "80"


def page() -> str:
    """The page as it is, with the help texts anew."""
    written, mark, _ = (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition(MARK)
    texts = [said("--help"), *(said(name, "--help") for name in COMMANDS)]
    texts += [said("config", verb, "--help") for verb in ("set", "unset")]
    return written + mark + "".join(f"\n```text\n{text.strip()}\n```\n" for text in texts)


def said(*words: str) -> str:
    """What `calloff` prints."""
    with _as_if(["calloff", *words]), contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main()
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@contextlib.contextmanager
def _as_if(argv: list[str]) -> Iterator[None]:
    before, columns, sys.argv = sys.argv, os.environ.get("COLUMNS"), argv
    os.environ["COLUMNS"] = COLUMNS
    try:
        yield
    finally:
        sys.argv = before
        del os.environ["COLUMNS"]
        if columns is not None:
            os.environ["COLUMNS"] = columns
