"""Structured log lines: one JSON object each, so that CloudWatch Logs Insights can query them."""

import logging

import msgspec

_logger = logging.getLogger("calloff")


def info(event: str, **facts: object) -> None:
    """Log what happened."""
    _emit(logging.INFO, event, facts)


def warning(event: str, **facts: object) -> None:
    """Log what went wrong and will be made good."""
    _emit(logging.WARNING, event, facts)


def error(event: str, **facts: object) -> None:
    """Log what needs a person."""
    _emit(logging.ERROR, event, facts)


def _emit(level: int, event: str, facts: dict[str, object]) -> None:
    if _logger.isEnabledFor(level):
        _logger.log(level, "%s", msgspec.json.encode({"event": event, **facts}, enc_hook=str).decode())
