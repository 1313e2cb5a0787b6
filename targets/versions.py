"""Which of two states of a target is the newer one, by what its source says."""

from enum import Enum

from templates.findings import Finding

from .documents import Document
from .models import Target


class Age(Enum):
    OLDER = "older"
    EQUAL = "equal"
    NEWER = "newer"
    """Also where the two cannot be compared: without a version what comes last counts."""


def age(document: Document, target: Target) -> Age:
    """By sourceVersion where both have one, else by sourceUpdatedAtUtc."""
    for sent, stored in _pairs(document, target):
        if sent is not None and stored is not None:
            return Age.EQUAL if sent == stored else Age.OLDER if sent < stored else Age.NEWER
    return Age.NEWER


def is_versioned(document: Document) -> bool:
    return document.source_version is not None or document.source_updated_at is not None


def take(document: Document, target: Target) -> bool:
    """Whether the target has another version now. What was not sent is kept."""
    before = (target.source_version, target.source_updated_at)
    if document.source_version is not None:
        target.source_version = document.source_version
    if document.source_updated_at is not None:
        target.source_updated_at = document.source_updated_at
    return before != (target.source_version, target.source_updated_at)


def stale(document: Document, target: Target) -> Finding:
    name, sent, stored = _said(document, target)
    message = f"The target has {name} {stored} already; {sent} is older, so nothing was changed."
    return Finding("stale_version", name, message)


def conflict(document: Document, target: Target) -> Finding:
    name, sent, _stored = _said(document, target)
    message = (
        f"The target has {name} {sent} already, with other content; send a higher one with each change "
        "(what the target is now can be read at GET /targets)."
    )
    return Finding("version_conflict", name, message)


def _said(document: Document, target: Target) -> tuple[str, str, str]:
    if document.source_version is not None and target.source_version is not None:
        return "sourceVersion", str(document.source_version), str(target.source_version)
    sent, stored = document.source_updated_at, target.source_updated_at
    return "sourceUpdatedAtUtc", *(f"{at.isoformat()}".replace("+00:00", "Z") for at in (sent, stored) if at)  # type: ignore[return-value]


def _pairs(document: Document, target: Target):  # type: ignore[no-untyped-def]  # noqa: ANN202  two types
    yield document.source_version, target.source_version
    yield document.source_updated_at, target.source_updated_at
