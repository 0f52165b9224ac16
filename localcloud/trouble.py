"""What can go wrong with the local cloud.

``LocalCloudError``
├── ``PartFailedError``   a part ended by itself, or did not come up in time
├── ``PortTakenError``    somebody listens where the API was to listen
├── ``FolderInUseError``  another local cloud works in the folder
├── ``NoEngineError``     Docker was insisted on, and there is none
└── ``ResourcesError``    the emulator could not make Calloff's resources

All messages are for people.
"""

from __future__ import annotations


class LocalCloudError(RuntimeError):
    """Something that a person at the terminal should read."""


class PartFailedError(LocalCloudError):
    """A part ended by itself, or did not come up in time. The message shows the end of its log."""

    def __init__(self, name: str, what: str, tail: str) -> None:
        super().__init__(f"{name} {what}\n{tail}".rstrip())
        self.name = name


class PortTakenError(LocalCloudError):
    """Somebody listens where the API was to listen."""


class FolderInUseError(LocalCloudError):
    """Another local cloud works in the folder."""


class NoEngineError(LocalCloudError):
    """Docker was insisted on, and there is none."""


class ResourcesError(LocalCloudError):
    """The emulator could not make Calloff's resources."""
