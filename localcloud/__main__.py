"""``python -m localcloud``: the local cloud until Ctrl-C, as its variables say."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import NoReturn

from rich.console import Console

from localcloud.options import Options
from localcloud.signals import AskedToEnd, ending_cleanly
from localcloud.stack import LocalCloud
from localcloud.trouble import LocalCloudError
from localcloud.welcome import welcome

PORT = 8000
#: Seconds between two looks at whether all parts are alive.
LOOK_S = 0.2
VARIABLES = f"""\
variables:
  PORT               where the API listens; {PORT} by default
  CALLOFF_WORKERS    processes of the API, and as many for events; {Options.workers} by default
  CALLOFF_RUNTIME    docker, process, simulated (runs nothing), or auto: Docker where it is, else processes
  CALLOFF_STATE_DIR  folder that keeps the logs, and the state of ECS; a temporary one by default
"""


def main() -> int:
    """Run until a signal comes or a part dies, and leave nothing running."""
    parser = argparse.ArgumentParser("python -m localcloud", None, "Run the local cloud until Ctrl-C.", VARIABLES)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.parse_args()
    console = Console(highlight=False)
    try:
        with ending_cleanly():
            serve(console)
    except AskedToEnd:
        console.print("Stopped. Nothing is left running.")
        return 0
    except LocalCloudError as error:
        console.print("The local cloud cannot go on:", str(error), markup=False, soft_wrap=True, style="red")
        return 1


def serve(console: Console) -> NoReturn:
    """Bring the local cloud up and watch over it."""
    with LocalCloud(Options.from_environment(os.environ, port=PORT)) as cloud:
        welcome(cloud, console)
        while True:
            cloud.check()
            time.sleep(LOOK_S)


if __name__ == "__main__":
    sys.exit(main())
