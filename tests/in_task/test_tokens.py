"""The token that a real container is given: of no use for another task, and of none after its own task's end."""

import json

import httpx
import pytest

from tests.in_task.cloud import runs, says
from tests.stack.caller import NO_TLS

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("python_image")]

# A program that tries a token on whatever there is: the routes of people, with another task's id; its own doors; and
# those with the other's id put into the token.
TRIES = """
import json, os, sys, urllib.error, urllib.request
token, other = sys.argv[1].format(**os.environ), sys.argv[2]
PEOPLES = [("GET", ""), ("DELETE", ""), ("PATCH", ""), ("GET", "/logs"), ("POST", "/cancel"), ("POST", "/kill")]
ITSELF = [("GET", ""), ("POST", "/cancel"), ("POST", "/report"), ("GET", "/checkpoint")]
def ask(bearer, method, path):
    body = b'{"timeout": 9}' if method == "PATCH" else b"{}" if method == "POST" else None
    headers = {"Authorization": "Bearer " + bearer, "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["CALLOFF_URL"] + path, body, headers, method=method)
    try:
        return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code
forged = ".".join([other, *token.split(".")[1:]])
print(json.dumps({
    "of people": [ask(token, method, "/tasks/" + other + path) for method, path in PEOPLES],
    "of all": [ask(token, method, "/tasks") for method in ("GET", "POST")],
    "forged": [ask(forged, method, "/self" + path) for method, path in ITSELF],
    "look": [ask(token, "GET", "/self"), ask(token, "GET", "/self/checkpoint")],
    "act": [ask(token, "POST", "/self/report"), ask(token, "POST", "/self/cancel")] if "act" in sys.argv else [],
}), "tried")
task.sleep(600)
"""


def tried(ecs, task_id):
    return json.loads(says(ecs, task_id, "tried").replace("tried", ""))


def test_in_a_container_it_is_of_no_use_for_another_task(alice, ecs):
    other = alice.running()
    task_id = runs(alice, TRIES, "{CALLOFF_TOKEN}", other["id"])
    found = tried(ecs, task_id)
    assert found.pop("look") == [200, 200]
    assert {status for each in found.values() for status in each} == {401}
    assert alice.show(other["id"]) == other


def test_after_its_end_it_is_of_no_use_to_anybody(alice, ecs, cloud):
    first = runs(alice, 'import os; task.progress(1); print(os.environ["CALLOFF_TOKEN"], "ready"); task.sleep(600)')
    token = says(ecs, first, "ready").split()[0]
    alice.cancel(first)
    ended = alice.until(first, "cancelled")
    # From another task's container …
    found = tried(ecs, runs(alice, TRIES, token, first, "act"))
    assert {status for each in found.values() for status in each} == {401}
    # … and from outside.
    with httpx.Client(base_url=cloud.endpoints.api, timeout=60, trust_env=False, verify=NO_TLS) as outside:
        outside.headers["Authorization"] = f"Bearer {token}"
        answers = [outside.get("/self"), outside.post("/self/cancel"), outside.post("/self/report", json={})]
    assert [each.status_code for each in answers] == [401] * 3
    assert alice.show(first) == ended
