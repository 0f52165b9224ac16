"""Entity tags of tasks: which state of the record an answer shows (RFC 9110, section 8.8.3)."""

import re
from hashlib import blake2s
from typing import assert_never

import msgspec

from chalicelib.problems import Malformed

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"[ \t]*(?:,[ \t]*)*{_TAG}(?:[ \t]*,[ \t]*(?:{_TAG})?)*[ \t]*")
_REV = re.compile(r'"([0-9]{1,15})-[0-9a-f]{16}"')


def task_etag(rev: int, body: str) -> str:
    """Make the strong tag of a task as it is shown: its `rev`, which a write can require, and a hash of the document.

    The hash is there because a strong tag promises the same bytes, and a later Calloff may show the same record
    otherwise.
    """
    return f'"{rev}-{_digest(body)}"'


def content_etag(body: str) -> str:
    """Make the strong tag of a document that only a new version of Calloff changes."""
    return f'"{_digest(body)}"'


def _digest(body: str) -> str:
    return blake2s(body.encode(), digest_size=8).hexdigest()


class Anything(msgspec.Struct, frozen=True):
    """`*`: whatever there is."""


class Tags(msgspec.Struct, frozen=True):
    """Some entity tags, as they were sent."""

    tags: tuple[str, ...]

    @property
    def revs(self) -> frozenset[int]:
        """The revisions of the strong tags among them. A weak one never matches in `If-Match` (section 13.1.1)."""
        return frozenset(int(found[1]) for tag in self.tags if (found := _REV.fullmatch(tag)))

    def match(self, etag: str) -> bool:
        """Tell whether one of them names what `etag` does, weak or strong, as `If-None-Match` asks (13.1.2)."""
        return etag in {tag.removeprefix("W/") for tag in self.tags}


class NoTags(msgspec.Struct, frozen=True):
    """Neither `*` nor a list of entity tags."""


def read_tags(text: str) -> Anything | Tags | NoTags:
    """Read `If-Match` or `If-None-Match`."""
    if text.strip() == "*":
        return Anything()
    return Tags(tuple(re.findall(_TAG, text))) if _LIST.fullmatch(text) else NoTags()


def unchanged(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the caller has what would be answered. They do not, if what they sent cannot be read."""
    match read_tags(if_none_match or ""):
        case Anything():
            return True
        case Tags() as tags:
            return tags.match(etag)
        case NoTags():
            return False
        case other:
            assert_never(other)


def wanted_revs(if_match: str | None) -> frozenset[int] | None:
    """The revisions that the caller requires; None for any.

    Raises:
        Malformed: the header cannot be read.
    """
    if if_match is None:
        return None
    match read_tags(if_match):
        case Anything():
            return None
        case Tags() as tags:
            return tags.revs
        case NoTags():
            raise Malformed("If-Match is * or a list of entity tags, each in double quotes.", field="If-Match")
        case other:
            assert_never(other)
