"""Event patterns: a handler gets here what its rule would give it on AWS, and nothing else."""

import pytest

from localcloud import pattern

EVENT = {
    "source": "aws.ecs",
    "resources": ["arn:one", "arn:two"],
    "detail": {"startedBy": "calloff/local/4711/1", "lastStatus": "RUNNING"},
}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"source": ["aws.ecs", "aws.ec2"]},
        {"resources": ["arn:two"]},
        {"detail": {"startedBy": [{"prefix": "calloff/"}], "lastStatus": ["RUNNING"]}},
        {"detail": {"group": [{"exists": False}]}},
        {"detail": {"lastStatus": [{"anything-but": ["STOPPED"]}]}},
    ],
)
def test_an_event_that_fits_every_field_matches(rule):
    pattern.check(rule)
    assert pattern.matches(rule, EVENT)


@pytest.mark.parametrize(
    "rule",
    [
        {"source": ["aws.ec2"]},
        {"detail": {"startedBy": [{"prefix": "another/"}]}},
        {"detail": {"lastStatus": ["RUNNING"], "group": ["family:x"]}},
        {"detail": {"lastStatus": {"deep": ["RUNNING"]}}},
        {"detail": {"lastStatus": [{"exists": False}]}},
        {"detail": {"lastStatus": [{"anything-but": "RUNNING"}]}},
        {"detail": {"group": [{"anything-but": "x"}]}},
    ],
)
def test_an_event_that_misses_one_field_does_not(rule):
    pattern.check(rule)
    assert not pattern.matches(rule, EVENT)


def test_an_operator_that_is_not_known_here_is_an_error_and_no_match():
    with pytest.raises(ValueError, match="wildcard"):
        pattern.check({"detail": {"startedBy": [{"wildcard": "calloff/*"}]}})
