"""The admin pages of templates."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from ordinavo.common.admin.lists import ListAdmin
from ordinavo.common.json_codec import dumps
from templates.admin.forms import CustomFieldFormSet
from templates.admin.kept_changes import KeptChangesForm
from templates.hooks import target_hooks
from templates.models import CustomField, TargetTemplate

FIELDS_ON_PAGE = 30
"""Custom fields that one page of the form has. With 500, a browser needed 15 seconds to show it."""


class CustomFieldInline(TabularInline):
    """The custom fields on the page of their template, sorted by dragging within a page of the form."""

    model = CustomField
    form = KeptChangesForm
    formset = CustomFieldFormSet
    fields = ["key", "label", "type", "required", "choices", "unit", "help", "active", "position"]
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    ordering_field = "position"
    hide_ordering_field = True
    extra = 0
    per_page = FIELDS_ON_PAGE


@admin.register(TargetTemplate)
class TargetTemplateAdmin(ListAdmin):
    """The list and the page of templates, and a page with example payloads."""

    form = KeptChangesForm
    list_display = ["name", "key", "active", "number_of_fields"]
    list_filter = ["active"]
    search_fields = ["name", "key"]
    fields = ["name", "key", "active", "defaults"]
    inlines = [CustomFieldInline]
    warn_unsaved_form = True
    actions_detail = ["show_payload"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TargetTemplate]:
        """Return the templates, each with the number of its active fields as `number_of_fields`."""
        active = Count("fields", filter=Q(fields__active=True))
        return super().get_queryset(request).annotate(number_of_fields=active)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> TargetTemplate | None:
        """Return a template, or None. While a form is stored, two users take turns, so that both are checked."""
        if connection.in_atomic_block and (template := super().get_object(request, object_id, from_field)):
            list(TargetTemplate.objects.select_for_update(no_key=True).filter(pk=template.pk))
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request: Any, obj: TargetTemplate | None = None) -> list[str]:
        """Return ["key"] for a stored template, because source systems send its key, and [] for a new one."""
        return ["key"] if obj else []

    @action(description=_("JSON for the ERP"), icon="data_object", permissions=["view"], url_path="payload")
    def show_payload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return a page with what a source system can send for a template: a complete and a minimal payload.

        The payloads are shown as indented JSON, with the active fields. Raises Http404 for an unknown id, and
        PermissionDenied if the user may not view templates.
        """
        template = self.get_object(request, object_id)
        if template is None:
            raise Http404
        example = target_hooks.get().example_payload
        context = self.admin_site.each_context(request) | {
            "title": gettext("JSON for %(template)s") % {"template": template},
            "template": template,
            "complete": dumps(example(template, complete=True), indent=True).decode(),
            "minimal": dumps(example(template, complete=False), indent=True).decode(),
            "fields": template.fields.filter(active=True),
        }
        return TemplateResponse(request, "admin/templates/targettemplate/payload.html", context)

    @display(description=_("fields"))
    def number_of_fields(self, template: TargetTemplate) -> int:
        """Return the number of active fields, which `get_queryset` counted."""
        return template.number_of_fields  # type: ignore[attr-defined]
