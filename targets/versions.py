"""Compares the version that a source system sent with the version of the stored target.

A source system may send `sourceVersion`, `sourceUpdatedAtUtc`, both or neither. What arrives late must not overwrite
what was sent after it.
"""

from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from targets.documents import Document
from targets.models import Target


class Freshness(Enum):
    """How a document compares with the stored target."""

    OLDER = "older"
    SAME_VERSION = "same version"
    """Both have the same sourceVersion."""
    SAME_MOMENT = "same moment"
    """Both have the same sourceUpdatedAtUtc, and not both have a sourceVersion."""
    NEWER = "newer"
    """Also if the two have no version in common: then the last document to arrive wins."""


_DECIDING_PATHS = ("externalId", "sourceSystem", "sourceVersion", "sourceUpdatedAtUtc")


class _Versions(NamedTuple):
    """A version of the document and of the stored target that can be compared."""

    name: str
    """The field that both have a version in, or empty if there is none."""
    sent: Any
    stored: Any


def freshness_of(document: Document, target: Target) -> Freshness:
    """Return whether a document is OLDER than the stored target, has the same version or moment, or is NEWER.

    sourceVersion decides if both have one, else sourceUpdatedAtUtc. NEWER also if they have no version in common.
    """
    versions = _common_versions(document, target)
    if not versions.name:
        return Freshness.NEWER
    if versions.sent == versions.stored:
        return Freshness.SAME_VERSION if versions.name == "sourceVersion" else Freshness.SAME_MOMENT
    return Freshness.OLDER if versions.sent < versions.stored else Freshness.NEWER


def is_stale(document: Document, target: Target) -> bool:
    """Return whether a document is certainly older than the stored target, whatever else is wrong with it.

    False if the document's externalId, sourceSystem or one of its versions has an error: it may be about another
    target, or may be newer.
    """
    return freshness_of(document, target) is Freshness.OLDER and not document.is_faulty(*_DECIDING_PATHS)


def has_version(document: Document) -> bool:
    """Return whether the document has a sourceVersion or a sourceUpdatedAtUtc."""
    return document.source_version is not None or document.source_updated_at is not None


def copy_version(document: Document, target: Target) -> bool:
    """Set the target's version in memory to the document's. Return whether that changed it.

    sourceVersion or sourceUpdatedAtUtc stays as it is if the document does not have it.
    """
    before = (target.source_version, target.source_updated_at)
    if document.source_version is not None:
        target.source_version = document.source_version
    if document.source_updated_at is not None:
        target.source_updated_at = document.source_updated_at
    return before != (target.source_version, target.source_updated_at)


def stale_warning(document: Document, target: Target) -> Finding:
    """Return the warning that a document is older than the target. Call it only if `freshness_of` returned OLDER."""
    name, sent, stored = _common_versions(document, target)
    message = f"The target already has {name} {_as_text(stored)}; {_as_text(sent)} is older, so nothing was changed."
    return Finding(Code.STALE_VERSION, name, message)


def conflict_error(document: Document, target: Target) -> Finding:
    """Return the error that a document has the target's version but other content.

    Call it only if `freshness_of` returned SAME_VERSION and the content differs. Neither is checked here.
    """
    name, sent, _stored = _common_versions(document, target)
    message = (
        f"The target already has {name} {_as_text(sent)} with other content. Send a higher one with each change; "
        "GET /targets answers what is stored."
    )
    return Finding(Code.VERSION_CONFLICT, name, message)


def same_moment_warning(document: Document) -> Finding:
    """Return the warning that the target had the document's sourceUpdatedAtUtc with other content, and was changed.

    Call it only if `freshness_of` returned SAME_MOMENT and the content differs. Neither is checked here.
    """
    moment = _as_text(document.source_updated_at)
    message = f"The target had other content with the same sourceUpdatedAtUtc {moment}. The later arrival wins."
    return Finding(Code.SAME_MOMENT, "sourceUpdatedAtUtc", message)


def _common_versions(document: Document, target: Target) -> _Versions:
    """Return the name and both values of the version that decides: sourceVersion if both have it, else the time.

    The time is sourceUpdatedAtUtc. If they have none in common, the name is empty and both values are None.
    """
    for versions in (
        _Versions("sourceVersion", document.source_version, target.source_version),
        _Versions("sourceUpdatedAtUtc", document.source_updated_at, target.source_updated_at),
    ):
        if versions.sent is not None and versions.stored is not None:
            return versions
    return _Versions("", None, None)


def _as_text(version: int | datetime | None) -> str:
    """Return a version for a message: a number as it is, a moment in ISO 8601 with Z for UTC."""
    return version.isoformat().replace("+00:00", "Z") if isinstance(version, datetime) else str(version)
