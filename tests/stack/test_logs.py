"""Logs of real containers through the API, page by page, while they run and after they are dead."""

from localcloud import waiting
from tests.stack.caller import FOREVER, PATIENCE_S
from tests.stack.nudge import find_bell


def read(caller, task_id, **query):
    answer = caller.http.get(f"/tasks/{task_id}/logs", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return [line["text"] for line in page["lines"]], page["cursor"]


def until_said(caller, task_id, *texts):
    waiting.until(lambda: read(caller, task_id)[0] == list(texts), f"{texts} in the log", PATIENCE_S)


def test_what_a_container_wrote_stays_after_a_cancel(alice):
    task = alice.running(f"trap 'echo bye; exit 0' TERM; echo working; {FOREVER}")
    until_said(alice, task["id"], "working")
    alice.cancel(task["id"])
    alice.until(task["id"], "cancelled")
    assert read(alice, task["id"])[0] == ["working", "bye"]
    assert read(alice, task["id"])[0] == ["working", "bye"]


def test_a_cursor_follows_what_is_written(cloud, alice):
    task = alice.running(f"trap 'echo two' USR1; echo one; {FOREVER}")
    until_said(alice, task["id"], "one")
    _, cursor = read(alice, task["id"])
    find_bell(cloud, task["id"])()
    found, after = waiting.until(
        lambda: (page := read(alice, task["id"], cursor=cursor))[0] and page, "the second line", PATIENCE_S
    )
    assert found == ["two"]
    assert read(alice, task["id"], cursor=after) == ([], after)


def test_a_task_that_wrote_nothing_has_no_log(alice):
    task = alice.until(alice.submit("exit 0")["id"], "completed")
    assert read(alice, task["id"]) == ([], None)
