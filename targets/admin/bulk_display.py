"""What the pages of bulk changes show of the targets: those that change, and those that stay, by the reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.text import capfirst

from ordinavo.common.admin.display import finding_name
from targets.admin.display import EMPTY, change_rows
from targets.bulk_actions import Obstacle, Plan, Refusal
from targets.bulk_changes import unchanged_ids
from targets.finding_texts import finding_text
from targets.labels import field_label
from targets.models import BulkChange, Target, TargetEdit

MAX_NAMED = 20
"""The targets that are named and linked in each group. The others are counted."""
MAX_FACTS = 5
"""The days, and the cities, that a preview names."""


@dataclass
class Group:
    """Targets that are not changed for the same reason."""

    label: str
    count: int
    named: list[tuple[Target, str]]
    """The first MAX_NAMED targets, each with a detail, which is often empty."""

    @property
    def others(self) -> int:
        """The number of the targets that are not named."""
        return self.count - len(self.named)


class Row(NamedTuple):
    """A target that changes, and its changes as texts: label, old value, new value."""

    target: Target
    changes: list[tuple[str, str, str]]


def groups_of_plan(plan: Plan) -> list[Group]:
    """Return the targets that a plan does not change, by the reason, the largest group first."""
    refused: dict[str, list[tuple[Target, Refusal]]] = {}
    for target, refusal in plan.refused:
        refused.setdefault(refusal.obstacle, []).append((target, refusal))
    named = {
        name: [(target, _detail(refusal)) for target, refusal in found[:MAX_NAMED]] for name, found in refused.items()
    }
    return _groups(unchanged_ids(plan), named)


def groups_of_applied(change: BulkChange) -> list[Group]:
    """Return the targets that an applied bulk change did not change, by the reason, the largest group first."""
    first = {name: ids[:MAX_NAMED] for name, ids in change.unchanged.items()}
    targets = Target.objects.in_bulk({pk for ids in first.values() for pk in ids})
    named = {name: [(targets[pk], "") for pk in ids if pk in targets] for name, ids in first.items()}
    return _groups(change.unchanged, named)


def rows_of(edits: Iterable[TargetEdit]) -> list[Row]:
    """Return a Row for each edit, in the same order: its target, and its changes as label, old and new value.

    Makes a query for each edit whose target was not fetched with it.
    """
    return [Row(edit.target, change_rows(edit.changes)) for edit in edits]


def new_warnings(plan: Plan) -> list[tuple[Any, int]]:
    """Return the short name of each warning that targets get, with their number, the most frequent first."""
    return [(finding_name(code), count) for code, count in plan.new_warnings.most_common()]


def facts_of(change: BulkChange) -> list[tuple[str, str]]:
    """Return the days and the cities of the chosen targets with their numbers, so that a wrong choice is noticed."""
    chosen = Target.objects.filter(pk__in=change.target_ids).values_list("route_date", "city")
    days, cities = Counter(day for day, _city in chosen), Counter(city for _day, city in chosen)
    dates = {day: date_format(day, "SHORT_DATE_FORMAT") if day else EMPTY for day in days}
    return [
        (field_label("planning.routeDate"), _numbers([(dates[day], count) for day, count in days.most_common()])),
        (field_label("address.city"), _numbers([(city or EMPTY, count) for city, count in cities.most_common()])),
    ]


def _numbers(counted: list[tuple[str, int]]) -> str:
    """Return the first MAX_FACTS values with their numbers, such as "Dortmund (312), Herne (4), …"."""
    shown = [f"{value} ({count})" for value, count in counted[:MAX_FACTS]]
    return ", ".join([*shown, "…"] if len(counted) > MAX_FACTS else shown)


def _groups(ids: dict[str, list[int]], named: dict[str, list[tuple[Target, str]]]) -> list[Group]:
    """Return a group for each reason, the largest first."""
    groups = [Group(str(capfirst(Obstacle(name).label)), len(pks), named.get(name, [])) for name, pks in ids.items()]
    return sorted(groups, key=lambda group: -group.count)


def _detail(refusal: Refusal) -> str:
    """Return what a page says about one target: which rule it would break, or the labels of the changed fields."""
    if refusal.message:
        return finding_text({"message": refusal.message})
    return ", ".join(map(field_label, refusal.paths))
