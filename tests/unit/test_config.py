"""Settings from the environment: typed, and refused at start where they are wrong."""

import pytest

from chalicelib import bootstrap
from chalicelib.config import Settings, load

NEEDED = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "CALLOFF_DEPLOYMENT": "local",
    "CALLOFF_AUTH": "local",
    "CALLOFF_KEY": "0123456789abcdef0123456789abcdef",
    "CALLOFF_TABLE": "calloff",
    "CALLOFF_CLUSTER": "calloff-local",
    "CALLOFF_SUBNETS": "subnet-1,subnet-2",
    "CALLOFF_EXECUTION_ROLE_ARN": "arn:aws:iam::1:role/e",
}


def loaded(**variables: str) -> Settings:
    return load({**NEEDED, **variables})


def test_what_is_needed_is_enough():
    settings = loaded()
    assert (settings.deployment, settings.table, settings.cluster) == ("local", "calloff", "calloff-local")
    assert settings.subnets == ("subnet-1", "subnet-2")


def test_the_documented_numbers_are_the_defaults():
    settings = loaded()
    assert settings.max_body_bytes == 64 * 1024
    assert (settings.max_labels, settings.max_label_value, settings.max_reason) == (16, 255, 512)
    assert (settings.page, settings.page_max, settings.max_history) == (50, 100, 40)
    assert (settings.connect_timeout_s, settings.read_timeout_s, settings.launch_lease_s) == (2, 8, 90)
    assert (settings.launch_attempts, settings.launch_backoff_s, settings.launch_backoff_max_s) == (10, 2, 300)
    assert (settings.stop_repeat_s, settings.stop_check_s, settings.look_after_s) == (5, 15, 900)
    assert (settings.expected_by_margin_s, settings.retention_days) == (60, 30)


HAVE_A_DEFAULT = {"AWS_ENDPOINT_URL", "CALLOFF_AUTH", "CALLOFF_EXECUTION_ROLE_ARN", "CALLOFF_KEY"}


@pytest.mark.parametrize("variable", sorted(set(NEEDED) - HAVE_A_DEFAULT))
def test_what_is_needed_is_missed_by_name(variable):
    with pytest.raises(SystemExit, match=variable.removeprefix("CALLOFF_").lower()):
        load({name: value for name, value in NEEDED.items() if name != variable})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEPLOYMENT", ""),
        ("DEPLOYMENT", "a_b"),
        ("DEPLOYMENT", "a/b"),
        ("DEPLOYMENT", "x" * 33),
        ("AUTH", "none"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "RS512"),
        ("JWT_LEEWAY_S", "121"),
        ("MAX_ACTIVE_TASKS", "1001"),
        ("AUTH", ""),
        ("LAUNCH_LEASE_S", "0"),
        ("LAUNCH_LEASE_S", "soon"),
        ("LAUNCH_LEASE_S", "1.5"),
        ("PAGE_MAX", "101"),
        ("MAX_HISTORY", "7"),
        ("DUE_SHARDS", "65"),
        ("ASSIGN_PUBLIC_IP", "perhaps"),
    ],
)
def test_what_is_wrong_is_refused_by_name(variable, value):
    with pytest.raises(SystemExit, match=variable.lower()):
        loaded(**{f"CALLOFF_{variable}": value})


@pytest.mark.parametrize(
    ("variable", "value"), [("CALLOFF_SUBNETS", ""), ("CALLOFF_SUBNETS", ","), ("CALLOFF_EXECUTION_ROLE_ARN", "")]
)
def test_what_fargate_cannot_do_without_is_missed_at_start(variable, value):
    """A task needs a subnet; and a role to write its logs (`awslogs`) with."""
    with pytest.raises(SystemExit, match=variable.removeprefix("CALLOFF_").lower()):
        loaded(**{variable: value})


ON_AWS = {
    **{
        name: value for name, value in NEEDED.items() if name not in {"AWS_ENDPOINT_URL", "CALLOFF_KEY", "CALLOFF_AUTH"}
    },
    "CALLOFF_KEY_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:key",
}
JWT = {
    "CALLOFF_AUTH": "jwt",
    "CALLOFF_JWT_ISSUER": "https://issuer.example",
    "CALLOFF_JWT_AUDIENCE": "calloff",
    "CALLOFF_JWT_JWKS_URL": "https://issuer.example/keys",
}
HS256 = {
    "CALLOFF_AUTH": "jwt",
    "CALLOFF_JWT_ALGORITHM": "HS256",
    "CALLOFF_JWT_ISSUER": "https://issuer.example",
    "CALLOFF_JWT_AUDIENCE": "calloff",
    "CALLOFF_JWT_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:jwt",
}


def test_on_aws_callers_are_principals_by_default():
    assert load(ON_AWS).auth == "iam"


@pytest.mark.parametrize("jwt", [JWT, HS256], ids=["published keys", "a shared secret"])
def test_tokens_need_all_that_tells_a_good_one(jwt):
    assert load(ON_AWS | jwt).auth == "jwt"
    for variable in jwt.keys() - {"CALLOFF_AUTH", "CALLOFF_JWT_ALGORITHM"}:
        with pytest.raises(SystemExit, match=f"needs {variable}"):
            load(ON_AWS | jwt | {variable: ""})


def test_keys_are_not_fetched_where_somebody_on_the_way_could_put_their_own():
    with pytest.raises(SystemExit, match="CALLOFF_JWT_JWKS_URL"):
        load(ON_AWS | JWT | {"CALLOFF_JWT_JWKS_URL": "http://issuer.example/keys"})
    assert loaded(**JWT | {"CALLOFF_JWT_JWKS_URL": "http://127.0.0.1/keys"}).auth == "jwt"


@pytest.mark.parametrize("auth", ["iam", "jwt"])
def test_there_is_no_default_secret(auth):
    modes = {"iam": {}, "jwt": JWT}
    with pytest.raises(SystemExit, match="CALLOFF_KEY_SECRET_ARN is missing"):
        load({name: value for name, value in (ON_AWS | modes[auth]).items() if name != "CALLOFF_KEY_SECRET_ARN"})
    with pytest.raises(SystemExit, match="CALLOFF_KEY_SECRET_ARN is missing"):
        load({name: value for name, value in NEEDED.items() if name != "CALLOFF_KEY"})


def test_a_secret_in_the_environment_is_for_an_emulator_and_not_a_short_one():
    with pytest.raises(SystemExit, match="CALLOFF_KEY is for an emulator"):
        load(ON_AWS | {"CALLOFF_KEY": NEEDED["CALLOFF_KEY"]})
    with pytest.raises(SystemExit, match="CALLOFF_KEY has 31 characters; at least 32"):
        loaded(CALLOFF_KEY="x" * 31)


def test_what_is_wrong_is_not_said_with_the_secret():
    with pytest.raises(SystemExit) as raised:
        loaded(CALLOFF_KEY="a-secret-that-is-too-short", CALLOFF_PAGE_MAX="101")
    assert "a-secret" not in str(raised.value)


def test_callers_are_not_taken_at_their_word_on_aws():
    with pytest.raises(SystemExit, match="only on an emulator"):
        load(ON_AWS | {"CALLOFF_AUTH": "local"})
    with pytest.raises(SystemExit, match="only on an emulator"):
        loaded(AWS_ENDPOINT_URL="")


@pytest.mark.parametrize(
    ("text", "names"),
    [("", ()), (" a , b ,", ("a", "b")), ("a", ("a",)), (",", ())],
)
def test_lists_are_separated_by_commas(text, names):
    assert loaded(CALLOFF_SECURITY_GROUPS=text).security_groups == names


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_truth_values(text, value):
    assert loaded(CALLOFF_ASSIGN_PUBLIC_IP=text).assign_public_ip is value


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-north-1"),
        ({"AWS_REGION": "eu-north-1", "CALLOFF_REGION": "eu-west-3"}, "eu-west-3"),
    ],
)
def test_the_region_is_awss_own_setting(variables, region):
    assert loaded(**variables).region == region


@pytest.mark.parametrize("field", Settings.__struct_fields__)
def test_every_setting_has_its_variable(field):
    variable = f"CALLOFF_{field.upper()}"
    usual = loaded()
    for value in ("9", "iam", "ES256", "true", "aa", "a" * 32, "https://a.example"):
        try:
            changed = loaded(**{variable: value})
        except SystemExit:
            continue
        if getattr(changed, field) != getattr(usual, field):
            return
    pytest.fail(f"{variable} changes nothing")


def test_settings_and_ports_are_made_once(monkeypatch):
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    bootstrap.settings.cache_clear()
    bootstrap.ports.cache_clear()
    try:
        assert bootstrap.settings() is bootstrap.settings()
        assert bootstrap.ports() is bootstrap.ports()
        assert bootstrap.ports().settings is bootstrap.settings()
    finally:
        bootstrap.settings.cache_clear()
        bootstrap.ports.cache_clear()


def test_origins_are_a_list():
    assert loaded(CALLOFF_CORS_ORIGINS="https://a.example, http://localhost:3000").cors_origins == (
        "https://a.example",
        "http://localhost:3000",
    )
    assert loaded(CALLOFF_CORS_ORIGINS="*").cors_origins == ("*",)
    assert loaded().cors_origins == ()


@pytest.mark.parametrize("origins", ["a.example", "https://a.example/", "https://*.example", "null", "https://a b"])
def test_what_is_no_origin_is_refused(origins):
    with pytest.raises(SystemExit, match="cors_origins"):
        loaded(CALLOFF_CORS_ORIGINS=origins)
