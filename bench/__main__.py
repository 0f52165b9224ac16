"""`python -m bench [figure …]`: measure the figures, all or some, and write them down."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench import report
from bench.apart import measured
from bench.figures import FIGURES

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; the figures of the others stay as they are written down."""
    options = _parser().parse_args(arguments)
    results = report.Results.read(options.out)
    for name in options.figures or FIGURES:
        print(f"{name} …", file=sys.stderr, flush=True)
        found = measured(name, quick=options.quick)
        results.add(found)
        results.write(options.out)
        print(json.dumps({key: value for key, value in found.items() if key != "details"}), flush=True)
    return 0 if results.on_target() else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="as little as shows that the programs work; give --out, too"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="the folder to write to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
