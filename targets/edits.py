"""What an edit by staff does to a target in memory, and how edits are written. The same for one target and thousands.

Each function that changes a target returns the unsaved TargetEdit of it. The caller locks the target's row before, and
writes the edits with `write` afterwards, in the same transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import models

from ordinavo.common import bulk_sql
from ordinavo.common.sql import execute
from targets import paths, rules, working_set
from targets.merging import changes_between
from targets.models import Target, TargetEdit
from templates.models import TargetTemplate

Status, Kind = Target.Status, TargetEdit.Kind
WRITTEN_AT_ONCE = 1_000
"""Targets that one statement writes."""

FindTemplate = Callable[[Any], TargetTemplate | None]
"""Returns the template with a key, or None if there is none."""


class Author(NamedTuple):
    """Who edits, when, and why."""

    by: str
    """The user's name."""
    at: datetime
    reason: str = ""


def find_template(key: Any) -> TargetTemplate | None:
    """Return the template with a key, active or not, or None if there is none. Makes one query."""
    return TargetTemplate.objects.filter(key=key).first()


def typed_value(path: str, value: Any, find_template: FindTemplate = find_template) -> Any:
    """Return a value that was stored as JSON, converted to the type that `paths.set_value` takes.

    At "templateKey" that is the TargetTemplate, or None if no template has the key. Raises KeyError for "status".
    """
    if path.startswith(paths.CUSTOM_PREFIX):
        return value
    if path == "templateKey":
        return find_template(value)
    return paths.model_field(path).to_python(value)


def correct(
    target: Target,
    values: Mapping[str, Any],
    follow: Iterable[str],
    author: Author,
    find_template: FindTemplate = find_template,
) -> TargetEdit:
    """Set corrected values by path, and let the paths in `follow` take the source's value again, in memory.

    None empties a field. The other path of a pair in `paths.PAIRS` becomes a correction with its present value, or
    follows too. A path in `follow` that was not corrected before is ignored. "status" must not be among the paths. The
    values are not checked.
    """
    followed = [path for path in paths.with_paired_paths(follow) if path in target.corrections]
    before = _Snapshot.of(target, [*paths.with_paired_paths(values), *followed])
    for path in paths.with_paired_paths(values):
        earlier = target.corrections.get(path) or {"source": before.values.get(path)}
        target.corrections[path] = {"by": author.by, "at": author.at, "source": earlier["source"]}
    for path, value in values.items():
        paths.set_value(target, path, value)
    for path in followed:
        paths.set_value(target, path, typed_value(path, target.corrections.pop(path)["source"], find_template))
    return _edit(target, Kind.CORRECTED, before, author)


def cancel(target: Target, author: Author) -> TargetEdit:
    """Cancel an active target in memory, so that only staff can reopen it. The reason becomes its cancellation note."""
    before = _Snapshot.of(target, ["status"])
    target.status, target.cancellation_note = Status.CANCELLED, author.reason
    target.corrections["status"] = {"by": author.by, "at": author.at, "source": Status.ACTIVE}
    return _edit(target, Kind.CANCELLED, before, author)


def reopen(target: Target, author: Author) -> TargetEdit:
    """Make a cancelled target active again in memory, and empty its cancellation note. Its source may cancel it."""
    before = _Snapshot.of(target, ["status"])
    target.status, target.cancellation_note = Status.ACTIVE, ""
    target.corrections.pop("status", None)
    return _edit(target, Kind.REOPENED, before, author)


def restore(
    target: Target, edit: TargetEdit, author: Author, find_template: FindTemplate = find_template
) -> TargetEdit:
    """Give a target in memory the values, corrections and cancellation note back that it had before an edit.

    Only the paths of that edit are changed. The edit must have `marks`.
    """
    corrections = edit.marks["before"]["corrections"]
    before = _Snapshot.of(target, corrections)
    kind = Kind.CORRECTED
    for change in edit.changes:
        if change["field"] == "status":
            target.status = change["from"]
            target.cancellation_note = edit.marks["before"]["note"]
            kind = Kind.CANCELLED if target.status == Status.CANCELLED else Kind.REOPENED
        else:
            value = typed_value(change["field"], change["from"], find_template)
            paths.set_value(target, change["field"], value)
    for path, correction in corrections.items():
        target.corrections.pop(path, None)
        if correction:
            target.corrections[path] = correction
    return _edit(target, kind, before, author)


def write(edits: Sequence[TargetEdit]) -> None:
    """Write the edited targets and insert the edits, in two statements for each WRITTEN_AT_ONCE of them.

    Must run in the transaction that locked the targets. No target may have two of the edits. Raises IntegrityError or
    DataError for values that the database refuses.
    """
    for start in range(0, len(edits), WRITTEN_AT_ONCE):
        part = edits[start : start + WRITTEN_AT_ONCE]
        for edit in part:
            edit.target.updated_at = edit.at
        working_set.write_all([edit.target for edit in part])
        execute(_insert_sql(), {"edits": bulk_sql.rows_as_json(part, _columns())})


def _columns() -> "list[models.Field[Any, Any]]":
    """Return the fields of an edit that are written: all but its id."""
    return bulk_sql.columns_of(TargetEdit, "id")


@cache
def _insert_sql() -> str:
    """Return SQL that inserts the edits in the parameter `edits`, which is JSON.

    Django's `bulk_create` needs several times as long for long columns of JSON.
    """
    columns = bulk_sql.column_list(_columns())
    recordset = bulk_sql.recordset_sql(_columns(), "edits")
    return f"INSERT INTO targets_targetedit ({columns}) SELECT {columns} FROM {recordset}"  # noqa: S608  names of columns


class _Snapshot(NamedTuple):
    """The part of a target that an edit touches, as it is at one moment."""

    values: dict[str, Any]
    """By path, in the order of the contract."""
    corrections: dict[str, Any]
    """By path. None for a path that is not corrected."""
    note: str

    @classmethod
    def of(cls, target: Target, touched: Iterable[str]) -> "_Snapshot":
        """Return the snapshot of a target's values and corrections at some paths."""
        ordered = sorted(dict.fromkeys(touched), key=paths.sort_key)
        values = {path: paths.get_value(target, path) for path in ordered}
        corrections = {path: target.corrections.get(path) for path in ordered}
        return cls(values, corrections, target.cancellation_note)

    def as_json(self) -> dict[str, Any]:
        """Return the part of the snapshot that the changes of the edit do not have."""
        return {"corrections": self.corrections, "note": self.note}


def _edit(target: Target, kind: str, before: _Snapshot, author: Author) -> TargetEdit:
    """Compute the warnings of the edited target anew, and return the unsaved edit with all changes since `before`."""
    target.warnings = rules.warning_codes(target)
    after = _Snapshot.of(target, before.values)
    return TargetEdit(
        target=target,
        kind=kind,
        by=author.by,
        at=author.at,
        reason=author.reason,
        changes=changes_between(before.values, after.values),
        marks={"before": before.as_json(), "after": after.as_json()},
    )
