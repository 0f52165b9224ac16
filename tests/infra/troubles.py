"""What each of Calloff's own alarms is about, as it comes to pass: the figures are those that the code prints."""

import json
from collections.abc import Callable

from chalicelib.canary import fly
from chalicelib.hunt import hunt
from chalicelib.lifecycle import Status
from chalicelib.ports import Deferred, StoreUnavailableError, Unclear
from chalicelib.sweep import sweep
from tests.doubles.containers import instead
from tests.doubles.examples import a_task
from tests.doubles.lives import lives
from tests.doubles.world import World

Trouble = Callable[[World], None]


def late_cancellation(world: World) -> None:
    """A container does not die."""
    task = world.running()
    world.cancel(task)
    world.clock.advance(task.stop_timeout + world.settings.expected_by_margin_s + 1)
    sweep(world.ports)


def orphan(world: World) -> None:
    """A container lives whose task has ended."""
    task = world.running()
    world.store.put(a_task(Status.COMPLETED, id=task.id))
    hunt(world.ports)


def launch_never_found(world: World) -> None:
    """Nothing is ever heard of a launch."""
    world.containers.script("run", *[instead(Unclear("timed out"))] * 99)
    world.submit()
    for _ in range(6):
        world.clock.advance(world.settings.resend_window_s)
        sweep(world.ports)


def container_gone(world: World) -> None:
    """ECS has forgotten a container, and nobody has seen its end."""
    world.containers.forget(world.of(world.running()).arn)
    world.clock.advance(world.settings.gone_after_s + 1)
    for _ in range(2):
        world.clock.advance(world.settings.missing_again_s)
        sweep(world.ports)


def stuck_starting(world: World) -> None:
    """A container does not come to run."""
    world.submit()
    world.clock.advance(world.settings.stuck_starting_s + 1)
    sweep(world.ports)


def sweeps_fall_behind(world: World) -> None:
    """A task has been due for long."""
    world.running()
    world.clock.advance(world.settings.look_after_s + 301)
    sweep(world.ports)


def store_fails(world: World) -> None:
    """Nothing can be written."""
    world.running()
    world.clock.advance(world.settings.look_after_s)

    def apply(*_: object) -> None:
        raise StoreUnavailableError

    world.store.apply = apply
    sweep(world.ports)


def ecs_forgets(world: World) -> None:
    """ECS knows none of many containers."""
    for _ in range(world.settings.max_missing + 1):
        world.containers.forget(world.of(world.running()).arn)
    world.clock.advance(9999)
    sweep(world.ports)


def hunt_is_paused(world: World) -> None:
    """An operator, or too many orphans, paused the hunt."""
    world.switches.pause_hunt("a test")
    hunt(world.ports)


def all_is_well(world: World) -> None:
    """All is well, but for a task that waits; a canary flies."""
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    world.submit()
    world.clock.advance(9999)
    sweep(world.ports)
    hunt(world.ports)
    lives(world)
    fly(world.ports)


TROUBLES: dict[str, Trouble] = {
    "late-cancellations": late_cancellation,
    "orphans": orphan,
    "launches-never-found": launch_never_found,
    "containers-gone": container_gone,
    "stuck-starting": stuck_starting,
    "oldest-due": sweeps_fall_behind,
    "failed-attends": store_fails,
    "disbelieved-sweeps": ecs_forgets,
    "disarmed-hunts": hunt_is_paused,
}
"""By the alarm that rings for it."""


def figures(printed: str) -> list[dict]:
    """The lines in CloudWatch's embedded metric format."""
    return [json.loads(line) for line in printed.splitlines() if line.startswith('{"_aws"')]


def points(printed: str) -> list[tuple[str, dict[str, str], str, float, str]]:
    """What CloudWatch makes of the lines: namespace, dimensions, name, value and unit of each point."""
    return [
        (told["Namespace"], {key: line[key] for key in keys}, metric["Name"], line[metric["Name"]], metric["Unit"])
        for line in figures(printed)
        for told in line["_aws"]["CloudWatchMetrics"]
        for keys in told["Dimensions"]
        for metric in told["Metrics"]
    ]
