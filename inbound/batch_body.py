"""Read the body of a batch: what holds for the whole batch, and its documents."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from django.conf import settings

from importjobs.background.documents import DocumentText, with_defaults
from importjobs.chunks import Outline
from importjobs.runner import Batch
from inbound.errors import EmptyBatch, InvalidBatch, TooManyTargets
from ordinavo.common import identifiers, scalars
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.findings import Finding, capped_findings, cut, quote
from ordinavo.common.json_codec import MalformedJSON
from ordinavo.common.json_items import JSONItems
from ordinavo.common.limits import MAX_BATCH_ID_LENGTH, MAX_ITEM_VALUES, MAX_NAMED_LENGTH
from targets import documents

LIST_NAMES = ("targets", "items")
"""The two names of the list of targets."""
_KNOWN_FIELDS = {"sourceSystem", "batchId", "operation", "templateKey", "async", *LIST_NAMES}


class Documents(Sequence[Any]):
    """The documents of a batch, with its defaults. Each is parsed anew when it is asked for, and is not kept."""

    def __init__(self, items: JSONItems, defaults: dict[str, Any]) -> None:
        self._items, self._defaults = items, defaults

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._items)

    @overload
    def __getitem__(self, position: int) -> Any: ...

    @overload
    def __getitem__(self, position: slice) -> "Documents": ...

    def __getitem__(self, position: int | slice) -> Any:
        """Return a document, or a part of the documents. Raises MalformedJSON if the document cannot be parsed."""
        if isinstance(position, slice):
            return Documents(self._items[position], self._defaults)
        return with_defaults(self._items[position], self._defaults)


class ParsedBatch(NamedTuple):
    """The body of a batch."""

    batch: Batch
    documents: Documents
    """In the order sent. The import rejects a document that is not an object."""
    outlines: list[Outline]
    """Of each document."""


class BatchBody(NamedTuple):
    """The body of a batch, and how it is to be processed."""

    parsed: ParsedBatch
    in_background: bool
    """Whether the client asked for an answer before the targets are processed."""
    defaults: dict[str, Any]
    """The batch's `operation` and `templateKey`, as far as it has them."""
    items: JSONItems
    """The targets as they were sent."""

    def texts(self) -> Iterator[DocumentText]:
        """Yield the text of each target, for the documents that a worker reads."""
        for position, outline in enumerate(self.parsed.outlines):
            yield DocumentText(outline.identity, self.items.text(position))


def parse(body: dict[str, Any], *, prefer: str = "") -> BatchBody:
    """Return the batch and its documents, with the batch's operation and templateKey as defaults.

    In `body` the list of targets is JSONItems. `prefer` is the header Prefer of the request. Warnings of the batch say
    which fields of it are unknown, and that its `async` cannot be read. An operation or templateKey of null is no
    default. Raises EmptyBatch, TooManyTargets (over the setting MAX_BATCH_ITEMS, or MAX_BACKGROUND_ITEMS), InvalidBatch
    if the list or the batchId cannot be read or a target is too large (see `_refuse_large`), or ApiError
    `malformed_json` if a target is not JSON. An unknown operation raises nothing here: the batch has "" for it, and its
    documents get it as it was sent. `body` is not changed.
    """
    in_background, unreadable = _wish_for_background(body.get("async"), prefer)
    targets = _targets(body, in_background=in_background)
    batch = Batch(
        batch_id=_batch_id(body),
        operation=documents.operation_of(body),
        warnings=[
            *capped_findings([name for name in body if name not in _KNOWN_FIELDS], _unknown_field, _more_unknown),
            *unreadable,
        ],
    )
    defaults = {name: body[name] for name in ("operation", "templateKey") if body.get(name) is not None}
    parsed = ParsedBatch(batch, Documents(targets, defaults), _outlines(targets))
    return BatchBody(parsed, in_background, defaults, targets)


def _outlines(targets: JSONItems) -> list[Outline]:
    """Return the outline of each target. Each is parsed once, so that no faulty one is found in the midst of an import.

    Raises InvalidBatch if a target is too large, and ApiError `malformed_json` if it is not JSON.
    """
    outlines = []
    for position in range(len(targets)):
        _refuse_large(targets, position)
        try:
            outlines.append(Outline(documents.identity(targets[position]), targets.size(position)))
        except MalformedJSON as error:
            raise ApiError(Code.MALFORMED_JSON, str(error)) from None
    return outlines


def _refuse_large(targets: JSONItems, position: int) -> None:
    """Raise InvalidBatch if a target has more than MAX_BODY_BYTES bytes or MAX_ITEM_VALUES values.

    A single import has the same limits.
    """
    too_many = ""
    if targets.size(position) > settings.MAX_BODY_BYTES:
        too_many = f"{settings.MAX_BODY_BYTES:,} bytes"
    elif targets.has_too_many_values(position):
        too_many = f"{MAX_ITEM_VALUES:,} JSON values"
    if too_many:
        name = f"{targets.name}[{position}]"
        raise InvalidBatch(f"{name} may have at most {too_many}. Send less with this target.")


def _unknown_field(name: str) -> Finding:
    """Return the warning that a field is not one of a batch and was ignored."""
    shown = cut(name, MAX_NAMED_LENGTH)
    return Finding(Code.UNKNOWN_FIELD, shown, f"{shown} is not a field of a batch and was ignored.")


def _more_unknown(count: int) -> Finding:
    """Return one warning that says how many more unknown fields there are, beyond those with a warning of their own."""
    return Finding(Code.UNKNOWN_FIELD, "", f"{count:,} more are not fields of a batch and were ignored.")


def _wish_for_background(sent: Any, prefer: str) -> tuple[bool, list[Finding]]:
    """Return whether the client wants the batch to be processed in the background, and a warning or none.

    It asks for that with the field `async`, given as `sent`, or with the preference `respond-async` (RFC 7240). The
    field may be any spelling of a boolean; for any other value, the warning states what is accepted. Null, an empty
    text and false ask for nothing.
    """
    is_preferred = prefers_background(prefer)
    try:
        return is_preferred or (sent not in (None, "") and scalars.parse_boolean(sent)), []
    except ValueError:
        done = "" if is_preferred else " The batch was processed before it was answered; this answer is final."
        message = f"async must be true or false; {quote(sent)} was sent.{done}"
        return is_preferred, [Finding(Code.PROCESSED_SYNCHRONOUSLY, "async", message)]


def prefers_background(prefer: str) -> bool:
    """Return whether a header Prefer has the preference `respond-async`."""
    return "respond-async" in _preferences(prefer)


_QUOTED = re.compile(r'"[^"]*"')


def _preferences(header: str) -> set[str]:
    """Return the names in a header Prefer, in lower case, without their values and parameters (RFC 7240)."""
    return {re.split("[;=]", one)[0].strip().lower() for one in _QUOTED.sub("", header).split(",")}


def _targets(body: dict[str, Any], *, in_background: bool) -> JSONItems:
    """Return the list of targets that the body holds under `targets` or `items`, which mean the same. It is not empty.

    Raises EmptyBatch if each is absent, null or an empty list, InvalidBatch if both hold a value or the value is
    not a list, and TooManyTargets if the list is longer than the setting MAX_BATCH_ITEMS, or MAX_BACKGROUND_ITEMS.
    """
    names = [name for name in LIST_NAMES if body.get(name) is not None]
    if all(isinstance(body[name], JSONItems) and not body[name] for name in names):
        raise EmptyBatch
    if len(names) > 1:
        raise InvalidBatch("targets and items are two names of the same list. Send one of them.")
    targets = body[names[0]]
    if not isinstance(targets, JSONItems):
        raise InvalidBatch(f"{names[0]} must be a list of targets.")
    limit = settings.MAX_BACKGROUND_ITEMS if in_background else settings.MAX_BATCH_ITEMS
    if len(targets) > limit:
        can_wait = not in_background and len(targets) <= settings.MAX_BACKGROUND_ITEMS
        advice = ["Send it with the header Prefer: respond-async."] if can_wait else []
        raise TooManyTargets(len(targets), limit, *advice)
    return targets


def _batch_id(body: dict[str, Any]) -> str:
    """Return the batchId, normalised as all ids are, or an empty text if it is absent, null or blank.

    Raises InvalidBatch if it is not a string, has an invisible character, or is longer than MAX_BATCH_ID_LENGTH.
    """
    sent = body.get("batchId")
    if sent is None:
        return ""
    try:
        batch_id = identifiers.parse(sent) if isinstance(sent, str) else None
    except identifiers.InvisibleCharacter as error:
        raise InvalidBatch(f"batchId {error}.") from error
    if batch_id is None or len(batch_id) > MAX_BATCH_ID_LENGTH:
        raise InvalidBatch(f"batchId must be a string of at most {MAX_BATCH_ID_LENGTH} characters.")
    return batch_id
