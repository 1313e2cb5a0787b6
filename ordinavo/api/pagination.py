"""Split the lists of the API into pages."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from ordinavo.common import query_parameters
from ordinavo.common.errors import InvalidParameter
from ordinavo.common.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE


class StrictCursor(CursorPagination):
    """Page through a list from the newest row to the oldest, or in the order of the view's `ordering`.

    New rows do not shift the pages that follow.
    """

    ordering = "-id"
    page_size = DEFAULT_PAGE_SIZE
    max_page_size = MAX_PAGE_SIZE
    page_size_query_param = "pageSize"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the list of rows on the page that `cursor` and `pageSize` ask for, the first page without `cursor`.

        A page has 100 rows without `pageSize`. Raises InvalidParameter if `pageSize` is not from 1 to 1,000, or the
        cursor cannot be read; a readable cursor of another list is not noticed.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
            raise InvalidParameter("cursor is not one that this list returned. Start again without it.") from error

    def decode_cursor(self, request: Any) -> Any:
        """Return the place in the list that `cursor` names, or None if it was not sent or is empty.

        Raises ValueError or NotFound if it is not the base64 text of a cursor. The REST framework would ignore the
        characters and names that it does not know, and so return the first page.
        """
        if sent := request.query_params.get(self.cursor_query_param):
            fields = parse_qsl(b64decode(sent, validate=True).decode(), keep_blank_values=True, strict_parsing=True)
            if not fields or {name for name, _value in fields} - {"o", "r", "p"}:
                raise ValueError
        return super().decode_cursor(request)

    def get_page_size(self, request: Any) -> int:
        """Return the number of rows of a page: pageSize, or 100 if it was not sent.

        Raises InvalidParameter if pageSize is not a whole number from 1 to 1,000.
        """
        return query_parameters.size_of_page(
            request.query_params, self.page_size_query_param, default=self.page_size, maximum=self.max_page_size
        )

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the names of the fields that order the list: the view's `ordering`, or the id, highest first."""
        return (getattr(view, "ordering", self.ordering),)
