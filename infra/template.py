"""Reads our CloudFormation templates, and lays one over another."""

import json
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

HERE = Path(__file__).resolve().parent

RESOURCES = ("table.yaml", "key.yaml", "queues.yaml", "cluster.yaml")
"""What Calloff owns besides its functions, and what needs none of them: deployable together, without the rest."""

AROUND_FUNCTIONS = (
    "timer.yaml",
    "network.yaml",
    "functions.yaml",
    "canary.yaml",
    "api.yaml",
    "alarms.yaml",
    "dashboard.yaml",
)
"""What goes with the functions that Chalice generates."""


def together(*names: str) -> Template:
    """Lay the named files of this folder over one another."""
    return reduce(merge, (load(HERE / name) for name in names))


def load(path: Path) -> Template:
    """Read a template of YAML; `{Inline: FILE}` stands for the text of the file beside it."""
    template: Template = _inlined(yaml.safe_load(path.read_text()), path.parent)
    return template


def merge(base: Template, over: Template) -> Template:
    """Lay one template over another as Chalice does: mappings are merged, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        nested = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(merged[key], value) if nested else value
    return merged


def _inlined(value: Any, folder: Path) -> Any:
    match value:
        case {"Inline": str(name)} if len(value) == 1:
            return json.dumps(json.loads((folder / name).read_text()))
        case dict():
            return {key: _inlined(each, folder) for key, each in value.items()}
        case list():
            return [_inlined(each, folder) for each in value]
        case _:
            return value
