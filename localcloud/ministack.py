"""MiniStack: the emulator that stands in for all of AWS but ECS."""

from __future__ import annotations

import http.client
import sys
from typing import TYPE_CHECKING

from localcloud import aws, ports
from localcloud.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.keeper import Keeper

#: Seconds that it gets to write its state down.
GRACE_S = 5.0


def part(port: int, folder: Path, environment: Mapping[str, str], keeper: Keeper) -> Part:
    """Describe its process. Its state is kept in ``folder`` when it is stopped; a kill loses it."""
    return Part(
        "ministack",
        [sys.executable, "-m", "ministack"],
        {**environment, **variables(port, folder)},
        folder / "ministack.log",
        keeper,
    )


def variables(port: int, folder: Path) -> dict[str, str]:
    """Its settings."""
    state = folder / "ministack"
    state.mkdir(parents=True, exist_ok=True)
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": ports.HOST,
        "MINISTACK_REGION": aws.REGION,
        "MINISTACK_ACCOUNT_ID": aws.ACCOUNT,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(state),
        # It would listen on 0.0.0.0:8883.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Containers are our own ECS endpoint's business: it is not to look for leftovers in the engine.
        "DOCKER_HOST": f"unix://{state}/no-engine.sock",
        **aws.CREDENTIALS,
    }


def ready(port: int) -> bool:
    """Ask its health page."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=1)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
