"""What all lists of the admin have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.views import ChangeList


@contextmanager
def report_unusable_values() -> Iterator[None]:
    """Raise IncorrectLookupParameters instead of an exception that an unusable value in a list's address causes.

    Django reports most of them so itself. A year 0, a null character or a broken regular expression is refused only by
    the drill-down by date or by the database, with DataError, OverflowError or ValueError.
    """
    try:
        yield
    except (DataError, OverflowError, ValueError) as error:
        raise IncorrectLookupParameters from error


class StrictChangeList(ChangeList):
    """The rows of a list. It reports every filter value that cannot be used, in the way that Django knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the filters, count the rows. Raises IncorrectLookupParameters for an unusable value in the address."""
        with report_unusable_values():
            super().__init__(*args, **kwargs)


class ListAdmin(ModelAdmin):
    """A model admin whose list answers an unusable address with a redirect to the list without filters."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return StrictChangeList, whose IncorrectLookupParameters Django answers with the redirect."""
        return StrictChangeList
