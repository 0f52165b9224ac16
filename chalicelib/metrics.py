"""Metrics as lines of the log: CloudWatch's embedded metric format (Amazon CloudWatch User Guide)."""

from collections.abc import Mapping

import msgspec

from chalicelib.ports import Clock

NAMESPACE = "Calloff"


def emit(clock: Clock, deployment: str, figures: Mapping[str, tuple[float, str]]) -> None:
    """Print the figures, each a value and its unit in CloudWatch's words, for this deployment."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Deployment"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in figures.items()],
    }
    line = {
        "_aws": {"Timestamp": int(clock.now().timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "Deployment": deployment,
        **{name: value for name, (value, _) in figures.items()},
    }
    # Lambda forwards what is printed as it is; a logger would put words before the JSON.
    print(msgspec.json.encode(line).decode(), flush=True)  # noqa: T201
