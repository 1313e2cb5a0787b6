"""Which of two states of a target is the newer one, by what its source says."""

from datetime import datetime
from enum import Enum
from typing import Any

from ordinavo.common.findings import Finding
from targets.documents import Document
from targets.models import Target


class Age(Enum):
    OLDER = "older"
    EQUAL = "equal"
    NEWER = "newer"
    """Also where the two cannot be compared: without a version what comes last counts."""


def age(document: Document, target: Target) -> Age:
    """By sourceVersion where both have one, else by sourceUpdatedAtUtc."""
    _name, sent, stored = _comparable(document, target)
    if sent == stored:
        return Age.NEWER if sent is None else Age.EQUAL
    return Age.OLDER if sent < stored else Age.NEWER


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


def _comparable(document: Document, target: Target) -> tuple[str, Any, Any]:
    """The name, what was sent and what is stored; None twice where the two have nothing in common."""
    for name, sent, stored in (
        ("sourceVersion", document.source_version, target.source_version),
        ("sourceUpdatedAtUtc", document.source_updated_at, target.source_updated_at),
    ):
        if sent is not None and stored is not None:
            return name, sent, stored
    return "", None, None


def _said(document: Document, target: Target) -> tuple[str, str, str]:
    name, sent, stored = _comparable(document, target)
    return name, _text(sent), _text(stored)


def _text(version: int | datetime) -> str:
    return version.isoformat().replace("+00:00", "Z") if isinstance(version, datetime) else str(version)
