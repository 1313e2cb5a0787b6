"""Split the lists of the API into pages."""

from typing import Any

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
