"""Who may do what, and what a caller finds in the list."""

import httpx
import pytest

from tests.stack.caller import Caller


def problem(answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def listed(caller: Caller, query: str = "") -> list[str]:
    answer = caller.http.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.text
    return [task["id"] for task in answer.json()["tasks"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/cancel", {}),
        ("POST", "/kill", None),
        ("PATCH", "", {"timeout": 60}),
    ],
)
def test_a_task_is_its_owners_alone(alice, bob, method, path, body):
    task = alice.running()
    assert problem(bob.http.request(method, f"/tasks/{task['id']}{path}", json=body)) == (403, "forbidden")
    assert alice.show(task["id"]) == task


def test_an_admin_may_act_on_everybodys(alice, admin):
    task = alice.running()
    assert admin.show(task["id"])["owner"] == "alice"
    assert admin.cancel(task["id"]).status_code == 202
    assert alice.until(task["id"], "cancelled")["cancellation"]["requested_by"] == "admin"


@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
def test_without_credentials_nobody_is_let_in_but_health_is_open(cloud, credentials):
    with httpx.Client(base_url=cloud.endpoints.api, headers=credentials, timeout=60, trust_env=False) as nobody:
        refused = nobody.post("/tasks", json={"image": "any"})
        assert problem(refused) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert nobody.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "name",
    ["0e36f557-7afa-40ed-a484-35acd7aeb0b0", "4711", "0E36F557-7AFA-40ED-A484-35ACD7AEB0B0", "..%2Ftasks", "%00"],
)
def test_what_is_no_task_is_not_found(alice, name):
    assert problem(alice.http.get(f"/tasks/{name}")) == (404, "not-found")
    assert problem(alice.http.post(f"/tasks/{name}/cancel")) == (404, "not-found")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/tasks/a/b/c", "/_localcloud/events/sweep"])
def test_what_is_no_route_is_not_found(alice, path):
    assert problem(alice.http.post(path)) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/tasks", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/tasks/4711", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("GET", "/tasks/4711/cancel", "POST, OPTIONS"),
        ("DELETE", "/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_route_names_its_methods(alice, method, path, allowed):
    answer = alice.http.request(method, path)
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed


def test_the_list_is_the_callers_own_newest_first_and_by_pages(stranger):
    made = [stranger.submit(labels={"n": str(n)})["id"] for n in range(3)]
    assert listed(stranger) == made[::-1]
    first = stranger.http.get("/tasks?limit=2").json()
    rest = stranger.http.get("/tasks", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [task["id"] for task in first["tasks"] + rest["tasks"]] == made[::-1]
    assert rest["cursor"] is None


def test_the_list_is_filtered_by_status_and_labels(stranger):
    runs = stranger.running(labels={"team": "red", "n": "1"})["id"]
    over = stranger.until(stranger.submit("true", labels={"team": "red", "n": "2"})["id"], "completed")["id"]
    assert listed(stranger, "status=running") == [runs]
    assert listed(stranger, "status=completed&status=failed") == [over]
    assert listed(stranger, "label=team=red") == [over, runs]
    assert listed(stranger, "label=team=red&label=n=1") == [runs]
    assert listed(stranger, "label=team=blue") == []


def test_only_an_admin_lists_anothers_tasks(stranger, bob, admin):
    task = stranger.submit()["id"]
    assert listed(admin, f"owner={stranger.name}") == [task]
    assert task not in listed(admin)
    assert problem(bob.http.get(f"/tasks?owner={stranger.name}")) == (403, "forbidden")
    assert problem(bob.http.get("/tasks?cursor=nonsense")) == (400, "malformed")


def test_anothers_cursor_does_not_open_the_others_list(stranger, bob):
    for _ in range(2):
        stranger.submit("true")
    cursor = stranger.http.get("/tasks?limit=1").json()["cursor"]
    assert problem(bob.http.get("/tasks", params={"cursor": cursor})) == (400, "malformed")
