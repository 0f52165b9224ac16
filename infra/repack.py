"""Makes a zip whose bytes depend on what is in it alone: not on when it was made, nor on the order of a folder."""

import zipfile
from pathlib import Path

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first instant that a zip can name."""
READABLE = 0o644 << 16
"""Where a zip keeps the permissions. Lambda runs the code as a user who is not its owner."""


def repack(path: Path) -> None:
    """Write the zip anew, in order, as of long ago."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in sorted(archive.namelist())}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = READABLE
            archive.writestr(entry, content)
