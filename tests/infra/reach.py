"""Which methods of the ports a handler can reach, read from the code: by every name that it mentions, and so on."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import app

ROOT = Path(app.__file__).parent
Function = tuple[str, str]
"""A module, and a name in it."""
WIRING = "chalicelib.bootstrap"
"""Where ports become AWS: what lies behind is called through their methods."""
PORTS = ("store", "notes", "definitions", "slots", "containers", "timers", "queue", "switches", "logs")


def reach(handler: str) -> set[str]:
    """The methods of the ports that the handler of `app.py` can reach, as `store.get`."""
    seen: set[Function] = set()
    todo: list[Function] = [("app", handler)]
    found: set[str] = set()
    while todo:
        function = todo.pop()
        if function in seen or function[0] == WIRING:
            continue
        seen.add(function)
        for node in _bodies(function):
            todo += _mentioned(function[0], node)
            found |= {*_methods(node)}
    return found


def views() -> list[str]:
    """The names of the functions behind the API's routes."""
    return sorted({entry.view_function.__name__ for methods in app.app.routes.values() for entry in methods.values()})


@cache
def _module(name: str) -> ast.Module:
    return ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text())


def _bodies(function: Function) -> Iterator[ast.AST]:
    module, name = function
    for node in ast.walk(_module(module)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            yield node


@cache
def _names(module: str) -> dict[str, Function]:
    """What the names of a module stand for, as far as it is ours."""
    names: dict[str, Function] = {}
    for node in ast.walk(_module(module)):
        match node:
            case ast.ImportFrom(module=str(source), names=imported) if source.startswith("chalicelib."):
                names |= {each.asname or each.name: (source, each.name) for each in imported}
            case ast.ImportFrom(module="chalicelib", names=imported):
                names |= {each.asname or each.name: (f"chalicelib.{each.name}", "") for each in imported}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names[name] = (module, name)
    return names


def _mentioned(module: str, body: ast.AST) -> Iterator[Function]:
    names = _names(module)
    for node in ast.walk(body):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if names.get(name, ("", "x"))[1] == "":
                yield (names[name][0], attribute)
            case ast.Name(id=name) if name in names and names[name][1]:
                yield names[name]


def _methods(body: ast.AST) -> Iterator[str]:
    for node in ast.walk(body):
        match node:
            case ast.Attribute(value=ast.Attribute(attr=port), attr=method) if port in PORTS:
                yield f"{port}.{method}"
