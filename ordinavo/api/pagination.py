from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from inbound.errors import InvalidParameter


class NewestFirstCursor(CursorPagination):
    """Pages that stay right while new rows come in; `pageSize` is 100 unless told, 1,000 at most."""

    ordering = "-id"
    page_size = 100
    max_page_size = 1_000
    page_size_query_param = "pageSize"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
            message = "cursor is not one that this list has given; start again without it."
            raise InvalidParameter(message) from error

    def get_page_size(self, request: Any) -> int:
        sent = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (sent.isascii() and sent.isdigit() and len(sent) < 9 and 1 <= int(sent) <= self.max_page_size):
            raise InvalidParameter(f"pageSize must be a whole number from 1 to {self.max_page_size:,}.")
        return int(sent)
