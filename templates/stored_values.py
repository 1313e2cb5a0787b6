"""The values that targets have for a custom field, whatever the template says by now."""

from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTransform

from ordinavo.common.findings import quote
from templates.models import CustomField

_DISTINCT = 100_000
_SHOWN = 3


def is_in_use(field: CustomField, key: str) -> bool:
    return _holders(field, key).exists()


def misfits(field: CustomField, key: str) -> tuple[int, int, list[str]]:
    """How many stored values the field as it is going to be could not read, of how many, and a few of them.

    At most _DISTINCT different values are looked at."""
    rows = _holders(field, key).values(value=KeyTransform(key, "custom_fields")).annotate(times=Count("pk")).order_by()
    unfit, total, shown = 0, 0, []
    for row in rows[:_DISTINCT].iterator():
        total += row["times"]
        if not field.fits(row["value"]):
            unfit += row["times"]
            shown.append(quote(row["value"]))
    return unfit, total, sorted(shown)[:_SHOWN]


def _holders(field: CustomField, key: str) -> Any:
    return field.template.target_set.filter(custom_fields__has_key=key)
