"""Move values that were sent under second names to the paths of their fields.

`alias_fields` explains the two dialects and declares the second names.
"""

from typing import Any

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, quote
from targets.api.alias_fields import Alias, NewTargetDefault
from targets.api.document_part import DocumentPart
from targets.documents import Document


class SecondNames:
    """The second names of all fields. One object serves all documents, because it keeps no data of a document."""

    def __init__(self, serializer: DocumentPart) -> None:
        """Collect the aliases that the serializer declares."""
        self._aliases = dict(serializer.aliases())
        self._paths = frozenset(self._aliases)
        self.by_path = {
            alias.path: name for name, alias in self._aliases.items() if not isinstance(alias, NewTargetDefault)
        }
        """By path of a field, its second name. Those of a NewTargetDefault are left out."""

    def resolve(self, document: Document, data: dict[str, Any]) -> None:
        """Move the values of `document` from second names to the paths of their fields.

        The value of "location.city" becomes that of "address.city", for example, and `document.sent_as` records the
        name that was sent. If both names were sent and one value is empty, the other value is used. If the two values
        differ and neither is empty, an error is added, or the value of a preferred alias is used. The value of a
        NewTargetDefault moves to `document.new_target_values`, unless it is empty. `data` is the JSON object that was
        sent. It is not changed.
        """
        values = document.values
        if self._paths.isdisjoint(values):
            return
        for name, alias in self._aliases.items():
            path = alias.path
            if name not in values:
                if path in values and name == self.by_path.get(path) and _is_only_cleared(path, name, data):
                    document.sent_as[path] = name
                continue
            value = values.pop(name)
            if isinstance(alias, NewTargetDefault):
                if not _is_empty(value):
                    document.new_target_values[path] = value
            elif path not in values or (_is_empty(values[path]) and not _is_empty(value)):
                values[path] = value
                if not _is_only_cleared(name, path, data):
                    document.sent_as[path] = name
            elif value != values[path] and not _is_empty(value):
                _settle_conflict(document, name, alias, value, data)


def _is_only_cleared(cleared: str, other: str, data: dict[str, Any]) -> bool:
    """Return whether the section of `cleared` was sent as null or "", and the section of `other` with fields.

    `cleared` and `other` are the two names of a field, such as "address.city" and "location.city". `data` is the JSON
    object that was sent.
    """
    section = data.get(other.partition(".")[0])
    return bool(section) and isinstance(section, dict) and data.get(cleared.partition(".")[0], section) in (None, "")


def _settle_conflict(document: Document, name: str, alias: Alias, value: Any, data: dict[str, Any]) -> None:
    """Add the error that two names were sent with different values, or use the value of a preferred alias.

    If that value is used, a warning is added, which holds only if the import changes what is stored. `name` is the
    second name of the field, such as "contact.email", and `value` is its parsed value. `data` is the JSON object that
    was sent.
    """
    path = alias.path
    if not alias.preferred:
        document.errors.append(Finding(Code.CONFLICTING_FIELDS, name, _conflict(name, path, data)))
        return
    document.values[path] = value
    document.sent_as[path] = name
    message = (
        f"A target has one email: {name} ({quote(_sent(data, name))}) is used, "
        f"and {path} ({quote(_sent(data, path))}) is not."
    )
    document.warnings_of_changes[path] = Finding(Code.CONTACT_EMAIL_USED, path, message)


def _conflict(name: str, path: str, data: dict[str, Any]) -> str:
    """Return the error message for two names of one field that were sent with different values."""
    return (
        f"{name} and {path} are two names of one field, but {quote(_sent(data, name))} and "
        f"{quote(_sent(data, path))} were sent. Send one of the two, or the same value in both."
    )


def _sent(data: dict[str, Any], path: str) -> Any:
    """Return the value at a path such as "address.city" as it was sent, or None if it was not sent."""
    section, _, name = path.partition(".")
    fields = data.get(section)
    return fields.get(name) if isinstance(fields, dict) else None


def _is_empty(value: Any) -> bool:
    """Return whether a parsed value empties its field: None or an empty text."""
    return value is None or value == ""
