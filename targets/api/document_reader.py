"""Reads a target document as it was sent, and finds everything that is wrong with it at once.

The REST framework's own way from a value to its field is made for forms and costs several times more than all the
reading. So the methods that read the values are looked up once, and called directly.
"""

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, capped_findings, cut, quote
from ordinavo.common.limits import MAX_CANCELLATION_NOTE_LENGTH, MAX_MEMBERS, MAX_NAMED_LENGTH
from ordinavo.common.scalars import ASSUMED_UTC
from targets.api.document_part import DocumentPart
from targets.api.scalar_fields import DateTime
from targets.api.second_names import SecondNames
from targets.documents import Document, operation_of


class _ValueReader(NamedTuple):
    """How the value at a path is read. `read` raises the REST framework's ValidationError for a refused value."""

    path: str
    read: Callable[[Any], Any]
    error_code: Code


class _UnknownField(NamedTuple):
    """A sent field that is not declared. The section is empty for a field at the top level."""

    section: str
    name: str
    known_names: Iterable[str]
    """The names that are known in the same section."""


class DocumentReader:
    """Reads documents by the fields of a serializer. It has no state of a single document."""

    def __init__(self, serializer: DocumentPart) -> None:
        """Look up the function that reads each declared field of the serializer, once for all documents."""
        self._readers: dict[str, _ValueReader | dict[str, _ValueReader]] = {}
        for name, member in serializer.fields.items():
            if isinstance(member, DocumentPart):
                self._readers[name] = {n: _value_reader(f"{name}.{n}", f) for n, f in member.fields.items()}
            else:
                self._readers[name] = _value_reader(name, member)
        self._second_names = SecondNames(serializer)
        aliases = dict(serializer.aliases())
        originals = {path: aliases[path].original if path in aliases else field for path, field in serializer.leaves()}
        self._moments = [path for path, field in originals.items() if isinstance(field, DateTime)]

    def read(self, data: Any) -> Document:
        """Return the document with every value that can be read, and a finding for everything else. Nothing is raised.

        A value that cannot be read is an error, as is a missing externalId. A field that is not known is a warning, up
        to MAX_FINDINGS_OF_A_KIND of them and one for all others. If the data is not an object, the document has one
        error and nothing else.
        """
        if not isinstance(data, dict):
            message = f"A target must be an object; {quote(data)} was sent."
            return Document(errors=[Finding(Code.INVALID_FIELD, "", message)])
        document = Document(operation=operation_of(data), second_names=self._second_names.by_path)
        if len(data) > MAX_MEMBERS:
            document.errors.append(_too_many_members("", data))
        readers = self._readers
        unknown: list[_UnknownField] = []
        for name, sent in data.items():
            reader = readers.get(name)
            if reader is None:
                unknown.append(_UnknownField("", name, readers))
            elif isinstance(reader, _ValueReader):
                _read_value(reader, sent, document)
            else:
                _read_section(name, reader, sent, document, unknown)
        if unknown:
            document.warnings += capped_findings(unknown, _unknown_field, _more_unknown_fields)
        self._settle_assumed_utc(document)
        self._second_names.resolve(document, data)
        _move_own_fields(document)
        if document.operation == "cancel" and document.is_faulty("title"):
            _shorten_note(data["title"], document)
        return document

    def _settle_assumed_utc(self, document: Document) -> None:
        """Make UTC the time zone of each moment that was sent without an offset, and add a warning to the document.

        A cancel gets a warning only for what it reads, which is at the top level.
        """
        values = document.values
        for path in self._moments:
            moment = values.get(path)
            if moment is not None and moment.tzinfo is ASSUMED_UTC:
                values[path] = moment.replace(tzinfo=UTC)
                if document.operation != "cancel" or "." not in path:
                    message = f"{path} has no offset and was read as UTC. Send Z or an offset such as +02:00."
                    document.warnings.append(Finding(Code.ASSUMED_UTC, path, message))


def _value_reader(path: str, field: Any) -> _ValueReader:
    """Return the path, the reading function and the error code of one declared field."""
    return _ValueReader(path, field.to_internal_value, field.error_code)


def _read_section(
    name: str, readers: dict[str, _ValueReader], sent: Any, document: Document, unknown: list[_UnknownField]
) -> None:
    """Read a sent section into the document's values; null and an empty text empty all of its fields.

    Adds an error to the document if the section is not an object, and its unknown fields to `unknown`.
    """
    if sent is None or sent == "":
        document.values |= {reader.path: None for reader in readers.values()}
    elif not isinstance(sent, dict):
        message = f"{name} must be an object; {quote(sent)} was sent."
        document.errors.append(Finding(Code.INVALID_FIELD, name, message))
    else:
        if len(sent) > MAX_MEMBERS:
            document.errors.append(_too_many_members(name, sent))
        for below, value in sent.items():
            if reader := readers.get(below):
                _read_value(reader, value, document)
            else:
                unknown.append(_UnknownField(name, below, readers))


def _too_many_members(section: str, sent: dict[str, Any]) -> Finding:
    """Return the error that a section, or the target if it is empty, has more than MAX_MEMBERS members."""
    name = section or "A target"
    message = f"{name} may have at most {MAX_MEMBERS:,} members; {len(sent):,} were sent. Leave out what is not known."
    return Finding(Code.INVALID_FIELD, section, message)


def _read_value(reader: _ValueReader, sent: Any, document: Document) -> None:
    """Read a sent value into the document's values, null as None. Add an error to the document if it cannot be read."""
    try:
        document.values[reader.path] = None if sent is None else reader.read(sent)
    except ValidationError as error:
        document.errors.append(_value_error(reader, sent, error.detail))


def _value_error(reader: _ValueReader, sent: Any, details: Any) -> Finding:
    """Return the error that a sent value cannot be read. `details` are those of the ValidationError.

    The first says what is wrong, the second, if there is one, what to send. The first may carry a code of its own.
    """
    code = details[0].code if isinstance(details[0].code, Code) else reader.error_code
    hint = f"; {details[1]}" if len(details) > 1 and details[1] else ""
    message = f"{reader.path} {details[0]}; {quote(sent)} was sent{hint}."
    return Finding(code, reader.path, message)


def _move_own_fields(document: Document) -> None:
    """Move what is no value of the target, such as the version, from the values to the document's own attributes.

    Those are externalId, operation, sourceSystem, the two versions and customFields. Adds an error if there is no
    externalId and no other error about it. An empty templateKey becomes None.
    """
    values = document.values
    document.external_id = values.pop("externalId", None) or ""
    if not document.external_id and not document.is_faulty("externalId"):
        document.errors.append(Finding(Code.MISSING_EXTERNAL_ID, "externalId", "ExternalId is required."))
    document.source_system = values.pop("sourceSystem", None) or ""
    document.source_version = values.pop("sourceVersion", None)
    document.source_updated_at = values.pop("sourceUpdatedAtUtc", None)
    document.custom_fields = values.pop("customFields", {})
    values.pop("operation", None)
    if values.get("templateKey") == "":
        values["templateKey"] = None


def _shorten_note(sent: Any, document: Document) -> None:
    """Keep the first characters of a cancel's title that is too long, with a warning in place of its error.

    The title of a cancel is only a note, so its length must not stop the cancel. Nothing is changed if the title is no
    text, or is not too long and so has another error.
    """
    text = sent.strip() if isinstance(sent, str) else ""
    if len(text) <= MAX_CANCELLATION_NOTE_LENGTH:
        return
    document.errors = [error for error in document.errors if error.field != "title"]
    document.values["title"] = text[:MAX_CANCELLATION_NOTE_LENGTH]
    message = (
        f"title has {len(text):,} characters, but the note of a cancel at most {MAX_CANCELLATION_NOTE_LENGTH}. "
        "Only the beginning is used."
    )
    document.warnings.append(Finding(Code.NOTE_SHORTENED, "title", message))


def _unknown_field(unknown: _UnknownField) -> Finding:
    """Return the warning that a field is not known and was ignored, with a hint at a similar name if there is one."""
    section, name, known_names = unknown
    path = cut(f"{section}.{name}" if section else name, MAX_NAMED_LENGTH)
    hint = _hint(name, known_names)
    return Finding(Code.UNKNOWN_FIELD, path, f"{path} is not known and was ignored.{hint}")


def _more_unknown_fields(number: int) -> Finding:
    """Return the warning that this number of further fields are not known and were ignored."""
    return Finding(Code.UNKNOWN_FIELD, "", f"{number:,} more fields are not known and were ignored.")


def _hint(name: str, known_names: Iterable[str]) -> str:
    """Return " Did you mean ...?" if a known name differs only in upper and lower case, "_" or "-", else ""."""
    plain = name.replace("_", "").replace("-", "").lower()
    for candidate in known_names:
        if candidate.lower() == plain:
            return f" Did you mean {candidate}?"
    return ""
