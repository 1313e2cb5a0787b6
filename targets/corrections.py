"""What staff can do to a target by hand. From then on it is theirs: imports leave it alone.

Each function holds the row from its check to its end, and leaves a TargetEdit behind."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from targets import paths, rules
from targets.merging import changes_between
from targets.models import Target, TargetEdit
from templates.models import TargetTemplate

Status = Target.Status


class NothingToDo(Exception):
    """The target is already as it was asked to be."""


@transaction.atomic
def correct(*, target: Target, values: Mapping[str, Any], follow: Iterable[str] = (), by: str) -> None:
    """Staff change fields, by path; those to follow take the source's value and are its own again."""
    target = locked(target.pk)
    before = dict(paths.all_values(target))
    at = timezone.now()
    followed = [path for path in paths.with_paired_paths(follow) if path in target.corrections]
    for path in paths.with_paired_paths(values):
        earlier = target.corrections.get(path) or {"source": before.get(path)}
        target.corrections[path] = {"by": by, "at": at, "source": earlier["source"]}
    for path, value in values.items():
        paths.set_value(target, path, value)
    for path in followed:
        paths.set_value(target, path, source_value(target, path))
        del target.corrections[path]
    _save(target, kind=TargetEdit.Kind.CORRECTED, before=before, by=by, at=at)


@transaction.atomic
def cancel(*, target: Target, reason: str, by: str) -> None:
    """Nobody drives there, whatever the source sends, until staff reopen it.

    Raises NothingToDo where it is cancelled already."""
    target = locked(target.pk)
    if target.status == Status.CANCELLED:
        raise NothingToDo
    before = dict(paths.all_values(target))
    at = timezone.now()
    target.status, target.cancellation_note = Status.CANCELLED, reason
    target.corrections["status"] = {"by": by, "at": at, "source": Status.ACTIVE}
    _save(target, kind=TargetEdit.Kind.CANCELLED, before=before, by=by, at=at, reason=reason)


@transaction.atomic
def reopen(*, target: Target, reason: str, by: str) -> None:
    """The source may cancel it again. Raises NothingToDo where it is active."""
    target = locked(target.pk)
    if target.status == Status.ACTIVE:
        raise NothingToDo
    before = dict(paths.all_values(target))
    target.status, target.cancellation_note = Status.ACTIVE, ""
    target.corrections.pop("status", None)
    _save(target, kind=TargetEdit.Kind.REOPENED, before=before, by=by, at=timezone.now(), reason=reason)


def locked(pk: int) -> Target:
    stored = Target.objects.select_related("source_system", "template").select_for_update(of=("self",))
    return stored.get(pk=pk)


def source_value(target: Target, path: str) -> Any:
    """What the source sent last for a field that staff corrected, as its column has it."""
    value = target.corrections[path]["source"]
    if path.startswith(paths.CUSTOM_PREFIX):
        return value
    if path == "templateKey":
        return TargetTemplate.objects.filter(key=value).first()
    return paths.model_field(path).to_python(value)


def _save(target: Target, *, kind: str, before: dict[str, Any], by: str, at: datetime, reason: str = "") -> None:
    target.warnings = [notice.code for notice in rules.notices(target)]
    target.save()
    changes = changes_between(before, dict(paths.all_values(target)))
    TargetEdit.objects.create(target=target, kind=kind, by=by, at=at, reason=reason, changes=changes)
