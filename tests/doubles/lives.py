"""The lives of containers in memory, as time passes."""

from tests.doubles.world import World


def lives(world: World, *, start: float = 2.0, end: float = 3.0) -> None:
    """Let time do to containers what ECS does: they run `start` after their launch, end `end` after their stop."""
    sleep, ages = world.clock.sleep, {}

    def sleeping(seconds: float) -> None:
        sleep(seconds)
        for arn, container in list(world.containers.containers.items()):
            stage = len(container.stops), container.report.last_status
            ages.setdefault((arn, stage), world.clock.now())
            age = (world.clock.now() - ages[arn, stage]).total_seconds()
            if not container.stops and container.report.started_at is None and age >= start:
                world.reports(container, "running")
            elif container.stops and container.alive and age >= end:
                world.reports(container, "deprovisioning")

    world.clock.sleep = sleeping
