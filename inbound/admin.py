from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables
from unfold.admin import ModelAdmin
from unfold.decorators import action

from . import tokens
from .forms import ApiTokenForm
from .models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """A token is issued, shown once, perhaps given other rights, and revoked; its record stays."""

    form = ApiTokenForm
    list_display = ["name", "status", "expires_at", "last_used_at", "created_by"]
    search_fields = ["name"]
    actions = ["revoke_selected"]
    actions_submit_line = ["revoke_this"]

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        record = ["revoked_at", "last_used_at", "created_at", "created_by"] if obj else []
        return ["name", "scopes", "source_systems", "expires_at", *record]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        if obj is None:
            return []
        return ["expires_at", "revoked_at", "last_used_at", "created_at", "created_by"]

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        # A revoked token is a record; nothing brings it back.
        return super().has_change_permission(request, obj) and not (obj and obj.revoked_at)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @sensitive_variables("raw")
    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Shows the token in this answer alone: a redirect would have to store it somewhere."""
        raw = tokens.encode(obj)
        context = self.admin_site.each_context(request) | {
            "title": f"The token of {obj}", "token": obj, "raw": raw, "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(
            request,
            "admin/inbound/apitoken/issued.html",
            context,
            headers={"Cache-Control": "no-store"},
        )

    @admin.action(description="Revoke", permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            tokens.revoke(token=token)
        self.message_user(request, f"Revoked: {', '.join(token.name for token in queryset)}.")

    @action(description="Revoke this token")
    def revoke_this(self, request: HttpRequest, obj: ApiToken) -> None:
        tokens.revoke(token=obj)
        self.message_user(request, f"Revoked: {obj}.")
