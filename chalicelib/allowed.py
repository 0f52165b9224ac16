"""What a deployment allows a task to be: its size, its time, its image."""

import re
from fnmatch import fnmatchcase

from chalicelib.config import Settings
from chalicelib.problems import ImageNotAllowed, LimitExceeded
from chalicelib.schema import SubmitBody

_BY_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def check_allowed(asked: SubmitBody, settings: Settings) -> None:
    """Hold a submission to the deployment's limits.

    Raises:
        LimitExceeded: it asks for too much.
        ImageNotAllowed: its image may not run here.
    """
    _check_size("cpu", asked.cpu, settings.max_cpu)
    _check_size("memory", asked.memory, settings.max_memory)
    if settings.max_timeout and asked.timeout is None:
        raise LimitExceeded(f"timeout is needed here: at most {settings.max_timeout} s.", field="timeout")
    check_timeout(asked.timeout or 0, settings)
    _check_image(asked.image, settings)


def check_timeout(timeout: int, settings: Settings) -> None:
    """Hold a time limit, new or moved, to the deployment's.

    Raises:
        LimitExceeded: it is too long.
    """
    _check_size("timeout", timeout, settings.max_timeout)


def _check_size(field: str, asked: int, most: int) -> None:
    if most and asked > most:
        raise LimitExceeded(f"{field} is at most {most} here.", field=field)


def _check_image(image: str, settings: Settings) -> None:
    if settings.image_digests and not _BY_DIGEST.fullmatch(image):
        raise ImageNotAllowed("Name the image by its digest: name@sha256:….", field="image")
    if settings.images and not any(fnmatchcase(image, pattern) for pattern in settings.images):
        raise ImageNotAllowed("The image is none of those that may run here.", field="image")
