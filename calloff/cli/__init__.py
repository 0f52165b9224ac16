"""The command line.

`calloff`, `calloff --help` and `calloff --version` answer from a table that imports nothing (`commands`): whoever only
wants to know what there is does not wait for an HTTP client. The same table names the commands to everything else.
"""

import sys


def main() -> None:
    """Run a command, and end the process with its exit code."""
    given = sys.argv[1:]
    if given in ([], ["--help"], ["-h"], ["help"], ["--version"]):
        from calloff.cli import overview

        print(overview.version() if given == ["--version"] else overview.page())
        return
    from calloff.cli.running import run

    sys.exit(run(given))
