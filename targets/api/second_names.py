"""Turns what was sent by the names of the second dialect into values by the paths of the first."""

from typing import Any

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, quote
from targets.api.alias_fields import Alias, NewTargetDefault
from targets.api.document_part import DocumentPart
from targets.documents import Document


class SecondNames:
    """The names of the second dialect, each with the field that it is a name of. It has no state of a document."""

    def __init__(self, serializer: DocumentPart) -> None:
        """Look up the declared aliases of the serializer, once for all documents."""
        self._aliases = dict(serializer.aliases())
        self._paths = frozenset(self._aliases)
        self.by_path = {
            alias.path: name for name, alias in self._aliases.items() if not isinstance(alias, NewTargetDefault)
        }
        """By path of the first dialect, the name in the second."""

    def resolve(self, document: Document, data: dict[str, Any]) -> None:
        """Move the values that a document has by second names to the paths of the first dialect.

        Adds an error for two names with different values, neither of which is empty. Where one of the two is empty, the
        other one is the value. `data` is the document as it was sent.
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
    """Return whether the section of one path was sent as null or an empty text, and that of the other as an object.

    The object must not be empty. `data` is the document as it was sent.
    """
    section = data.get(other.partition(".")[0])
    return bool(section) and isinstance(section, dict) and data.get(cleared.partition(".")[0], section) in (None, "")


def _settle_conflict(document: Document, name: str, alias: Alias, value: Any, data: dict[str, Any]) -> None:
    """Add the error that two names were sent with different values. If the alias is preferred, use its value instead.

    Its use has a warning if it changes what is stored. `name` is the path of the alias, and `value` what it was sent
    with.
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
    """Return the message of the error that two names of one field were sent with different values."""
    return (
        f"{name} and {path} are two names of one field, but {quote(_sent(data, name))} and "
        f"{quote(_sent(data, path))} were sent. Send one of the two, or the same value in both."
    )


def _sent(data: dict[str, Any], path: str) -> Any:
    """Return the value of a field of a section as it was sent, or None if it was not sent."""
    section, _, name = path.partition(".")
    fields = data.get(section)
    return fields.get(name) if isinstance(fields, dict) else None


def _is_empty(value: Any) -> bool:
    """Return whether a value that was read empties its field."""
    return value is None or value == ""
