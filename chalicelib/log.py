"""Structured log lines: one JSON object each, so that CloudWatch Logs Insights can query them."""

import logging
import sys

import msgspec

_logger = logging.getLogger("calloff")


class StandardOutput(logging.Handler):
    """Writes each line as it is: Lambda takes it from standard output, and a prefix would make it no JSON."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, to whatever is standard output by now."""
        sys.stdout.write(f"{record.getMessage()}\n")
        sys.stdout.flush()


def to_standard_output() -> None:
    """Let all lines be written. Chalice by itself passes over everything that is no error."""
    _logger.handlers = [StandardOutput()]
    _logger.setLevel(logging.INFO)
    _logger.propagate = False


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
        line = {"level": logging.getLevelName(level), "event": event, **facts}
        _logger.log(level, "%s", msgspec.json.encode(line, enc_hook=str).decode())
