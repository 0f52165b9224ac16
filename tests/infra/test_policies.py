"""A policy file is good, or it is refused with the line, before anything is deployed."""

import re
from textwrap import dedent

import pytest

from infra import policies
from infra.package import package
from infra.policies import InvalidPolicyError, events, read
from tests.infra.conftest import CHOICE

GOOD = """\
    policies:
      - name: shed
        alarm: calloff-*-oldest-due
        cancel:
          labels: {priority: low}
        limit: 50
        reason: overload
"""


def written(folder, text):
    path = folder / "policies.yaml"
    path.write_text(dedent(text))
    return path


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_the_projects_own_are_good_and_fire_never_by_themselves():
    [everything] = read().policies
    assert (everything.name, everything.cancel.everything) == ("everything", True)
    assert events(read()) == {}


def test_the_example_in_the_file_is_good(tmp_path):
    lines = policies.POLICIES.read_text().splitlines()
    example = [line.removeprefix("#") for line in lines if line.startswith("#   ")]
    # It shows both ways to fire, of which a policy has one.
    one = [line for line in example if "schedule:" not in line]
    [policy] = read(written(tmp_path, "policies:\n" + "\n".join(one))).policies
    assert (policy.name, policy.limit, policy.cancel.labels) == ("shed-low-priority", 100, {"priority": "low"})


def test_a_good_file_is_read(tmp_path):
    [policy] = read(written(tmp_path, GOOD)).policies
    assert (policy.alarm, policy.limit, policy.cancel.labels) == ("calloff-*-oldest-due", 50, {"priority": "low"})
    assert policy.cancel.statuses == ("pending", "starting", "running")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (changed("limit: 50", "limit: 5000"), 6, "<= 1000"),
        (changed("limit: 50", "limit: many"), 6, "int"),
        (changed("limit: 50", "limmit: 50"), 6, "limmit"),
        (changed("        limit: 50\n", ""), 2, "limit"),
        (changed("{priority: low}", "{Priority: low}"), 5, "regex"),
        (changed("labels: {priority: low}", "labels: {priority: 1}"), 5, "str"),
        (changed("labels: {priority: low}", "statuses: [cancelling]"), 5, "cancelling"),
        (changed("labels: {priority: low}", "statuses: [running]"), 2, "labels or owners"),
        (changed("labels: {priority: low}", "everything: true\n          owners: [alice]"), 2, "everything"),
        (changed("labels: {priority: low}", "owners: [alice]\n          statuses: []"), 2, "no status"),
        (changed("alarm: calloff-*-oldest-due", "alarm: 'calloff-**'"), 3, "regex"),
        (changed("alarm: calloff-*-oldest-due", "schedule: hourly"), 3, "regex"),
        (changed("alarm: ", "schedule: rate(1 hour)\n        alarm: "), 2, "make two"),
        (GOOD + GOOD.replace("    policies:\n", ""), 8, "another policy shed"),
        (changed("cancel:", "cancel"), 5, "could not find expected ':'"),
        (changed("policies:", "policy:"), 1, "policy"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(tmp_path, text, line, words):
    with pytest.raises(InvalidPolicyError) as refused:
        read(written(tmp_path, text))
    assert re.match(rf"policies\.yaml:{line}: ", str(refused.value)), refused.value
    assert words in str(refused.value)


def test_nothing_is_packaged_with_a_bad_file(tmp_path):
    with pytest.raises(InvalidPolicyError, match=r"policies\.yaml:6: "):
        package(CHOICE, tmp_path / "out", written(tmp_path, changed("limit: 50", "limit: 0")))
    assert not (tmp_path / "out").exists()


def test_alarms_make_one_rule_and_each_schedule_its_own(tmp_path):
    text = changed("alarm: ", "schedule: cron(0 22 * * ? *)\n        # ")
    second = GOOD.replace("    policies:\n", "").replace("name: shed", "name: other")
    made = events(read(written(tmp_path, text + second)))["Resources"]["EnforcePolicy"]["Properties"]["Events"]
    assert set(made) == {"AlarmRang", "AtShed"}
    detail = made["AlarmRang"]["Properties"]["Pattern"]["detail"]
    assert detail == {"alarmName": [{"wildcard": "calloff-*-oldest-due"}], "state": {"value": ["ALARM"]}}
    assert made["AtShed"]["Properties"]["Schedule"] == "cron(0 22 * * ? *)"
    assert made["AtShed"]["Properties"]["Input"] == '{"policy":"shed","scheduled":true}'
