"""What staff can do to one target: correct fields, cancel it, reopen it. For many targets see `targets.bulk_changes`.

Imports do not change what staff corrected. Each function is one transaction that locks the target's row, and records
a TargetEdit.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from targets import edits
from targets.edits import Author
from targets.models import Target

Status = Target.Status


class NothingToDo(Exception):
    """The target already has the status that was asked for."""


@transaction.atomic
def correct(*, target: Target, values: Mapping[str, Any], follow: Iterable[str] = (), by: str) -> None:
    """Store corrected values by path, let the paths in `follow` take the source's value again, and record a TargetEdit.

    Reads and locks the stored row; the object `target` is not changed. None empties a field, as in `paths.set_value`.
    The other path of a pair in `paths.PAIRS` becomes a correction with its present value, or follows too. A path in
    `follow` that was not corrected before is ignored. `by` is the user's name. "status" must not be among the paths.
    The values are not checked here: the database raises IntegrityError or DataError for values that it refuses.
    Raises Target.DoesNotExist if the target is not stored.
    """
    edits.write([edits.correct(lock_target(target.pk), values, follow, Author(by, timezone.now()))])


@transaction.atomic
def cancel(*, target: Target, reason: str, by: str) -> None:
    """Cancel a target, so that only staff can reopen it, whatever its source sends, and record a TargetEdit.

    Reads and locks the stored row; the object `target` is not changed. Stores `reason` as the target's cancellation
    note and in the edit, with the user's name `by`. Raises NothingToDo if it is cancelled already, and
    Target.DoesNotExist if it is not stored.
    """
    target = lock_target(target.pk)
    if target.status == Status.CANCELLED:
        raise NothingToDo
    edits.write([edits.cancel(target, Author(by, timezone.now(), reason))])


@transaction.atomic
def reopen(*, target: Target, reason: str, by: str) -> None:
    """Make a cancelled target active again, empty its cancellation note, and record a TargetEdit.

    Its source may cancel it later. Reads and locks the stored row; the object `target` is not changed. Stores `reason`
    and the user's name `by` in the edit. Raises NothingToDo if the target is active already, and Target.DoesNotExist if
    it is not stored.
    """
    target = lock_target(target.pk)
    if target.status == Status.ACTIVE:
        raise NothingToDo
    edits.write([edits.reopen(target, Author(by, timezone.now(), reason))])


def lock_target(pk: int) -> Target:
    """Return a target as it is stored now, with its row locked until the transaction ends.

    Waits for other transactions that lock the row. The source system and the template are read too, but not locked.
    Raises Target.DoesNotExist if there is none, and TransactionManagementError outside of a transaction.
    """
    stored = Target.objects.select_related("source_system", "template").select_for_update(of=("self",))
    return stored.get(pk=pk)


def source_value(target: Target, path: str) -> Any:
    """Return the source's value for a corrected field, converted to the type that `paths.set_value` takes.

    That is what the source sent last since the first correction, or what the target had before it if nothing was sent.
    None if that is empty. For "templateKey" it is the TargetTemplate, read in a query, or None if no template has the
    key. Raises KeyError if the field is not corrected, and for "status", which has no such value.
    """
    return edits.typed_value(path, target.corrections[path]["source"])
