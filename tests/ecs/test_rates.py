"""The token buckets, and the two names of a throttle."""

from __future__ import annotations

import pytest

from localcloud.ecs import EcsError
from localcloud.ecs.buckets import Bucket, Limiter, Rate
from tests.ecs.bench import CLUSTER, DEFINITION, RUN, Bench


def taken(bench: Bench, operation: str, params: dict[str, object], calls: int) -> int:
    """Answer how many of so many calls at once got through."""
    through = 0
    for _ in range(calls):
        try:
            bench.engine.call(operation, params)
        except EcsError as error:
            if error.message != "Rate exceeded":
                raise
        else:
            through += 1
    return through


@pytest.fixture
def limited() -> Bench:
    return Bench(throttle=True)


def test_run_and_stop_share_a_hundred_and_forty_a_second(limited: Bench) -> None:
    arn = limited.run()
    stop: dict[str, object] = {"cluster": CLUSTER, "task": arn}
    assert taken(limited, "StopTask", stop, 60) == 60
    assert taken(limited, "RunTask", RUN, 60) == 39
    limited.clock.advance(1)
    assert taken(limited, "StopTask", stop, 60) == 40


def test_launches_are_twenty_a_second(limited: Bench) -> None:
    assert taken(limited, "RunTask", {**RUN, "count": 10}, 20) == 10
    limited.clock.advance(1)
    assert taken(limited, "RunTask", {**RUN, "count": 10}, 20) == 2


def test_describe_and_list_share_a_hundred_and_twenty_a_second(limited: Bench) -> None:
    assert taken(limited, "ListTasks", {"cluster": CLUSTER}, 50) == 50
    assert taken(limited, "DescribeTasks", {"cluster": CLUSTER, "tasks": ["x"]}, 100) == 50
    limited.clock.advance(2)
    assert taken(limited, "ListTasks", {"cluster": CLUSTER}, 50) == 40


def test_register_is_one_a_second(limited: Bench) -> None:
    assert taken(limited, "RegisterTaskDefinition", DEFINITION, 30) == 19  # the bench itself took one
    limited.clock.advance(3)
    assert taken(limited, "RegisterTaskDefinition", DEFINITION, 30) == 3


def test_without_rates_nothing_is_refused(bench: Bench) -> None:
    assert taken(bench, "ListTasks", {"cluster": CLUSTER}, 300) == 300


def test_a_throttled_launch_launches_nothing(limited: Bench) -> None:
    taken(limited, "RunTask", {**RUN, "count": 10}, 20)
    assert len(limited.engine.tasks()) == 100


@pytest.mark.parametrize(("disguised", "code"), [(0.0, "ThrottlingException"), (1.0, "InvalidParameterException")])
def test_a_throttle_comes_under_either_name(disguised: float, code: str) -> None:
    limiter = Limiter(0.0, disguised=disguised)
    for _ in range(100):
        limiter.admit("RunTask", 0.0)
    with pytest.raises(EcsError, match="Rate exceeded") as refused:
        limiter.admit("RunTask", 0.0)
    assert refused.value.code == code


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(Rate(burst=2, refill=1), now=0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [True, True, False]


def test_a_clock_that_goes_back_gives_no_tokens() -> None:
    bucket = Bucket(Rate(burst=1, refill=1), now=100.0)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)
