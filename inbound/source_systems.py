"""Decide which source system an import is for."""

from collections.abc import Mapping
from typing import Any

from inbound.credentials import Credential
from inbound.errors import MissingSourceSystem, SourceSystemNotAllowed, SourceSystemPaused
from ordinavo.common import identifiers
from targets.models import SourceSystem


def sent_key(document: Mapping[str, Any]) -> Any:
    """Return the `sourceSystem` of a document, or None if it is absent, null or blank.

    A string is normalised as all ids are. Any other JSON value is returned as it was sent.
    """
    key = document.get("sourceSystem")
    return (identifiers.normalise(key) or None) if isinstance(key, str) else key


def source_system_of(document: Mapping[str, Any], credential: Credential) -> SourceSystem:
    """Return the source system that a document names, or the only one of the token if it names none.

    Raises MissingSourceSystem if it names none and the token does not serve exactly one. Raises SourceSystemNotAllowed
    if the token does not serve it or it is inactive, and also if it does not exist, so that a token cannot find out
    which other source systems exist. Raises SourceSystemPaused if an administrator paused it. That is checked last, so
    a token does not learn which other source systems are paused.
    """
    key = sent_key(document)
    systems = credential.source_systems
    if key is None:
        if len(systems) != 1:
            raise MissingSourceSystem
        key = systems[0].key
    for system in systems:
        if system.key == key and system.active:
            if system.paused_at:
                raise SourceSystemPaused(system.key, system.paused_reason)
            return system
    raise SourceSystemNotAllowed(_invisible_character(key))


def _invisible_character(key: Any) -> str:
    """Return why a key is refused if it has an invisible character, such as "must not contain …"; else ""."""
    try:
        identifiers.parse(key if isinstance(key, str) else "")
    except identifiers.InvisibleCharacter as error:
        return str(error)
    return ""
