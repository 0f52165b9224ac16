"""Make the pages that say what the code says: `python docs/generate.py` writes them, a test compares them."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import client_modules  # noqa: E402
import help_texts  # noqa: E402
from costs import costs  # noqa: E402

from apidoc import document  # noqa: E402
from apidoc.operations import OPERATIONS  # noqa: E402
from chalicelib.authorization import OWN, Role, Verb, granted  # noqa: E402
from chalicelib.config import Settings  # noqa: E402
from chalicelib.lifecycle import BIRTHS, TERMINAL, TRANSITIONS, Event, Status, sources  # noqa: E402
from chalicelib.problems import URN, Problem  # noqa: E402
from chalicelib.transient import TRANSIENT  # noqa: E402


def lifecycle() -> str:
    """The life of a task: diagram and table."""
    return f"""# The life of a task

Made from `chalicelib/lifecycle.py` by `make docs`. Each event is one conditional write.

```mermaid
stateDiagram-v2
{_lines(_edges())}
```

Events that leave a task in its status are left out of the picture; the table has them all. `·` means that the event is
refused in that status and changes nothing.

| event | {" | ".join(s.value for s in Status if s not in TERMINAL)} |
| --- |{" --- |" * (len(Status) - len(TERMINAL))}
{_lines(_rows())}

A task begins as {_births()}. {", ".join(sorted(TERMINAL))} are final: no event leaves them.
"""


def launching() -> str:
    """What passes by itself."""
    rows = "\n".join(f"| `{words}` | {meaning} |" for words, meaning in TRANSIENT.items())
    return f"""# Launching, and what happens when ECS refuses

Made from `chalicelib/transient.py` by `make docs`.

| ECS says | the task |
| --- | --- |
| RunTask refused for the moment: throttled (in either disguise), no capacity, not reached | waits as `pending`, tried again |
| RunTask refused for good: a wrong parameter, no permission, no such cluster | `failed`, with ECS's own words |
| nothing clear: a time-out, a 5xx, an error that Calloff does not know | stays `starting`; the same request is sent again |
| the container never ran, for a reason in the list below | waits as `pending`, tried again |
| the container never ran, for any other reason (no such image, no such secret …) | `failed`, with ECS's own words |

Tried again means: after a random wait of up to 2 s, 4 s, 8 s … 5 min, ten times in all. What has run is not run again.

| words in ECS's `stoppedReason` | what they mean |
| --- | --- |
{rows}
"""


def authorization() -> str:
    """Who may do what."""
    return f"""# Who may do what

Made from `chalicelib/authorization.py` by `make docs`.

| role | {" | ".join(Verb)} |
| --- |{" --- |" * len(Verb)}
{_lines(_grants())}

*own*: only tasks that the caller owns; of a task: only itself. *any*: everybody's. `·`: refused with 403, before anything
is looked up. Whether a task is the caller's is decided by the write itself, whose condition names the owner: a refused
stranger changes nothing. A task that belongs to somebody else is a 403, one that does not exist a 404; ids are random and
cannot be counted through.

How a caller comes to a name and a role:

| `CALLOFF_AUTH` | the owner's name | the role |
| --- | --- | --- |
| `iam` (default) | The principal that signed the request, as API Gateway names it: a user's ARN, the root's, a federated user's. An assumed role is its role without the session, whose name its caller chooses. With IAM Identity Center the person counts: permission set and user name. With a Cognito identity pool: role and identity. | Patterns of ARNs: `CALLOFF_ADMINS`, `CALLOFF_OPERATORS`, `CALLOFF_VIEWERS`, the strongest first; everybody else is an owner. |
| `jwt` | The claim `CALLOFF_JWT_OWNER_CLAIM` (`sub`) of a bearer token. | The same patterns, for the values of the claim `CALLOFF_JWT_ROLES_CLAIM` (`roles`). |
| `local` | Whatever the caller says: `Authorization: Bearer alice`. Refuses to start anywhere but on an emulator. | `admin`, `operator` and `viewer` are what they are called; everybody else is an owner. |

A deployment chooses with `Auth` among the `parameters` of `infra/parameters/<stage>.yaml`. `jwt` needs to know whom to believe,
among the `settings` there (`jwt_issuer: …` becomes `CALLOFF_JWT_ISSUER`), and is refused without:

| setting | what |
| --- | --- |
| `CALLOFF_JWT_ISSUER`, `CALLOFF_JWT_AUDIENCE` | What a token's `iss` must be, and its `aud` must name. |
| `CALLOFF_JWT_ALGORITHM` | `RS256` (default), `ES256` or `HS256`: the only one that is accepted. |
| `CALLOFF_JWT_JWKS_URL` | With RS256 and ES256: where the issuer publishes its keys, by https. |
| `CALLOFF_JWT_SECRET_ARN` | With HS256: the Secrets Manager secret that is shared with the issuer, of at least 32 bytes, by the name `calloff-<deployment>-jwt`. |

A task is known by the token in its environment (`CALLOFF_TOKEN`), on the routes `/self…` alone and in every mode. Whoever
may describe the ECS task can read the token; that is why it opens nothing but this one task, for this one attempt, until
its end.
"""


def _grants() -> Iterator[str]:
    for role in Role:
        cells = ("·" if not (to := granted(role, verb)) else "own" if to == OWN else "any" for verb in Verb)
        yield f"| `{role}` | " + " | ".join(cells) + " |"


def problems() -> str:
    """Each type of problem."""
    kinds = sorted(Problem.__subclasses__(), key=lambda kind: (kind.status, kind.slug))
    rows = "\n".join(f"| [`{k.slug}`](#{k.slug}) | {k.status} | {k.title} |" for k in kinds)
    sections = "\n".join(_problem(kind) for kind in kinds)
    return f"""# Problems

Made from `chalicelib/problems.py` by `make docs`.

What is wrong with a request is told as a problem document (RFC 9457), `application/problem+json`. Its `type` is
`{URN}` and one of the names below; they stay. `detail` says what is wrong this time, `field` names the field,
parameter or header at fault where there is one, and `instance` names the request, as `X-Request-Id` does.

| type | status | title |
| --- | --- | --- |
{rows}

{sections}"""


def _problem(kind: type[Problem]) -> str:
    told = " ".join(line.strip() for line in (kind.__doc__ or "").splitlines() if line.strip())
    headers = f"\n\nComes with {', '.join(f'`{name}`' for name in kind.tells)}." if kind.tells else ""
    where = [f"`{o.method.upper()} {o.path}`" for o in OPERATIONS if kind in o.problems]
    raised = f"\n\nOf {', '.join(where)}." if where else ""
    return f"## {kind.slug}\n\n{kind.status}. {told}{headers}{raised}\n"


def _edges() -> Iterator[str]:
    for event, status in BIRTHS.items():
        yield f"    [*] --> {status}: {event}"
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for (event, source), target in TRANSITIONS.items():
        if source is not target:
            arrows.setdefault((source, target), []).append(event)
    for (source, target), events in arrows.items():
        yield f"    {source} --> {target}: {', '.join(events)}"
    for status in sorted(TERMINAL):
        yield f"    {status} --> [*]"


def _rows() -> Iterator[str]:
    for event in Event:
        if sources(event):
            targets = (TRANSITIONS.get((event, s)) for s in Status if s not in TERMINAL)
            yield f"| `{event}` | " + " | ".join("·" if t is None else t.value for t in targets) + " |"


def _births() -> str:
    return " or ".join(f"`{status}` (`{event}`)" for event, status in BIRTHS.items())


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines)


def openapi() -> str:
    """The description of the API, with every default."""
    settings = Settings(
        deployment="any", auth="local", table="", cluster="", subnets=("any",), execution_role_arn="any"
    )
    return document.text(settings)


PAGES = {
    "authorization.md": authorization,
    "costs.md": costs,
    "lifecycle.md": lifecycle,
    "launching.md": launching,
    "problems.md": problems,
    "../chalicelib/static/openapi.json": openapi,
    "cli.md": help_texts.page,
    **client_modules.MODULES,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page(), encoding="utf-8")
