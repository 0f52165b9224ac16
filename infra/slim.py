"""Makes the zip small: botocore describes four hundred services in it, and Calloff calls a handful."""

import ast
import re
import zipfile
from pathlib import Path

SERVICE = re.compile(r"botocore/data/([^/]+)/")


def slim(archive: Path, code: Path) -> None:
    """Take out of the zip what botocore knows of services that no word in the folder `code` names.

    A function's cold start unpacks and reads less; the emulator, which unpacks the zip for each worker, much less.
    """
    named = words(code)
    slimmed = archive.with_suffix(".slim")
    with zipfile.ZipFile(archive) as full, zipfile.ZipFile(slimmed, "w", zipfile.ZIP_DEFLATED) as kept:
        for entry in full.infolist():
            service = SERVICE.match(entry.filename)
            if service is None or service[1] in named:
                kept.writestr(entry, full.read(entry), zipfile.ZIP_DEFLATED)
    slimmed.replace(archive)


def words(code: Path) -> set[str]:
    """Find every string in the code: the names of the services for which it makes clients are among them."""
    nodes = (node for path in code.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
