"""``python -m localcloud.ecs``: the endpoint as a command."""

from __future__ import annotations

import sys

from localcloud.ecs.command import main

if __name__ == "__main__":
    sys.exit(main())
