"""Decide which source system an import is for."""

from collections.abc import Iterable, Mapping
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


def source_system_of(document: Mapping[str, Any], credential: Credential, items: Iterable[Any] = ()) -> SourceSystem:
    """Return the source system that a document names, or the one that its items name, or the only one of the token.

    The items of a batch count only if the token does not serve exactly one source system. Raises MissingSourceSystem if
    none is named then, or the items name several. Raises SourceSystemNotAllowed if the token does not serve it or it is
    inactive, and also if it does not exist, so that a token cannot find out which other source systems exist. The
    source system may be paused.
    """
    key = sent_key(document)
    systems = credential.source_systems
    if key is None:
        key = systems[0].key if len(systems) == 1 else _key_of_items(items)
    for system in systems:
        if system.key == key and system.active:
            return system
    raise SourceSystemNotAllowed(_invisible_character(key))


def refuse_paused(system: SourceSystem) -> None:
    """Raise SourceSystemPaused, with the reason, if an administrator paused the source system."""
    if system.paused_at:
        raise SourceSystemPaused(system.key, system.paused_reason)


def _key_of_items(items: Iterable[Any]) -> str:
    """Return the key that the items of a batch name, normalised. Items that name none do not matter.

    Nor do items that are no object or whose key is no string: each is rejected by itself. Raises MissingSourceSystem if
    no item names a key, or if they name several.
    """
    sent = (sent_key(item) for item in items if isinstance(item, dict))
    keys = {key for key in sent if isinstance(key, str)}
    if len(keys) > 1:
        raise MissingSourceSystem("The body has no sourceSystem, and its items name several. Send a batch for each.")
    if not keys:
        raise MissingSourceSystem
    return keys.pop()


def _invisible_character(key: Any) -> str:
    """Return why a key is refused if it has an invisible character, such as "must not contain …"; else ""."""
    try:
        identifiers.parse(key if isinstance(key, str) else "")
    except identifiers.InvisibleCharacter as error:
        return str(error)
    return ""
