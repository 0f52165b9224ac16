"""Fargate's task sizes: which memory goes with which cpu.

Source: ``cpu`` of RegisterTaskDefinition in the ECS API reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localcloud.ecs.errors import client_error

if TYPE_CHECKING:
    from collections.abc import Collection

_GIB = 1024
_MEMORY: dict[int, Collection[int]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: range(1 * _GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
_NUMBER = r"(?P<number>[0-9]*\.?[0-9]+)"
_VCPU = re.compile(_NUMBER + r"\s*vcpu", re.IGNORECASE)
_GB = re.compile(_NUMBER + r"\s*gb", re.IGNORECASE)


def cpu_units(text: str) -> int:
    """Read ``256``, ``.25 vCPU`` or ``0.25vcpu`` as cpu units (1024 are one vCPU)."""
    return _read(text, _VCPU, "cpu")


def memory_mib(text: str) -> int:
    """Read ``512``, ``0.5GB`` or ``0.5 gb`` as MiB."""
    return _read(text, _GB, "memory")


def check_size(cpu: str | None, memory: str | None) -> None:
    """Refuse a size that Fargate does not have; raises ClientException."""
    if not cpu or not memory:
        raise client_error("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    if memory_mib(memory) not in _MEMORY.get(cpu_units(cpu), ()):
        raise client_error("No Fargate configuration exists for given values.")


def _read(text: str, unit: re.Pattern[str], name: str) -> int:
    match = unit.fullmatch(text.strip())
    if match:
        return round(float(match["number"]) * 1024)
    if not text.strip().isdecimal():
        raise client_error(f"Invalid '{name}' setting for task.")
    return int(text)
