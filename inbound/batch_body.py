"""Read the body of a batch: what holds for the whole batch, and its documents."""

import re
from typing import Any

from django.conf import settings

from importjobs.runner import Batch
from inbound.errors import EmptyBatch, InvalidBatch, TooManyTargets
from ordinavo.common import identifiers, scalars
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, capped_findings, cut, quote
from ordinavo.common.limits import MAX_BATCH_ID_LENGTH, MAX_NAMED_LENGTH
from targets import documents

_KNOWN_FIELDS = {"sourceSystem", "batchId", "operation", "templateKey", "async", "targets", "items"}


def parse(body: dict[str, Any], *, prefer: str = "") -> tuple[Batch, list[Any]]:
    """Return the batch and its documents in the order sent, with the batch's operation and templateKey as defaults.

    `prefer` is the header Prefer of the request. A document may be any JSON value; the import rejects what is not an
    object. Warnings of the batch say which fields of it are unknown, and that a wish for processing in the background
    was not fulfilled. An operation or templateKey of null is no default. Raises EmptyBatch, TooManyTargets (over
    the setting MAX_BATCH_ITEMS), or InvalidBatch if the list or the batchId cannot be read. An unknown operation raises
    nothing here: the batch has "" for it, and its documents get it as it was sent. `body` is not changed.
    """
    targets = _targets(body)
    batch = Batch(
        batch_id=_batch_id(body),
        operation=documents.operation_of(body),
        warnings=[
            *capped_findings([name for name in body if name not in _KNOWN_FIELDS], _unknown_field, _more_unknown),
            *_asynchronous_warnings(body.get("async"), prefer),
        ],
    )
    defaults = {name: body[name] for name in ("operation", "templateKey") if body.get(name) is not None}
    return batch, [_with_defaults(target, defaults) for target in targets]


def _unknown_field(name: str) -> Finding:
    """Return the warning that a field is not one of a batch and was ignored."""
    shown = cut(name, MAX_NAMED_LENGTH)
    return Finding(Code.UNKNOWN_FIELD, shown, f"{shown} is not a field of a batch and was ignored.")


def _more_unknown(count: int) -> Finding:
    """Return one warning that says how many more unknown fields there are, beyond those with a warning of their own."""
    return Finding(Code.UNKNOWN_FIELD, "", f"{count:,} more are not fields of a batch and were ignored.")


def _asynchronous_warnings(sent: Any, prefer: str) -> list[Finding]:
    """Return a list of one warning if the batch was to be processed in the background, else an empty list.

    The client asks for that with the field `async`, given as `sent`, or with the preference `respond-async` (RFC 7240).
    The field may be any spelling of a boolean; for any other value, the warning states what is accepted. Null, an empty
    text and false ask for nothing.
    """
    done = "The batch was processed before it was answered; this answer is final."
    try:
        is_asked = sent not in (None, "") and scalars.parse_boolean(sent)
    except ValueError:
        message = f"async must be true or false; {quote(sent)} was sent. {done}"
        return [Finding(Code.PROCESSED_SYNCHRONOUSLY, "async", message)]
    if is_asked:
        return [Finding(Code.PROCESSED_SYNCHRONOUSLY, "async", f"async has no effect. {done}")]
    if "respond-async" in _preferences(prefer):
        return [Finding(Code.PROCESSED_SYNCHRONOUSLY, "", f"Prefer: respond-async has no effect. {done}")]
    return []


_QUOTED = re.compile(r'"[^"]*"')


def _preferences(header: str) -> set[str]:
    """Return the names in a header Prefer, in lower case, without their values and parameters (RFC 7240)."""
    return {re.split("[;=]", one)[0].strip().lower() for one in _QUOTED.sub("", header).split(",")}


def _targets(body: dict[str, Any]) -> list[Any]:
    """Return the list of targets that the body holds under `targets` or `items`, which mean the same. It is not empty.

    Raises EmptyBatch if each is absent, null or an empty list, InvalidBatch if both hold a value or the value is
    not a list, and TooManyTargets if the list is longer than the setting MAX_BATCH_ITEMS.
    """
    names = [name for name in ("targets", "items") if body.get(name) is not None]
    if all(body[name] == [] for name in names):
        raise EmptyBatch
    if len(names) > 1:
        raise InvalidBatch("targets and items are two names of the same list. Send one of them.")
    targets = body[names[0]]
    if not isinstance(targets, list):
        raise InvalidBatch(f"{names[0]} must be a list of targets.")
    if len(targets) > settings.MAX_BATCH_ITEMS:
        raise TooManyTargets(len(targets), settings.MAX_BATCH_ITEMS)
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


def _with_defaults(target: Any, defaults: dict[str, Any]) -> Any:
    """Return a copy of a target in which the defaults, given by field name, fill the fields that it does not send.

    An operation of null counts as not sent; a null in any other field counts as sent. A target that is not an object is
    returned unchanged.
    """
    if not isinstance(target, dict):
        return target
    own = {name: value for name, value in target.items() if name != "operation" or value is not None}
    return own | {name: value for name, value in defaults.items() if name not in own}
