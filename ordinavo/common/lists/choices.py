"""Read and store what a user chose for a list: columns, rows on a page, saved filters."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict

from ordinavo.common.limits import MAX_FILTER_QUERY_LENGTH, MAX_SAVED_FILTERS
from ordinavo.common.lists.models import ListSettings

ORDER = "o"
"""The parameter in the address of a list that names the sorted columns, by their numbers."""
_OF_ONE_PAGE = ("p", "e", "all")
"""Parameters that are not part of a saved filter: the number of the page, an error, and whether all rows are shown."""


class TooManyFilters(Exception):
    """The user has MAX_SAVED_FILTERS saved filters for the list."""


class TooLongFilter(Exception):
    """The filters of the list are longer than MAX_FILTER_QUERY_LENGTH characters."""


def settings_of(owner_id: Any, model: str) -> ListSettings:
    """Return the settings of the user with an id for the list of a model such as "targets.Target".

    They are not stored yet if the user chose nothing. Makes one query.
    """
    stored = ListSettings.objects.filter(owner_id=owner_id, model=model).first()
    return stored or ListSettings(owner_id=owner_id, model=model)


def _lock(owner_id: Any, model: str) -> ListSettings:
    """Return the stored settings, locked until the transaction ends, and store them first if there are none."""
    ListSettings.objects.bulk_create([ListSettings(owner_id=owner_id, model=model)], ignore_conflicts=True)
    return ListSettings.objects.select_for_update().get(owner_id=owner_id, model=model)


@transaction.atomic
def choose_columns(
    owner_id: Any,
    model: str,
    *,
    columns: Sequence[str],
    rows_on_page: int | None,
    before: Sequence[str],
    after: Sequence[str],
) -> None:
    """Store the columns and the number of rows. No columns and None are what the list has by itself.

    `before` and `after` are all columns that the list has shown and will show. Saved filters stay sorted by the same
    columns.
    """
    settings = _lock(owner_id, model)
    settings.columns, settings.rows_on_page = list(columns), rows_on_page
    settings.saved_filters = {
        name: with_order_of(query, before, after) for name, query in settings.saved_filters.items()
    }
    settings.save()


@transaction.atomic
def save_filter(owner_id: Any, model: str, *, name: str, query: str) -> None:
    """Store the query string of a list under a name. A filter with this name is replaced.

    Raises TooLongFilter or TooManyFilters, and stores nothing then.
    """
    if len(query := lasting_query(query)) > MAX_FILTER_QUERY_LENGTH:
        raise TooLongFilter
    settings = _lock(owner_id, model)
    settings.saved_filters = settings.saved_filters | {name: query}
    if len(settings.saved_filters) > MAX_SAVED_FILTERS:
        raise TooManyFilters
    settings.save(update_fields=["saved_filters"])


@transaction.atomic
def delete_filter(owner_id: Any, model: str, *, name: str) -> None:
    """Delete the filter with this name. Does nothing if there is none."""
    settings = _lock(owner_id, model)
    settings.saved_filters.pop(name, None)
    settings.save(update_fields=["saved_filters"])


def with_order_of(query: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Return a query string whose column numbers, which counted `before`, count the columns of `after`.

    A column that is not shown any more is no longer sorted by.
    """
    parameters = QueryDict(query, mutable=True)
    order = [_renumbered(number, before, after) for number in parameters.get(ORDER, "").split(".")]
    if ORDER in parameters:
        parameters[ORDER] = ".".join(filter(None, order))
        if not parameters[ORDER]:
            del parameters[ORDER]
    return parameters.urlencode()


def _renumbered(number: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Return the number of a column of `before`, such as "-3", in `after`; empty if it is not there. Counts from 0."""
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    if not re.fullmatch("[0-9]{1,3}", digits) or int(digits) >= len(before):
        return ""
    column = before[int(digits)]
    return f"{sign}{after.index(column)}" if column in after else ""


def lasting_query(query: str) -> str:
    """Return the query string of a list without what belongs to one page of it, and in a fixed order.

    A leading "?" is left out, and so are parameters without a value.
    """
    parameters = QueryDict(query.removeprefix("?")).lists()
    lasting = {name: [value for value in values if value] for name, values in parameters if name not in _OF_ONE_PAGE}
    return urlencode(sorted(lasting.items()), doseq=True)
