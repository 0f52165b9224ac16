"""Every setting, typed, with its default and its unit. Read from the environment with the prefix `CALLOFF_`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[int, Meta(ge=1)]
Unlimited = Annotated[int, Meta(ge=0)]
Names = tuple[str, ...]
Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^\s/,*]+)$")]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one deployment. A field `launch_lease_s` is the variable `CALLOFF_LAUNCH_LEASE_S`."""

    deployment: Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,32}$")]
    """Names this deployment in the mark of each container (`startedBy`), so that it stops only its own."""
    auth: Literal["iam", "jwt", "local"] = "iam"
    """How callers are known. `iam`: API Gateway's principal; `jwt`: a bearer token; `local`: names, on an emulator."""
    table: str
    """Name of the DynamoDB table."""
    key_secret_arn: str = ""
    """ARN of the Secrets Manager secret from which the keys of task tokens and cursors are derived."""
    key: str = ""
    """The secret itself, in the place of its ARN: on an emulator only."""
    api_url: str = ""
    """Where tasks reach this API, as `CALLOFF_URL`; without it, where their submitters do."""

    admins: Names = ()
    """Patterns (`*`, `?`) of principals: with `iam` of their ARNs, with `jwt` of the values of `jwt_roles_claim`."""
    operators: Names = ()
    viewers: Names = ()

    jwt_algorithm: Literal["RS256", "ES256", "HS256"] = "RS256"
    """The only one that is accepted, whatever a token says."""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_jwks_url: str = ""
    """Where the issuer publishes its keys; for RS256 and ES256."""
    jwt_secret_arn: str = ""
    """ARN of the Secrets Manager secret that HS256 shares with the issuer, of at least 32 bytes.

    The template lets the authorizer read it under the name `calloff-<deployment>-jwt`."""
    jwt_owner_claim: str = "sub"
    """Names the owner. It must never name another person later."""
    jwt_roles_claim: str = "roles"
    jwt_leeway_s: Annotated[int, Meta(ge=0, le=120)] = 30
    """Clocks may differ by so much."""
    jwt_max_bytes: Positive = 8192
    jwks_cache_s: Positive = 600
    """Keys are fetched again after so long: a key that was withdrawn is believed no longer than this …"""
    jwks_stale_s: Positive = 3600
    """… or than this, while the issuer does not answer."""
    jwks_refetch_s: Positive = 30
    """A key that is not known has them fetched again at most so often."""

    cluster: str
    """Name or ARN of the ECS cluster."""
    subnets: Annotated[Names, Meta(min_length=1)]
    security_groups: Names = ()
    assign_public_ip: bool = False
    execution_role_arn: Annotated[str, Meta(min_length=1)]
    """The role with which ECS pulls the image, reads secrets and writes logs: without it, Fargate refuses awslogs."""
    task_role_arn: str = ""
    """The role of the program in the container; none by default."""
    timer_arn: str = ""
    """ARN of the Step Functions state machine of the timers."""
    launch_queue_url: str = ""
    """URL of the SQS queue of waiting tasks."""
    log_group: str = "/calloff/tasks"
    region: str = "us-east-1"

    cors_origins: tuple[Origin, ...] = ()
    """Origins whose pages may read answers in a browser, such as `https://console.example.org`; `*`: all. None are."""
    wait_max_s: Annotated[int, Meta(ge=1, le=20)] = 20
    """A caller may wait for so long (`Prefer: wait`). API Gateway answers within 29 s, and a read takes up to 8 s."""

    max_body_bytes: Positive = 64 * 1024
    max_labels: Positive = 16
    max_label_value: Positive = 255
    max_reason: Positive = 512
    max_checkpoint: Positive = 32 * 1024
    max_result: Positive = 32 * 1024
    """Bytes of JSON; both fit into one body. Whoever looks at a task pays for reading its result."""
    page: Positive = 50
    page_max: Annotated[int, Meta(ge=1, le=100)] = 100
    """DynamoDB's BatchGetItem takes at most 100 keys."""
    log_page: Positive = 1000
    log_page_max: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    """Lines; GetLogEvents answers at most 10,000, and at most 1 MB (Amazon CloudWatch Logs API Reference)."""
    max_active_tasks: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Tasks of one owner that have not ended; 0: any number. Where it is set, a submission costs one more write."""
    max_cpu: Unlimited = 0
    """CPU units of a task; 0: whatever Fargate has."""
    max_memory: Unlimited = 0
    """MiB of a task; 0: whatever Fargate has."""
    max_timeout: Unlimited = 0
    """Seconds; where it is set, each task must have a `timeout`. 0: none."""
    images: Names = ()
    """Patterns (`*`, `?`) of images that may run, as submitted; none: all."""
    image_digests: bool = False
    """Only images by digest (`name@sha256:…`), which nobody can replace."""
    max_history: Annotated[int, Meta(ge=8)] = 40
    """Entries. A write costs by the size of the whole item, so the history is short."""

    connect_timeout_s: Positive = 2
    read_timeout_s: Positive = 8
    launch_lease_s: Positive = 90
    """The function's 30 s and 60 s for clocks and late calls: nobody acts on a launch whose lease is over."""
    resend_window_s: Positive = 3000
    """After its claim, a launch is sent again for so long: an hour less ten minutes.

    A client token lives for an hour after its container's end, and without an ARN that end is not known: it may be as
    early as the claim. The margin is longer than a worker lives and a request is on its way."""
    second_listing_s: Positive = 600
    """Between the two empty listings that conclude a launch of which nothing is known; ECS's lists lag by minutes."""
    definition_lock_s: Positive = 30
    """How long one process may register a task definition before another tries."""
    launch_attempts: Positive = 10
    launch_backoff_s: Positive = 2
    launch_backoff_max_s: Positive = 300
    look_after_s: Positive = 900
    """A task that runs without news is looked at after so long."""
    missing_again_s: Positive = 300
    """Between two readings of MISSING."""
    gone_after_s: Positive = 3600
    """A container that was last seen so long ago may be forgotten by ECS, which keeps stopped ones for an hour."""
    max_missing: Positive = 5
    """More readings of MISSING in one sweep speak of ECS, not of the containers: they change nothing, and ring."""
    stop_repeat_s: Positive = 5
    """A repeated request re-issues StopTask at most so often."""
    stop_check_s: Positive = 15
    """How long after a StopTask the sweep looks whether it worked; doubled each time …"""
    stop_check_max_s: Positive = 300
    """… up to this."""
    stuck_starting_s: Positive = 900
    """A task that is `starting` for so long is counted as stuck; pulling a large image takes minutes."""
    sweep_budget_s: Positive = 20
    """A sweep begins nothing new after so long; what is left stays due."""
    sweep_most: Positive = 2000
    """Tasks that one sweep takes up."""
    hunt_max_stops: Positive = 20
    """More orphans than this in one hunt speak of the table, not of the containers: the hunt stops none, and pauses."""
    requeue_s: Positive = 120
    """A task handed to the launch queue is handed there again after so long."""
    max_cancels: Positive = 100
    """Cancellations in one event of `calloff.request`."""
    policy_stops_per_s: Annotated[int, Meta(ge=1, le=40)] = 20
    """StopTask and RunTask share 40 calls a second in an account and region; a policy takes half of them at most."""
    policy_most: Positive = 10_000
    """Active tasks that one firing of a policy looks at."""
    canary_image: Annotated[str, Meta(min_length=1)] = "public.ecr.aws/docker/library/busybox:stable"
    """What the canary runs: an image that has `sleep`."""
    canary_patience_s: Annotated[int, Meta(ge=1, le=240)] = 240
    """For its start, and again for its end: both within the function's ten minutes."""
    settings_cache_s: Positive = 10
    """The operator's switches are read at most so often by one process."""
    expected_by_margin_s: Positive = 60
    """By request + grace + this the container is dead and ECS has said so; taking its network away takes time."""
    retention_days: Positive = 30
    due_shards: Annotated[int, Meta(ge=1, le=64)] = 8
    """Partitions of the index of due tasks; one does 1,000 writes/s."""


LISTS = ("subnets", "security_groups", "admins", "operators", "viewers", "images", "cors_origins")
"""Settings that are lists: separated by commas."""
MIN_KEY = 32
"""Characters: 16 random bytes in hexadecimal."""


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SystemExit: a setting is missing or wrong; the message names its variable. At start, not at the first request.
    """
    values: dict[str, str | list[str]] = {
        name: environ[variable] for name in Settings.__struct_fields__ if (variable := _variable(name)) in environ
    }
    if region := environ.get("AWS_REGION", environ.get("AWS_DEFAULT_REGION")):
        values.setdefault("region", region)
    for name in LISTS:
        if isinstance(text := values.get(name), str):
            values[name] = [part.strip() for part in text.split(",") if part.strip()]
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        message = f"Calloff's settings (variables CALLOFF_…): {error}"
        raise SystemExit(message) from error
    return _checked(settings, environ)


def _checked(settings: Settings, environ: Mapping[str, str]) -> Settings:
    emulated = bool(environ.get("AWS_ENDPOINT_URL"))
    if problem := next(_problems(settings, emulated=emulated), None):
        raise SystemExit(problem)
    return settings


def _problems(settings: Settings, *, emulated: bool) -> Iterator[str]:
    """What does not go together. There is no default secret: what is missing is missed here, at start."""
    if settings.auth == "local" and not emulated:
        yield "CALLOFF_AUTH=local takes any caller's word for their name: only on an emulator (AWS_ENDPOINT_URL)."
    if settings.key and not emulated:
        yield "CALLOFF_KEY is for an emulator (AWS_ENDPOINT_URL); on AWS, CALLOFF_KEY_SECRET_ARN names a secret."
    if not settings.key and not settings.key_secret_arn:
        yield "CALLOFF_KEY_SECRET_ARN is missing: the secret behind task tokens and cursors."
    if settings.key and len(settings.key) < MIN_KEY:
        yield f"CALLOFF_KEY has {len(settings.key)} characters; at least {MIN_KEY}."
    if settings.auth == "jwt":
        yield from (
            f"CALLOFF_AUTH=jwt needs {_variable(name)}." for name in _needed(settings) if not getattr(settings, name)
        )
        if settings.jwt_jwks_url.partition("://")[0] == "http" and not emulated:
            yield "CALLOFF_JWT_JWKS_URL is not https: whoever is on the way could put their own keys there."


def _needed(settings: Settings) -> tuple[str, ...]:
    key = "jwt_secret_arn" if settings.jwt_algorithm == "HS256" else "jwt_jwks_url"
    return "jwt_issuer", "jwt_audience", key


def _variable(name: str) -> str:
    return f"CALLOFF_{name.upper()}"
