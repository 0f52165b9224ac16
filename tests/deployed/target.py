"""Where the deployed tests run, and how they get there: an emulator, LocalStack or AWS."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from infra import emulator
from localcloud import waiting
from localcloud.witness import Witness

ROOT = Path(__file__).resolve().parent.parent.parent
AWS = ROOT / ".venv-awscli/bin/aws"
GIVEN = dict(os.environ)
"""As whoever runs the tests set it: the suite takes every AWS_ variable out of the environment."""
TERMINAL = {"completed", "failed", "cancelled"}
PATIENCE_S = 60.0
FUNCTION_S = 610
"""The longest that a function may run is ten minutes."""
EVERY_S = 0.2
"""Between two looks: each costs a call of a function."""


@dataclass(frozen=True)
class Signer(httpx.Auth):
    """Signs requests as AWS wants it (Signature Version 4)."""

    credentials: Credentials
    region: str
    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        """Sign it."""
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request


@dataclass(frozen=True)
class Target:
    """A deployed stack."""

    environment: Mapping[str, str]
    """With which the AWS CLI reaches it."""
    deployed: emulator.Deployed
    stack: str
    image: str
    witness: Witness | None = None
    """Who knows what truly lives, where anybody does."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self._endpoint(service),
                config=Config(retries={"mode": "standard"}, read_timeout=FUNCTION_S),
            )
        return self._clients[service]

    def cli(self, *arguments: str) -> Any:
        """Run the AWS CLI; give what it answered."""
        command = [str(AWS), *arguments, "--output", "json"]
        done = subprocess.run(
            command, env=dict(self.environment), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "{}")

    def http(self, key: tuple[str, str] | None = None) -> httpx.Client:
        """A caller of the API: with the environment's credentials, or with another key."""
        frozen = self._session.get_credentials().get_frozen_credentials()
        signer = Signer(Credentials(*key) if key else Credentials(*frozen), self._session.region_name)
        return httpx.Client(base_url=self.deployed.url, auth=signer, timeout=30, trust_env=False)

    def until(self, api: httpx.Client, task: str, *statuses: str) -> dict[str, Any]:
        """Wait for one of the statuses; a terminal one that is not among them fails at once."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = api.get(f"/tasks/{task}").json()
            if found["status"] in statuses:
                return found
            assert found["status"] not in TERMINAL, found
            return None

        return waiting.until(look, f"task {task} {statuses}", PATIENCE_S, EVERY_S)

    @cached_property
    def _session(self) -> boto3.Session:
        given = self.environment
        return boto3.Session(
            given["AWS_ACCESS_KEY_ID"],
            given["AWS_SECRET_ACCESS_KEY"],
            given.get("AWS_SESSION_TOKEN"),
            given.get("AWS_REGION") or given["AWS_DEFAULT_REGION"],
        )

    def _endpoint(self, service: str) -> str | None:
        own = self.environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        return own or self.environment.get("AWS_ENDPOINT_URL")


def exported() -> dict[str, str]:
    """The given environment, with the credentials that the AWS CLI finds there, wherever they come from."""
    found = subprocess.run(
        [str(AWS), "configure", "export-credentials", "--format", "env-no-export"],
        env=GIVEN,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    credentials = dict(line.split("=", 1) for line in found.stdout.splitlines() if "=" in line)
    region = GIVEN.get("AWS_REGION") or GIVEN["AWS_DEFAULT_REGION"]
    return GIVEN | credentials | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
