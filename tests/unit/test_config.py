"""Settings from the environment: typed, and refused at start where they are wrong."""

import pytest

from chalicelib import bootstrap
from chalicelib.config import Settings, load

NEEDED = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "CALLOFF_DEPLOYMENT": "local",
    "CALLOFF_AUTH": "local",
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


@pytest.mark.parametrize("variable", sorted(set(NEEDED) - {"AWS_ENDPOINT_URL", "CALLOFF_EXECUTION_ROLE_ARN"}))
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
        ("AUTH", "iam"),
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


def test_callers_are_not_taken_at_their_word_on_aws():
    with pytest.raises(SystemExit, match="only on an emulator"):
        load({name: value for name, value in NEEDED.items() if name != "AWS_ENDPOINT_URL"})
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
    for value in ("9", "local", "true", "aa", "https://a.example"):
        try:
            changed = loaded(**{variable: value})
        except SystemExit:
            continue
        if getattr(changed, field) != getattr(usual, field):
            return
    assert field == "auth"  # which has one value for now


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
