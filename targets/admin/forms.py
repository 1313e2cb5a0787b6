from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.admin.utils import display_for_value
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from ordinavo.common.findings import Finding, quote
from ordinavo.common.json_codec import dumps, loads
from ordinavo.common.scalars import without_trailing_zeros
from targets import corrections, documents, paths, rules
from targets.admin import custom_field_inputs
from targets.admin.custom_field_inputs import ExactTextField
from targets.merging import changes_between, same
from targets.models import Target
from templates import custom_fields

NAMES = {path: column for column, path in paths.PATH_BY_COLUMN.items()} | {"templateKey": "template"}


class CorrectionForm(forms.ModelForm):
    """A correction by staff: refused by the same rules as an import, and only what they changed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    follow = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)

    class Meta:
        model = Target
        fields = ["template", *paths.PATH_BY_COLUMN]
        field_classes = dict.fromkeys(("title", "description", "customer_phone"), ExactTextField)
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if revenue := self.instance.expected_revenue:
            self.initial["expected_revenue"] = without_trailing_zeros(revenue)
        self.stored = dict(paths.all_values(self.instance))
        self.stored_custom_fields = dict(self.instance.custom_fields)
        self.initial["seen"] = dumps(self.stored).decode()
        corrected = [path for path in self.instance.corrections if path != "status"]
        self.fields["follow"].choices = [(path, path) for path in corrected]  # type: ignore[attr-defined]
        for path in corrected:
            if field := self.fields.get(NAMES.get(path, path)):
                field.help_text = self._source_note(path, field)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._refuse_if_changed_meanwhile(cleaned.get("seen", ""))
        self.followed = [path for path in paths.with_paired_paths(cleaned.get("follow", [])) if path in self._corrected]
        for path in self.followed:
            self._take_over(path, cleaned)
        for fault in self._faults(cleaned):
            name = NAMES.get(fault.field, fault.field)
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, fault.message)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for conflict in rules.conflicts(self.instance):
            column = paths.COLUMN_BY_PATH[conflict.field]
            if column not in self.errors:
                self.add_error(column, conflict.message)

    def corrected_values(self) -> dict[str, Any]:
        """By path, what staff changed."""
        paths_changed = [_path(name) for name in self.changed_data if name not in ("seen", "follow")]
        values = {path: self._value(path) for path in paths_changed if path not in self.followed}
        return {path: value for path, value in values.items() if not same(self.stored.get(path), value)}

    @property
    def _corrected(self) -> list[str]:
        return [path for path, _label in self.fields["follow"].choices]  # type: ignore[attr-defined]

    def _value(self, path: str) -> Any:
        value = self.cleaned_data[NAMES.get(path, path)]
        return None if value == "" else value

    def _take_over(self, path: str, cleaned: dict[str, Any]) -> None:
        name = NAMES.get(path, path)
        if name not in self.fields:
            return
        cleaned[name] = corrections.source_value(self.instance, path)
        self.errors.pop(name, None)
        if self.fields[name].required and cleaned[name] in (None, ""):
            self.add_error(name, _("The source has no value for it."))

    def _refuse_if_changed_meanwhile(self, seen: str) -> None:
        try:
            opened = dict(loads(seen))
        except (ValueError, TypeError):
            opened = {}
        now = loads(dumps(self.stored))
        if changes := changes_between(opened, now):
            raise ValidationError(
                [
                    _(
                        "Somebody else, or an import, has changed this target since you opened it. "
                        "Nothing was saved: open it again and repeat your correction."
                    ),
                    *(
                        _("%(field)s: was %(old)s, is now %(new)s.")
                        % {"field": change["field"], "old": quote(change["from"]), "new": quote(change["to"])}
                        for change in changes
                    ),
                ]
            )

    def _faults(self, cleaned: dict[str, Any]) -> Iterator[Finding]:
        """By the rules of an import, for what staff changed."""
        changed = [_path(name) for name in self.changed_data if name in cleaned]
        document = {path: cleaned[NAMES.get(path, path)] for path in changed}
        yield from documents.faults_in(document)
        if "template" not in cleaned:
            return
        template = cleaned["template"]
        fields = template.active_fields if template else []
        given = {
            path.removeprefix(paths.CUSTOM_PREFIX): custom_field_inputs.as_sent(value)
            for path, value in document.items()
            if path.startswith(paths.CUSTOM_PREFIX)
        }
        retyped = self.stored_custom_fields if "template" in self.changed_data else {}
        typed = custom_fields.parse(fields, retyped | given)
        for key in given:
            cleaned[paths.CUSTOM_PREFIX + key] = typed.values.get(key)
        yield from typed.errors
        yield from custom_fields.missing(fields, typed.values, complete=False)

    def _source_note(self, path: str, field: forms.Field) -> SafeString:
        note = self.instance.corrections[path]
        at = localtime(datetime.fromisoformat(note["at"]))
        return format_html(
            '{}<span class="corrected">{}</span> {} <strong>{}</strong> '
            '<label class="follow"><input type="checkbox" name="follow" value="{}"{}> {}</label>',
            format_html("{}<br>", field.help_text) if field.help_text else "",
            _("Corrected by %(user)s, %(at)s.") % {"user": note["by"], "at": date_format(at, "SHORT_DATETIME_FORMAT")},
            _("The source says:"),
            display_for_value(corrections.source_value(self.instance, path), "–"),
            path,
            " checked" if self.is_bound and path in cast("QueryDict", self.data).getlist("follow") else "",
            _("Follow the source again"),
        )


def _path(name: str) -> str:
    return paths.PATH_BY_COLUMN.get(name) or {"template": "templateKey"}.get(name, name)
