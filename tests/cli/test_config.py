"""Where the API is and who calls: the command line before the environment before the file."""

import json
import stat

import pytest


@pytest.fixture
def alone(calloff):
    """`calloff` without variables of its own."""
    for name in ("CALLOFF_URL", "CALLOFF_TOKEN"):
        del calloff.environment[name]
    return calloff


def shown(calloff, *words, **variables):
    return json.loads(calloff(*words, "config", "--json", **variables).stdout)


def test_nothing_is_known_at_first(alone):
    assert shown(alone) == {}
    said = alone("ps")
    assert said.returncode == 2
    assert "Next: calloff config set url URL" in said.stderr


def test_a_setting_is_kept_in_a_file_for_oneself(alone):
    assert alone("config", "set", "url", "http://127.0.0.1:8000").returncode == 0
    assert alone("config", "set", "token", 'quo"ted\\ tökën and more').returncode == 0
    file = alone.folder / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shown(alone)["url"] == {"value": "http://127.0.0.1:8000", "source": str(file)}
    assert shown(alone)["token"]["value"] == 'quo"…'
    assert alone("config", "unset", "token").returncode == 0
    assert list(shown(alone)) == ["url"]


def test_what_is_nearer_counts(alone):
    alone("config", "set", "token", "from-file")
    assert shown(alone)["token"]["source"].endswith("config.toml")
    assert shown(alone, CALLOFF_TOKEN="bob")["token"] == {"value": "bob", "source": "CALLOFF_TOKEN"}
    assert shown(alone, "--token", "eve", CALLOFF_TOKEN="bob")["token"] == {"value": "eve", "source": "--token"}


def test_who_calls_is_told_to_the_api(api, alone, document):
    from tests.doubles.recorded import answer

    api.answers(answer(document()))
    alone("config", "set", "url", api.url)
    alone("config", "set", "token", "alice")
    assert alone("show", "7").returncode == 0
    assert api.asked[0].headers["authorization"] == "Bearer alice"


def test_aws_credentials_sign(api, alone, document):
    from tests.doubles.recorded import answer

    api.answers(answer(document()))
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-1"}
    assert alone("--credentials", "aws", "show", "7", CALLOFF_URL=api.url, **keys).returncode == 0
    signature = api.asked[0].headers["authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/execute-api/aws4_request" in signature


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("config", "set", "colour", "red"), "There is no setting 'colour'"),
        (("config", "set", "credentials", "magic"), "credentials is token or aws"),
        (("config", "set", "time_limit", "soon"), "time_limit is a number of seconds"),
        (("--time-limit", "-1", "ps"), "time_limit is a number of seconds"),
        (("--url", "nowhere", "ps"), "'nowhere' is no URL"),
    ],
)
def test_what_makes_no_sense_is_said(words, wrong, alone):
    said = alone(*words)
    assert said.returncode == 2
    assert wrong in said.stderr


def test_a_file_that_cannot_be_read_is_named(alone):
    (alone.folder / "config.toml").write_text("this is no TOML")
    said = alone("config")
    assert said.returncode == 2
    assert "config.toml cannot be read" in said.stderr


# -- the local cloud


def test_outside_a_checkout_there_is_no_local_cloud(alone):
    said = alone("local")
    assert said.returncode == 2
    assert "from a checkout of Calloff's repository" in said.stderr


def test_in_a_checkout_its_own_environment_runs_it(tmp_path, monkeypatch):
    from calloff.cli.local import command

    for file in ("localcloud/__main__.py", "app.py", ".venv/bin/python"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    below = tmp_path / "docs/decisions"
    below.mkdir(parents=True)
    assert command(below) == (tmp_path, [str(tmp_path / ".venv/bin/python"), "-m", "localcloud"])
    (tmp_path / ".venv/bin/python").unlink()
    folder, argv = command(below)
    assert (folder, argv[1:]) == (tmp_path, ["run"])
