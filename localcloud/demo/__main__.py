"""``python -m localcloud.demo``: play every scene, exit 0 only if all is as promised."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from localcloud.demo.backstage import Backstage
from localcloud.demo.calls import Calls
from localcloud.demo.scenes import SCENES, Scene
from localcloud.demo.screen import Screen
from localcloud.demo.stage import Stage
from localcloud.options import Options
from localcloud.signals import AskedToEnd, ending_cleanly
from localcloud.stack import LocalCloud
from localcloud.trouble import LocalCloudError
from localcloud.witness import Witness

if TYPE_CHECKING:
    from localcloud.demo.promise import Outcome


#: A network interface takes its time on Fargate; without that nothing could be caught while it starts.
DELAYS = "provisioning=0.3"
#: In seconds. Nobody wants to watch for minutes how a call times out, and how the sweep looks again.
HASTE = {
    "CALLOFF_READ_TIMEOUT_S": "1",
    "CALLOFF_LOOK_AFTER_S": "2",
    "CALLOFF_STOP_CHECK_S": "1",
}


def main() -> int:
    """Play the demo on a local cloud of its own."""
    console = Console(highlight=False)
    screen, began = Screen(console), time.monotonic()
    try:
        with ending_cleanly():
            outcomes = play(screen)
    except AskedToEnd:
        return 130
    except LocalCloudError as error:
        console.print("The local cloud cannot go on:", str(error), markup=False, soft_wrap=True, style="red")
        return 1
    screen.verdict(outcomes, time.monotonic() - began)
    return 0 if all(outcome.kept for outcome in outcomes) else 1


def play(screen: Screen) -> list[Outcome]:
    """Bring the local cloud up, play all scenes, and leave nothing running."""
    began = time.monotonic()
    options = replace(Options.from_environment(os.environ, port=0), port=0, state=None, delays=DELAYS, settings=HASTE)
    with LocalCloud(options) as cloud:
        screen.header(cloud, time.monotonic() - began)
        return [scene(screen, number, each, cloud) for number, each in enumerate(SCENES, 1)]


def scene(screen: Screen, number: int, each: Scene, cloud: LocalCloud) -> Outcome:
    """Play one scene. What does not come in time, or comes as nobody expected, is a broken promise."""
    screen.scene(number, each.title, each.story)
    calls, witness = Calls(cloud.endpoints.api, "alice"), Witness(cloud.engine, cloud.endpoints.ecs)
    stage = Stage(each.title, calls, witness, screen, Backstage(cloud))
    try:
        each.play(stage)
    except (TimeoutError, LookupError, TypeError) as error:
        stage.promise("the scene plays to its end", kept=False, found=repr(error))
    return stage.outcome


if __name__ == "__main__":
    sys.exit(main())
