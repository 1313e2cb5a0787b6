from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from templates import customfields
from templates.scalars import shortest

from . import operations, paths, rules
from .models import Target


class CorrectionForm(forms.ModelForm):
    """A correction by staff: refused by the same rules as an import, and only what they changed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Target
        fields = ["template", *paths.PATHS, "custom_fields"]
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if revenue := self.instance.expected_revenue:
            self.initial["expected_revenue"] = shortest(revenue)
        self.stored_custom_fields = dict(self.instance.custom_fields)
        self.stored_version = self.initial["seen"] = self.instance.updated_at.isoformat()

    def clean_custom_fields(self) -> dict[str, Any]:
        sent = self.cleaned_data["custom_fields"] or {}
        if not isinstance(sent, dict):
            raise forms.ValidationError("Custom fields are one JSON object.")
        return {key: value for key, value in sent.items() if value is not None}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "custom_fields" in cleaned and "template" in cleaned:
            cleaned["custom_fields"] = self._typed(cleaned["custom_fields"])
        if cleaned.get("seen") != self.stored_version:
            raise forms.ValidationError(
                "Somebody else, or an import, has changed this target since you opened it. "
                "Nothing was saved: open it again and repeat your correction."
            )
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for conflict in rules.conflicts(self.instance):
            column = paths.COLUMNS[conflict.field]
            if column not in self.errors:
                self.add_error(column, conflict.message)

    def _typed(self, sent: dict[str, Any]) -> dict[str, Any]:
        template = self.cleaned_data["template"]
        fields = template.active_fields if template else []
        typed = customfields.read(fields, sent)
        removed = dict.fromkeys(self.stored_custom_fields)
        missing = customfields.missing(fields, removed | typed.values, complete=False)
        for fault in typed.errors + missing:
            self.add_error("custom_fields", fault.message)
        return typed.values

    def corrected_values(self) -> dict[str, Any]:
        """By path, what staff changed."""
        changed = [name for name in self.changed_data if name in paths.PATHS]
        values = {paths.PATHS[name]: self.cleaned_data[name] for name in changed}
        if "template" in self.changed_data:
            values["templateKey"] = self.cleaned_data["template"]
        old, new = self.stored_custom_fields, self.cleaned_data["custom_fields"]
        for key in old | new:
            if not operations.same(old.get(key), new.get(key)):
                values[paths.CUSTOM + key] = new.get(key)
        return values
