"""The modules of `calloff/` that say what `chalicelib/` says: its answers as they are, its problems as exceptions."""

import importlib
import inspect
import re
from pathlib import Path

from chalicelib import problems

ROOT = Path(__file__).resolve().parent.parent

PROBLEMS = '''"""The whole tree of what the client raises.

{tree}

Each problem that the API names is an `APIError` with its `document`. Made from `chalicelib/problems.py` by `make docs`.
"""

from collections.abc import Mapping
from typing import ClassVar

from calloff.errors import APIError

{classes}

BY_SLUG: Mapping[str, type[APIError]] = {{
    kind.slug: kind
    for kind in (
{kinds}
    )
}}
'''

CLASS = '''
class {name}(APIError):
    """{doc}"""

    slug: ClassVar[str] = "{slug}"
'''


def answers() -> str:
    """The shapes of answers, as the API has them."""
    source = (ROOT / "chalicelib/answers.py").read_text(encoding="utf-8")
    return f"# Made from chalicelib/answers.py by `make docs`: the client's copy. Change that one.\n{source}"


def exceptions() -> str:
    """An exception for each problem type."""
    kinds = sorted(problems.Problem.__subclasses__(), key=lambda kind: (kind.status, kind.slug))
    return PROBLEMS.format(
        tree=_tree(kinds),
        classes="\n".join(CLASS.format(name=_name(k), doc=_doc(k), slug=k.slug) for k in kinds),
        kinds="\n".join(f"        {_name(kind)}," for kind in kinds),
    )


def _doc(kind: type[problems.Problem]) -> str:
    lines = (inspect.getdoc(kind) or "").splitlines()
    return "\n".join([lines[0], *(f"    {line}".rstrip() for line in lines[1:]), *(["    "] if lines[1:] else [])])


def _name(kind: type[problems.Problem]) -> str:
    return f"{kind.__name__}Error"


def _tree(kinds: list[type[problems.Problem]]) -> str:
    """Draw the tree: the hand-written exceptions by their own classes, the problems below `APIError`."""
    errors = importlib.import_module("calloff.errors")
    found = re.findall(r"^class (\w+)\((\w+)\):", inspect.getsource(errors), re.MULTILINE)
    width = max(len(_name(kind)) for kind in kinds)
    below = {parent: [name for name, above in found if above == parent] for _, parent in found}
    below["APIError"] = [f"{_name(kind):{width}}  {kind.status} {kind.slug}" for kind in kinds]
    return "\n".join(["    CalloffError", *_branches("CalloffError", below, "    ")])


def _branches(name: str, below: dict[str, list[str]], indent: str) -> list[str]:
    lines: list[str] = []
    children = below.get(name, [])
    for child in children:
        last = child is children[-1]
        lines.append(f"{indent}{'└──' if last else '├──'} {child}")
        lines += _branches(child, below, indent + ("    " if last else "│   "))
    return lines


MODULES = {"../calloff/answers.py": answers, "../calloff/problems.py": exceptions}
