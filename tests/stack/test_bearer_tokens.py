"""Callers known by tokens, over HTTP: the gateway asks the authorizer, and the function believes it alone."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from localcloud import engine
from localcloud.options import Options
from localcloud.stack import LocalCloud
from tests.doubles.issuer import AUDIENCE, ISSUER, attacks, key_set, published, token

ROLES = {"owner": [], "admin": ["calloff-admins"], "operator": ["calloff-operators"], "viewer": ["calloff-viewers"]}


class Keys(BaseHTTPRequestHandler):
    """The issuer's address."""

    def do_GET(self):
        body = key_set(*published("one"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


@pytest.fixture(scope="module")
def cloud(no_account, issuer) -> Iterator[LocalCloud]:
    settings = {
        "CALLOFF_AUTH": "jwt",
        "CALLOFF_JWT_ISSUER": ISSUER,
        "CALLOFF_JWT_AUDIENCE": AUDIENCE,
        "CALLOFF_JWT_JWKS_URL": issuer,
        "CALLOFF_JWT_MAX_BYTES": "4096",
        "CALLOFF_ADMINS": "calloff-admins",
        "CALLOFF_OPERATORS": "calloff-operators",
        "CALLOFF_VIEWERS": "calloff-viewers",
    }
    with LocalCloud(Options(runtime="process", workers=1, settings=settings)) as running:
        yield running


@pytest.fixture(scope="module")
def http(cloud) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.endpoints.api, timeout=15, trust_env=False) as client:
        yield client


def bearing(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def submitted(http, **claims) -> str:
    body = {"image": engine.IMAGE, "command": ["sleep", "60"], "stop_timeout": 2}
    answer = http.post("/tasks", json=body, headers=bearing(token(**claims)))
    assert answer.status_code == 201, answer.text
    return f"/tasks/{answer.json()['id']}"


def test_a_token_is_enough_to_submit_and_to_call_off(http):
    where = submitted(http, sub="carol")
    assert http.get(where, headers=bearing(token(sub="carol"))).json()["owner"] == "carol"
    assert http.get(where, headers=bearing(token(sub="dave"))).status_code == 403
    assert http.delete(where, headers=bearing(token(sub="carol"))).status_code == 202


NOT_OVER_HTTP = {"nothing", "huge"}
"""No header can be so; the servers on the way refuse it."""


@pytest.mark.parametrize("name", [name for name in attacks() if name not in NOT_OVER_HTTP])
def test_an_attack_is_a_401_in_the_apis_own_words(http, name):
    answer = http.get("/tasks", headers=bearing(attacks()[name]))
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:calloff:problem:unauthenticated"
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize(("length", "statuses"), [(4000, {401}), (9000, {400, 431})])
def test_a_huge_token_is_refused_by_the_authorizer_or_before(http, length, statuses):
    assert http.get("/tasks", headers=bearing(token(note="x" * length))).status_code in statuses


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer alice"}, {"Authorization": "Basic YTpi"}])
def test_a_name_alone_is_nobody_here(http, headers):
    for method, path in [("GET", "/tasks"), ("POST", "/tasks"), ("DELETE", "/tasks/4711"), ("GET", "/tasks/4711")]:
        assert http.request(method, path, headers=headers).status_code == 401


SMUGGLED = ["X-Amzn-Authorizer", "X-Forwarded-User", "X-Principal-Id", "principalId", "X-Role", "X-Authorizer-Context"]


@pytest.mark.parametrize("header", SMUGGLED)
def test_no_header_makes_anybody_somebody_else(http, header):
    where = submitted(http, sub="carol")
    smuggled = {header: "admin", "role": "admin", "X-Original-URL": "/healthz", "X-HTTP-Method-Override": "GET"}
    assert http.get(where, headers=smuggled).status_code == 401
    assert http.delete(where, headers=bearing(token(sub="dave")) | smuggled).status_code == 403
    assert http.delete(where, headers=bearing(token(sub="carol"))).status_code == 202


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/nowhere"])
def test_what_is_open_is_open(http, path):
    assert http.get(path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/self", "/self/cancel"])
def test_an_issuers_token_is_no_tasks_token(http, path):
    method = "POST" if path.endswith("cancel") else "GET"
    assert http.request(method, path, headers=bearing(token(sub="admin", roles=["calloff-admins"]))).status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_roles_are_claims(http, role):
    where = submitted(http, sub="carol")
    somebody = bearing(token(sub=f"some-{role}", roles=ROLES[role]))
    may_read, may_cancel = role != "owner", role in ("admin", "operator")
    assert http.get(where, headers=somebody).status_code == (200 if may_read else 403)
    assert http.post(f"{where}/cancel", headers=somebody).status_code == (202 if may_cancel else 403)
    assert http.delete(where, headers=bearing(token(sub="carol"))).status_code in (200, 202)


def test_a_refused_token_is_in_no_log(http, cloud):
    bad = token(aud="others", sub="canary-of-a-token")
    assert http.get("/tasks", headers=bearing(bad)).status_code == 401
    logs = "".join(path.read_text(errors="replace") for path in cloud.folder.path.glob("*.log"))
    assert "InvalidAudienceError" in logs
    for part in bad.split("."):
        assert part not in logs
