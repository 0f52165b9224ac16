"""Sign requests with AWS credentials (SigV4), as API Gateway's IAM authorizer wants it. Needs `calloff[aws]`."""

import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import httpx

from calloff.errors import SettingsError

if TYPE_CHECKING:
    from botocore.credentials import Credentials

SERVICE = "execute-api"
UNSIGNED = frozenset({"connection", "accept-encoding", "user-agent", "content-length", "host"})
"""Headers that proxies on the way may change, and those that the signer adds itself."""


class SigV4(httpx.Auth):
    """Signs with the credentials that the AWS CLI and SDKs find: environment, profile, role."""

    requires_request_body = True

    def __init__(self, region: str | None = None, profile: str | None = None, service: str = SERVICE) -> None:
        """Find the credentials.

        Raises:
            SettingsError: there are none, no region is known, or botocore is not installed.
        """
        self._credentials, self._region = _found(region, profile)
        self._service = service

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request as it is sent, each time anew: temporary credentials are renewed, and times move on."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {name: value for name, value in request.headers.items() if name.lower() not in UNSIGNED}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=headers)
        SigV4Auth(self._credentials.get_frozen_credentials(), self._service, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def _found(region: str | None, profile: str | None) -> "tuple[Credentials, str]":
    try:
        from botocore.exceptions import ProfileNotFound
        from botocore.session import Session
    except ImportError as error:
        raise SettingsError("Signing needs botocore: pip install 'calloff[aws]'.") from error
    session = Session(profile=profile)
    try:
        credentials = session.get_credentials()
    except ProfileNotFound as error:
        raise SettingsError(f"{error}.") from error
    if credentials is None:
        raise SettingsError("No AWS credentials were found; `aws sts get-caller-identity` should work first.")
    # botocore itself reads AWS_DEFAULT_REGION only; everything else of AWS prefers AWS_REGION.
    found = region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if not found:
        raise SettingsError("No AWS region is known; set AWS_REGION, or region.")
    return credentials, str(found)
