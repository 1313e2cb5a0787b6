"""Read and change single values of a payload as it was sent, by the names that the sender uses.

A path such as "location.city" names a member of a section, "title" one of the payload itself, and
"customFields.a.b" the custom field "a.b": only the first dot separates.
"""

from collections.abc import Mapping
from typing import Any, Final

ABSENT: Final = object()
"""Stands for a value that was not sent. A value that was sent as null is None."""


def sent_value(payload: Any, path: str) -> Any:
    """Return the value at a path of a payload, or ABSENT if there is none or a part of the path is not an object."""
    section, dot, name = path.partition(".")
    part = payload.get(section, ABSENT) if isinstance(payload, Mapping) else ABSENT
    if not dot:
        return part
    return part.get(name, ABSENT) if isinstance(part, Mapping) else ABSENT


def with_values(payload: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a payload with other values at some paths. The payload itself is not changed.

    All other members stay as they were sent, in their order. A new member is added at the end of its section, and a
    section that was not sent, or was sent as anything but an object, is made. ABSENT removes a member.
    """
    changed = dict(payload)
    for path, value in values.items():
        section, dot, name = path.partition(".")
        if not dot:
            _set(changed, section, value)
            continue
        part = changed.get(section)
        members = dict(part) if isinstance(part, Mapping) else {}
        _set(members, name, value)
        changed[section] = members
    return changed


def _set(members: dict[str, Any], name: str, value: Any) -> None:
    """Set or add a member of an object, or remove it if the value is ABSENT."""
    if value is ABSENT:
        members.pop(name, None)
    else:
        members[name] = value
