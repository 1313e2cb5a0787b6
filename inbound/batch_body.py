"""Reads the body of a batch: what holds for all of it, and its documents, each as if it were sent alone."""

from typing import Any

from django.conf import settings

from importjobs.runner import Batch
from inbound.errors import EmptyBatch, TooManyTargets, UnusableBatch
from ordinavo.common.findings import Finding, capped_findings
from targets import documents

MAX_BATCH_ID_LENGTH = 255
_KNOWN = {"sourceSystem", "batchId", "operation", "templateKey", "async", "targets", "items"}


def parse(body: dict[str, Any]) -> tuple[Batch, list[Any]]:
    """The batch and its documents, which have its defaults. Raises UnusableBatch, EmptyBatch or TooManyTargets."""
    targets = _targets(body)
    batch = Batch(
        batch_id=_batch_id(body),
        operation=documents.operation_of(body),
        warnings=capped_findings([name for name in body if name not in _KNOWN], _unknown, _more_unknown),
    )
    defaults = {name: body[name] for name in ("operation", "templateKey") if body.get(name) is not None}
    return batch, [_with(defaults, target) for target in targets]


def _unknown(name: str) -> Finding:
    return Finding("unknown_field", name, f"{name} is not a field of a batch and was ignored.")


def _more_unknown(number: int) -> Finding:
    return Finding("unknown_field", "", f"{number:,} more are not fields of a batch and were ignored.")


def _targets(body: dict[str, Any]) -> list[Any]:
    named = [name for name in ("targets", "items") if body.get(name) is not None]
    if not named:
        raise EmptyBatch
    if len(named) > 1:
        raise UnusableBatch("targets and items are two names for one list; send one of them.")
    targets = body[named[0]]
    if not isinstance(targets, list):
        raise UnusableBatch(f"{named[0]} must be a list of targets.")
    if not targets:
        raise EmptyBatch
    if len(targets) > settings.MAX_BATCH_ITEMS:
        raise TooManyTargets(
            f"A batch may have at most {settings.MAX_BATCH_ITEMS:,} targets; {len(targets):,} were sent. "
            "Send them in several batch_body."
        )
    return targets


def _batch_id(body: dict[str, Any]) -> str:
    batch_id = body.get("batchId")
    if batch_id is None:
        return ""
    if not isinstance(batch_id, str) or len(batch_id) > MAX_BATCH_ID_LENGTH:
        raise UnusableBatch(f"batchId must be a string of at most {MAX_BATCH_ID_LENGTH} characters.")
    return batch_id.strip()


def _with(defaults: dict[str, Any], target: Any) -> Any:
    """Return the target with the batch's defaults behind its own keys. Its own value wins, but for a null operation."""
    if not isinstance(target, dict):
        return target
    own = {name: value for name, value in target.items() if name != "operation" or value is not None}
    return own | {name: value for name, value in defaults.items() if name not in own}
