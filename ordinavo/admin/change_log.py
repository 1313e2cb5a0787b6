"""The page of the change log: who changed templates, source systems, tokens, accounts and roles, and how."""

from ast import literal_eval
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import auditlog.admin  # noqa: F401  registers a page in another look
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import BooleanField, DateTimeField, Field, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ordinavo.change_log import HIDDEN
from ordinavo.common.admin.display import badge
from ordinavo.common.admin.list_filters import ChoiceFilter, MomentRangeFilter
from ordinavo.common.admin.lists import UnchangedListAdmin
from ordinavo.common.local_days import moment_text

EMPTY = "–"
"""What the page shows for an empty value."""
_ACTIONS = {
    LogEntry.Action.CREATE: (_("Created"), "success"),
    LogEntry.Action.UPDATE: (_("Changed"), "info"),
    LogEntry.Action.DELETE: (_("Deleted"), "danger"),
}

_NAMES = {Group: _("Roles"), Authenticator: _("Second factors")}
"""Names of kinds that their models do not have."""

admin.site.unregister(LogEntry)


def visible_kinds(request: HttpRequest) -> dict[int, type[Model]]:
    """Return the logged models that the user may view, by the id of their content type."""
    models = [model for model in auditlog.get_models() if _may_view(request, model)]
    return {ContentType.objects.get_for_model(model).pk: model for model in models}


def _may_view(request: HttpRequest, model: Any) -> bool:
    """Return whether the user may view the objects of a model."""
    return request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


class KindFilter(ChoiceFilter):
    """Entries about one kind of object, such as templates."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the kinds that the user may view."""
        kinds = visible_kinds(request).items()
        return [(str(pk), _NAMES.get(model, capfirst(model._meta.verbose_name_plural))) for pk, model in kinds]

    def condition(self, value: str) -> Q:
        """Return the condition of the entries of a kind."""
        return Q(content_type=value)


class ActionFilter(ChoiceFilter):
    """Entries about creations, changes or deletions."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the actions that are logged."""
        return [(str(int(action)), text) for action, (text, _variant) in _ACTIONS.items()]

    def condition(self, value: str) -> Q:
        """Return the condition of the entries of an action."""
        return Q(action=value)


@admin.register(LogEntry)
class ChangeLogAdmin(UnchangedListAdmin):
    """The list of all entries, newest first, with what was changed. Users see those about what they may view."""

    list_display = ["at", "who", "subject", "action_column", "changes_column"]
    list_display_links = None
    list_filter = [KindFilter, ActionFilter, ("actor", RelatedOnlyFieldListFilter), ("timestamp", MomentRangeFilter)]
    list_per_page = 50
    list_select_related = ["actor", "content_type"]
    search_fields = ["object_repr", "actor__username", "additional_data__by"]
    search_help_text = _("Searches the names of objects and users.")
    fields = ["at", "who", "subject", "action_column", "changes_column"]
    readonly_fields = fields
    ordering = ["-timestamp", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Return the entries about kinds of objects that the user may view."""
        entries: QuerySet[LogEntry] = super().get_queryset(request)
        return entries.filter(content_type__in=visible_kinds(request))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Return Django's page of an entry's own history. Raises PermissionDenied if the user may not view the log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    @display(description=_("time"), ordering="timestamp")
    def at(self, entry: LogEntry) -> str:
        """Return the local time of the change."""
        return moment_text(entry.timestamp)

    @display(description=_("by"))
    def who(self, entry: LogEntry) -> str:
        """Return the name that the user had, or a text if no user of the admin made the change."""
        stored = (entry.additional_data or {}).get("by") or (entry.actor.get_username() if entry.actor else "")
        return stored or gettext("Command or system")

    @display(description=_("object"))
    def subject(self, entry: LogEntry) -> SafeString:
        """Return the kind and the name of the object as HTML, with a link to its page if it still exists."""
        kind = capfirst(entry.content_type.name)
        if entry.action != LogEntry.Action.DELETE:
            with suppress(NoReverseMatch):
                name = f"admin:{entry.content_type.app_label}_{entry.content_type.model}_change"
                link = reverse(name, args=[entry.object_pk])
                return format_html('{} <a class="underline" href="{}">{}</a>', kind, link, entry.object_repr)
        return format_html("{} {}", kind, entry.object_repr)

    @display(description=_("action"), ordering="action")
    def action_column(self, entry: LogEntry) -> SafeString:
        """Return the action as a coloured label."""
        return badge(*_ACTIONS[entry.action])

    @display(description=_("changes"))
    def changes_column(self, entry: LogEntry) -> SafeString:
        """Return the changes as HTML, a line for each field: its label, its old value and the new one."""
        model = entry.content_type.model_class()
        return format_html_join("", '<div class="change">{}: {}</div>', _lines(model, entry))


def _lines(model: Any, entry: LogEntry) -> Iterable[tuple[str, SafeString]]:
    """Yield a pair for each changed field of an entry: its label, and what happened as HTML.

    Of a new object, fields without a value are left out, and of a deleted one all that had none.
    """
    for name, change in (entry.changes_dict or {}).items():
        field = _field(model, name)
        if field is not None and not field.concrete:  # what refers to the object has entries of its own
            continue
        label = capfirst(str(getattr(field, "verbose_name", name)))
        if isinstance(change, Mapping):
            sign = "+" if change["operation"] == "add" else "−"
            yield label, format_html_join(", ", f"{sign} {{}}", ((text,) for text in change["objects"]))
            continue
        old, new = (display_value(field, value) for value in change)
        if entry.action == LogEntry.Action.UPDATE:
            yield label, format_html("{} → {}", old, new)
        elif (value := new if entry.action == LogEntry.Action.CREATE else old) != EMPTY:
            yield label, format_html("{}", value)


def _field(model: Any, name: str) -> Any:
    """Return the field of a model, or None if it has no such field any more."""
    try:
        return model._meta.get_field(name)
    except (FieldDoesNotExist, AttributeError):
        return None


def display_value(field: "Field[Any, Any] | None", text: str) -> str:
    """Return a logged value as staff read it: choices by their labels, times in the site's zone, EMPTY for none.

    `text` is what auditlog stores: `str` of the value, with times in UTC and without an offset. Raises ValueError if a
    time cannot be read.
    """
    if text in ("None", "", "[]", "{}"):
        return EMPTY
    if text == HIDDEN:
        return gettext("(hidden)")
    if isinstance(field, BooleanField):
        return gettext("Yes") if text == "True" else gettext("No")
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(text)
        return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    labels = dict(getattr(field, "choices", None) or getattr(getattr(field, "base_field", None), "choices", None) or [])
    if text.startswith("[") and hasattr(field, "base_field"):
        with suppress(ValueError, SyntaxError):
            return ", ".join(str(labels.get(value, value)) for value in literal_eval(text))
    return str(labels.get(text, text))
