"""What all lists of the admin have in common."""

from typing import Any

from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin


class ListAdmin(ModelAdmin):
    """A model admin whose list answers an address that it cannot read with an error and the list without filters.

    Django does so for most addresses, but not for a year 0, a null character or a broken regular expression, which
    only the database or the drill-down by date refuses.
    """

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Return the rendered list, or a redirect to it without filters if its address has a value that cannot be read.

        Then the list shows an error. Raises DataError, OverflowError or ValueError instead if the request is not a GET,
        has no query, or is that redirect already.
        """
        try:
            response = super().changelist_view(request, extra_context)
            return response.render() if hasattr(response, "render") else response
        except (DataError, OverflowError, ValueError):
            if request.method != "GET" or ERROR_FLAG in request.GET or not request.GET:
                raise
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
