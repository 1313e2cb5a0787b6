"""What all model admins have in common: strict lists, and the page that asks staff to confirm an action."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from ordinavo.common.admin.display import BoundedPaginator
from ordinavo.common.admin.list_settings import ListSettingsViews, shown_columns
from ordinavo.common.lists.choices import lasting_query, settings_of


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
    """The rows of a list, with the columns that the user chose for it.

    It reports every filter value that cannot be used, in the way that Django knows.
    """

    def __init__(self, request: HttpRequest, model: type[Model], list_display: Any, *args: Any, **kwargs: Any) -> None:
        """Read the filters, count the rows. Raises IncorrectLookupParameters for an unusable value in the address."""
        self.settings = settings_of(request.user.pk, model._meta.label)
        model_admin: Any = admin.site.get_model_admin(model)
        with report_unusable_values():
            super().__init__(request, model, shown_columns(model_admin, list_display, self.settings), *args, **kwargs)

    @property
    def saved_filters(self) -> list[tuple[str, str, bool]]:
        """Return the name and the query string of each saved filter, by name, and whether it is the present one."""
        present = lasting_query(self.get_query_string())
        return [(name, query, query == present) for name, query in sorted(self.settings.saved_filters.items())]

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, as many as the user chose.

        If the list has become shorter and has no such page, read the first one. A list without filters has the same
        full count, which it needs no query for, so that its page offers no "Show all".
        """
        if self.settings.rows_on_page:
            self.list_per_page = self.settings.rows_on_page
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            if self.page_num == 1:
                raise
            self.page_num: int = 1
            super().get_results(request)
        if not (self.has_active_filters or self.query):
            self.full_result_count: int | None = self.result_count


class ListAdmin(ListSettingsViews, ModelAdmin):
    """A model admin whose list answers an unusable address with a redirect to the list without filters.

    Every user chooses its columns and saves filters. Its actions can ask staff to confirm them, and are not done for
    ids that cannot be read.
    """

    list_per_page = 25
    list_fullwidth = True

    @property
    def phone_lines(self) -> Sequence[Sequence[str]]:
        """Return the columns in each of the three lines of a row on a phone: by default two in each.

        The last one of a line takes the room that is left. A phone does not show the other columns.
        """
        columns = list(self.list_display)
        return columns[:2], columns[2:4], columns[4:6]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return StrictChangeList, whose IncorrectLookupParameters Django answers with the redirect."""
        return StrictChangeList

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        """Do the posted action for the chosen rows, and return its page or a redirect to the list.

        Adds a message and returns None, which Django answers with the list, if nothing is chosen or an id is no value
        of the primary key. Then nothing is done.
        """
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError:
            text = _("The choice of rows could not be read. Nothing was done. Choose the rows again.")
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, queryset)

    def with_filters(self, request: HttpRequest, url: str) -> str:
        """Return the address of a page of this admin with the filters of the list from which staff came.

        Without filters, the address is returned unchanged.
        """
        context = {"opts": self.opts, "preserved_filters": self.get_preserved_filters(request)}
        return str(add_preserved_filters(context, url))

    def confirmation_page(
        self, request: HttpRequest, verb: Any, subject: Model, form: Form, explanation: Any
    ) -> HttpResponse:
        """Return the page that asks staff to confirm an action. It shows the explanation and the form.

        `verb` is the translated name of the action, such as "Pause". `subject` is the object of this admin's model that
        the action is about; the page links back to its page, and keeps the filters of the list.
        """
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        context = self.admin_site.each_context(request) | {
            "title": f"{verb}: {subject}", "form": form, "verb": verb, "explanation": explanation,
            "back": self.with_filters(request, reverse(page, args=[subject.pk])),
        }  # fmt: skip
        return TemplateResponse(request, "admin/ask.html", context)


class UnchangedListAdmin(ListAdmin):
    """A list of rows that staff only look at: imports, commands and other pages make, change and delete them."""

    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False. The pages then only show a row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False
