from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.forms import BaseInlineFormSet
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from . import customfields
from .models import CustomField, TargetTemplate


class CustomFieldFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """The template's defaults must fit its fields as they are going to be."""
        super().clean()
        if any(self.errors) or not isinstance(self.instance.defaults, dict):
            return
        forms = [form for form in self.forms if form not in self.deleted_forms]
        fields = [form.instance for form in forms if form.instance.key and form.instance.active]
        defaults = self.instance.defaults.get("customFields") or {}
        typed = customfields.read(fields, defaults)
        for fault in typed.errors + typed.warnings:
            self.non_form_errors().append(f"In the defaults: {fault.message}")


class CustomFieldInline(TabularInline):
    model = CustomField
    formset = CustomFieldFormSet
    fields = [
        "position", "key", "label", "type", "required", "choices", "unit", "help", "active",
    ]  # fmt: skip
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    extra = 0


@admin.register(TargetTemplate)
class TargetTemplateAdmin(ModelAdmin):
    list_display = ["name", "key", "active"]
    list_filter = ["active"]
    search_fields = ["name", "key"]
    fields = ["name", "key", "active", "defaults"]
    inlines = [CustomFieldInline]

    def get_readonly_fields(self, request: Any, obj: TargetTemplate | None = None) -> list[str]:
        return ["key"] if obj else []  # systems send it
