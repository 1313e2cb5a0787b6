"""Read the rows of an export: those that the page of the list would show to its owner now, in the same order.

The ids of all rows are read first, by one statement, and then the rows in pages by their ids. So no statement and no
transaction takes long, any order of the list works, and a million rows need 8 MB. A row that is deleted meanwhile, or
no longer fits the filters, is left out.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from ordinavo.common.exports.models import Export
from ordinavo.common.sql import long_statement

PAGE_ROWS = 500
"""Rows that are read at once."""


class NotAllowed(Exception):
    """The owner of the export may not see the list."""


class ExportedRows:
    """The rows of a list, to be read once. Their columns are those of a resource (ordinavo/common/admin/exports.py)."""

    def __init__(self, queryset: QuerySet[Any], resource: Any, *, is_native: bool) -> None:
        resource.prepare(queryset)
        self.headers: Sequence[str] = resource.get_export_headers()
        self._cells: Sequence[Callable[[Any], Any]] = resource.cells(force_native_type=is_native)
        self._queryset = resource.restrict(queryset.select_related(None).order_by())
        self._ids = _read_ids(queryset)

    def __len__(self) -> int:
        """Return the number of rows at the time when the list was opened."""
        return len(self._ids)

    def pages(self) -> Iterator[list[list[Any]]]:
        """Yield the rows, each a list of cells, PAGE_ROWS or fewer at a time. Each page is a query of its own."""
        for start in range(0, len(self._ids), PAGE_ROWS):
            ids = self._ids[start : start + PAGE_ROWS].tolist()
            found = self._queryset.in_bulk(ids)
            yield [[cell(found[pk]) for cell in self._cells] for pk in ids if pk in found]


def open_list(export: Export) -> ExportedRows:
    """Return the rows of an export, with the permissions that its owner has now.

    The language of the export must be active. Raises NotAllowed if the owner may not see the list any more, and
    IncorrectLookupParameters or SuspiciousOperation if its filters cannot be used.
    """
    model_admin: Any = admin.site.get_model_admin(apps.get_model(export.model))
    owner = export.owner
    if owner is None or not (owner.is_active and owner.is_staff):
        raise NotAllowed
    request = _request_for_list(export, owner)
    if not model_admin.has_export_permission(request):
        raise NotAllowed
    queryset = model_admin.get_export_queryset(request)
    resource = model_admin.get_export_resource_classes(request)[0]()
    # A workbook gets numbers and dates, a CSV file text.
    return ExportedRows(queryset, resource, is_native=export.format == Export.Format.XLSX)


def _request_for_list(export: Export, owner: User) -> HttpRequest:
    """Return the request by which the owner would open the list."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(export.query)
    request.user = owner
    return request


def _read_ids(queryset: QuerySet[Any]) -> "array[int]":
    """Return the ids of all rows in their order.

    A server-side cursor within the transaction passes them on in pieces, also behind a pooler in transaction mode.
    """
    ids = array("q")
    try:
        sql, parameters = queryset.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return ids
    with long_statement(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(10_000):
            ids.extend(row[0] for row in rows)
    return ids
