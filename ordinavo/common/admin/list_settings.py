"""The pages on which a user chooses the columns of a list, and saves its filters under a name."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ordinavo.common.limits import MAX_FILTER_NAME_LENGTH, MAX_FILTER_QUERY_LENGTH, MAX_SAVED_FILTERS
from ordinavo.common.lists import choices
from ordinavo.common.lists.models import ListSettings

CHECKBOX = "action_checkbox"
"""Django's name of the column of boxes that select rows."""
ROWS_ON_PAGE = (25, 50, 100)


def shown_columns(model_admin: Any, default: Sequence[str], settings: ListSettings) -> list[str]:
    """Return the columns of a list that the user sees: the chosen ones in their usual order, or the default.

    The first column, which leads to the page of a row, is always shown, and so are the boxes that select rows.
    """
    columns = [column for column in default if column != CHECKBOX]
    boxes = list(default[: len(default) - len(columns)])
    if not settings.columns:
        return boxes + columns
    chosen = [column for column in (*columns[1:], *model_admin.more_columns) if column in settings.columns]
    return [*boxes, columns[0], *chosen]


class ColumnsForm(forms.Form):
    """The columns of a list, and its rows on a page."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    rows_on_page = forms.TypedChoiceField(
        label=_("Rows on a page"), coerce=int, choices=[(rows, rows) for rows in ROWS_ON_PAGE],
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, columns: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the columns, pairs of name and label."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["columns"]
        field.choices = columns


class FilterForm(forms.Form):
    """The name of a saved filter."""

    name = forms.CharField(label=_("Name"), max_length=MAX_FILTER_NAME_LENGTH, widget=UnfoldAdminTextInputWidget)


class ListSettingsViews(ModelAdmin):
    """The two pages for a list. ListAdmin inherits them.

    Their address has the query string of the list, to which they lead back.
    """

    more_columns: Sequence[str] = ()
    """Columns that are shown only if a user chooses them."""

    def get_urls(self) -> list[URLPattern]:
        """Return the URL patterns of the two pages, before those of the list and of a row."""
        return [*self.list_settings_urls(), *super().get_urls()]

    def list_settings_urls(self) -> list[URLPattern]:
        """Return the URL patterns of the two pages."""
        views = {"columns": self.columns_view, "filters": self.filters_view}
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(f"list/{end}/", self.admin_site.admin_view(view), name=f"{name}_{end}") for end, view in views.items()
        ]

    def columns_view(self, request: HttpRequest) -> HttpResponse:
        """Return the page of the columns, or store the posted choice and lead back to the list.

        The button "Usual columns" stores that nothing is chosen. Raises PermissionDenied if the user may not view the
        list.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        settings = choices.settings_of(request.user.pk, self.opts.label)
        shown = self._all_shown(request, settings)
        form = ColumnsForm(
            request.POST or None,
            columns=[(name, self._label(name)) for name in self._choosable(request)],
            initial={"columns": shown, "rows_on_page": settings.rows_on_page or self.list_per_page},
        )
        if "usual" in request.POST:
            return self._store_columns(request, settings, [], None)
        if form.is_valid():
            return self._store_columns(request, settings, **form.cleaned_data)
        context = {"title": gettext("Columns"), "form": form, "first": self._label(self.get_list_display(request)[0])}
        return self._settings_page(request, "columns.html", context)

    def _store_columns(
        self, request: HttpRequest, settings: ListSettings, columns: list[str], rows_on_page: int | None
    ) -> HttpResponse:
        """Store the columns and the number of rows, and lead back to the list, sorted by the same columns."""
        after = self._all_shown(request, ListSettings(columns=columns))
        before = self._all_shown(request, settings)
        choices.choose_columns(
            request.user.pk, self.opts.label, columns=columns, rows_on_page=rows_on_page, before=before, after=after
        )
        return self._to_list(choices.with_order_of(request.GET.urlencode(), before, after))

    def filters_view(self, request: HttpRequest) -> HttpResponse:
        """Return the page of the saved filters, or store or delete one and lead back to the list.

        Raises PermissionDenied if the user may not view the list.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.urlencode()
        if deleted := request.POST.get("delete"):
            choices.delete_filter(request.user.pk, self.opts.label, name=deleted)
            messages.success(request, gettext("The saved filter “%(name)s” was deleted.") % {"name": deleted})
            return self._to_list(query)
        form = FilterForm(request.POST or None)
        if form.is_valid() and self._save_filter(request, form, query):
            return self._to_list(query)
        saved = choices.settings_of(request.user.pk, self.opts.label).saved_filters
        context = {"title": gettext("Saved filters"), "form": form, "saved": sorted(saved)}
        return self._settings_page(request, "filters.html", context)

    def _save_filter(self, request: HttpRequest, form: FilterForm, query: str) -> bool:
        """Store the filter and return True, or add an error to the form and return False."""
        try:
            choices.save_filter(request.user.pk, self.opts.label, name=form.cleaned_data["name"], query=query)
        except choices.TooManyFilters:
            text = gettext("You have %(limit)d saved filters for this list. Delete one first.")
            form.add_error("name", text % {"limit": MAX_SAVED_FILTERS})
        except choices.TooLongFilter:
            text = gettext("These filters are longer than %(limit)d characters. Use fewer of them.")
            form.add_error("name", text % {"limit": MAX_FILTER_QUERY_LENGTH})
        return form.is_valid()

    def _choosable(self, request: HttpRequest) -> list[str]:
        """Return the columns that may be chosen: all but the first one, which is always shown."""
        return [*self.get_list_display(request)[1:], *self.more_columns]

    def _all_shown(self, request: HttpRequest, settings: ListSettings) -> list[str]:
        """Return the columns of the list as these settings show them, with the boxes if there are actions."""
        boxes = [CHECKBOX] if self.get_actions(request) else []
        return shown_columns(self, [*boxes, *map(str, self.get_list_display(request))], settings)

    def _label(self, column: str) -> str:
        """Return the heading of a column."""
        return capfirst(str(label_for_field(column, self.model, self)))

    def _settings_page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """Return a page that leads back to the list with its query string."""
        back = self._to_list(request.GET.urlencode()).url
        context |= self.admin_site.each_context(request) | {"back": back}
        return TemplateResponse(request, f"admin/lists/{template}", context)

    def _to_list(self, query: str) -> HttpResponseRedirect:
        """Return the redirect to the list with a query string."""
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{url}?{query}" if query else url)
