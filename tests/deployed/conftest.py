"""One deployed stack for all tests of a run: on the emulator, on LocalStack, on AWS, each where it is to be had."""

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra import emulator
from infra.package import package
from infra.rehearsal import CHOICE, Rehearsed, localstack, rehearsal
from localcloud import engine
from localcloud.witness import Witness
from tests.deployed.target import GIVEN, Target, exported
from tests.runtime import runtime

PUBLIC_IMAGE = "public.ecr.aws/docker/library/busybox:stable"


@pytest.fixture(
    scope="session",
    params=[
        "rehearsal",
        pytest.param("localstack", marks=pytest.mark.localstack),
        pytest.param("aws", marks=pytest.mark.aws),
    ],
)
def target(request, no_account, tmp_path_factory) -> Iterator[Target]:
    """Give each place in turn; one that is not there is skipped, and says how to name it."""
    if request.param == "aws":
        yield on_aws()
        return
    endpoint = localstack() if request.param == "localstack" else None
    if request.param == "localstack" and endpoint is None:
        pytest.skip("no LocalStack: LOCALSTACK_HOST does not name one")
    out = tmp_path_factory.mktemp("package")
    package(CHOICE, out, Path(__file__).with_name("policies.yaml"))
    with rehearsal(out, runtime(), endpoint) as running:
        yield rehearsed(running)


def rehearsed(running: Rehearsed) -> Target:
    environment = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **running.variables}
    return Target(environment, running.deployed, emulator.STACK, engine.IMAGE, Witness(running.engine, running.ecs))


def on_aws() -> Target:
    """Find the stack that `make deploy` made."""
    stack = GIVEN.get("CALLOFF_TEST_STACK")
    if not stack:
        pytest.skip("no AWS: CALLOFF_TEST_STACK does not name a stack")
    environment = exported()
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN"),
        environment["AWS_REGION"],
    )
    endpoint = environment.get("AWS_ENDPOINT_URL")
    deployed = emulator.deployed(session.client("cloudformation", endpoint_url=endpoint), stack, endpoint)
    return Target(environment, deployed, stack, GIVEN.get("CALLOFF_TEST_IMAGE", PUBLIC_IMAGE))
