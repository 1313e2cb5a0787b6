"""Look at the values that stored targets have for a custom field, before staff change the field."""

from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTransform

from ordinavo.common.findings import quote
from templates.hooks import target_hooks
from templates.models import CustomField

MAX_DISTINCT_VALUES = 100_000
MAX_EXAMPLES = 3


class Misfits(NamedTuple):
    """The stored values that a changed field could not read."""

    number: int
    """Targets with such a value."""
    total: int
    """Targets with any value, perhaps null."""
    examples: list[str]
    """Up to MAX_EXAMPLES of the values, quoted for a message."""


def is_in_use(field: CustomField, key: str) -> bool:
    """Return whether any target of the field's template has a value, perhaps null, for a key.

    `key` may differ from the field's own key, which staff may just have changed.
    """
    return _targets(field, key).exists()


def find_misfits(field: CustomField, key: str) -> Misfits:
    """Return how many targets have a value of a key that the field, as staff changed it, cannot read.

    The Misfits also have how many targets have any value of the key, and up to MAX_EXAMPLES of the unreadable values,
    quoted and sorted. Null is a value, and no field can read it. `key` is the key before the change. The field is not
    saved here. Looks at no more than MAX_DISTINCT_VALUES different values, in no order; targets with other values are
    not counted at all.
    """
    rows = _targets(field, key).values(value=KeyTransform(key, "custom_fields")).annotate(times=Count("pk")).order_by()
    number, total, examples = 0, 0, []
    for row in rows[:MAX_DISTINCT_VALUES].iterator():
        total += row["times"]
        if not field.can_read(row["value"]):
            number += row["times"]
            examples.append(quote(row["value"]))
    return Misfits(number, total, sorted(examples)[:MAX_EXAMPLES])


def _targets(field: CustomField, key: str) -> "QuerySet[Any]":
    """Return the query of the targets of the field's template that have a value, perhaps null, for the key.

    The query is not run here. Raises ImproperlyConfigured if the targets app has not registered its hooks.
    """
    return target_hooks.get().targets_with_custom_field(field.template, key)
