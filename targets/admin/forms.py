"""The forms with which staff correct, cancel and reopen targets."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from ordinavo.common.findings import Finding
from ordinavo.common.json_codec import dumps, loads
from ordinavo.common.scalars import without_trailing_zeros
from targets import checks, corrections, paths, rules
from targets.admin import custom_field_inputs
from targets.admin.custom_field_inputs import ExactTextField, IdentifierField
from targets.admin.display import change_rows, display_value
from targets.merging import changes_between, is_same
from targets.models import Target
from templates import custom_fields

# The form's fields are named after columns, those of custom fields after their paths.
_COLUMN_BY_PATH = {path: column for column, path in paths.PATH_BY_COLUMN.items()} | {"templateKey": "template"}
_PATH_BY_COLUMN = {column: path for path, column in _COLUMN_BY_PATH.items()}


class ReasonForm(forms.Form):
    """The reason why staff cancel or reopen a target."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=gettext_lazy("Shown in the history of the target."),
    )


def locked_message(target: Target) -> str:
    """Return the error for staff that another transaction holds the target's row."""
    text = _("An import or a colleague is changing the target %(target)s. Nothing was saved; try again.")
    return text % {"target": target}


class CorrectionForm(forms.ModelForm):
    """The fields of a target, for corrections by staff.

    Only the fields that staff changed are checked, by the rules of an import, and only they become corrections.
    """

    opened_values = forms.CharField(widget=forms.HiddenInput, required=False)
    """All values when the page was opened, as JSON. They show whether somebody changed the target in the meantime."""
    follow = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)
    """Paths of corrected fields that shall take the source's value again. `_source_note` renders its checkboxes."""

    class Meta:
        model = Target
        fields = ["template", *paths.PATH_BY_COLUMN]
        field_classes = dict.fromkeys(
            ("title", "description", "customer_phone", "customer_email"), ExactTextField
        ) | dict.fromkeys(
            ("customer_external_id", "customer_number", "contact_external_id", "location_external_id"), IdentifierField
        )
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored values, and beside each corrected field what the source sent last."""
        super().__init__(*args, **kwargs)
        if revenue := self.instance.expected_revenue:
            self.initial["expected_revenue"] = without_trailing_zeros(revenue)
        self.stored = dict(paths.all_values(self.instance))
        self.stored_custom_fields = dict(self.instance.custom_fields)
        self.stored_warnings = {warning.message for warning in rules.warnings_of(self.instance)}
        self.initial["opened_values"] = dumps(self.stored).decode()
        self.corrected_paths = [path for path in self.instance.corrections if path != "status"]
        self.fields["follow"].choices = [(path, path) for path in self.corrected_paths]  # type: ignore[attr-defined]
        for path in self.corrected_paths:
            if field := self.fields.get(_field_name(path)):
                field.help_text = self._source_note(path, field)

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, with the source's values in the fields that follow it again.

        Adds the errors that an import of the changed values would have, except to a field that has an error already,
        and sets `followed_paths`. Raises ValidationError, which the form shows, if the target was changed since the
        page was opened, or if another transaction holds its row.
        """
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_locked_by_another:
            raise ValidationError(locked_message(self.instance))
        self._refuse_if_changed_meanwhile(cleaned.get("opened_values", ""))
        chosen = paths.with_paired_paths(cleaned.get("follow", []))
        self.followed_paths = [path for path in chosen if path in self.corrected_paths]
        for path in self.followed_paths:
            self._take_source_value(path, cleaned)
        for error in self._errors_of_an_import(cleaned):
            name = _field_name(error.field)
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, error.message)
        return cleaned

    def _post_clean(self) -> None:
        """Set the cleaned values on the target in memory, and add errors for what its model and the rules refuse.

        A field that has an error already gets none for a rule between fields.
        """
        super()._post_clean()  # type: ignore[misc]
        for violation in rules.violations_of(self.instance):
            column = paths.COLUMN_BY_PATH[violation.field]
            if column not in self.errors:
                self.add_error(column, violation.message)

    def corrected_values(self) -> dict[str, Any]:
        """Return the values that staff changed, by path; empty if there are none. None empties a field.

        Fields that follow the source again are left out. Call it only after `is_valid` returned True.
        """
        changed_paths = [_path(name) for name in self.changed_data if name not in ("opened_values", "follow")]
        values = {path: self._value(path) for path in changed_paths if path not in self.followed_paths}
        return {path: value for path, value in values.items() if not is_same(self.stored.get(path), value)}

    def _value(self, path: str) -> Any:
        """Return the cleaned value at a path, None for an empty text.

        Raises KeyError if the field has an error or no input.
        """
        value = self.cleaned_data[_field_name(path)]
        return None if value == "" else value

    def _take_source_value(self, path: str, cleaned: dict[str, Any]) -> None:
        """Put the source's value at a path into `cleaned`, in place of the input and its errors.

        Adds an error if the field is required and the source's value is empty. Does nothing if the form has no such
        input.
        """
        name = _field_name(path)
        if name not in self.fields:
            return
        cleaned[name] = corrections.source_value(self.instance, path)
        self.errors.pop(name, None)
        if self.fields[name].required and cleaned[name] in (None, ""):
            self.add_error(name, _("The source system has not sent a value for this field."))

    def _refuse_if_changed_meanwhile(self, opened_values: str) -> None:
        """Raise ValidationError that lists the changes if the target differs from its values when the page was opened.

        `opened_values` is JSON from the browser. If it cannot be read, every value that is not empty counts as changed.
        """
        try:
            opened = dict(loads(opened_values))
        except (ValueError, TypeError):
            opened = {}
        now = loads(dumps(self.stored))
        if changes := changes_between(opened, now):
            summary = _(
                "A colleague or an import has changed this target since you opened it. "
                "Nothing was saved. Open the target again and repeat your correction."
            )
            details = [
                _("%(field)s: was %(old)s, is now %(new)s.") % {"field": label, "old": old, "new": new}
                for label, old, new in change_rows(changes)
            ]
            raise ValidationError([summary, *details])

    def _errors_of_an_import(self, cleaned: dict[str, Any]) -> Iterator[Finding]:
        """Yield the errors that an import with the changed values would have. Stores typed custom fields in `cleaned`.

        Custom fields are not checked if the chosen template has an error.
        """
        changed = [_path(name) for name in self.changed_data if name in cleaned]
        document = {path: cleaned[_field_name(path)] for path in changed}
        yield from checks.errors_in(document)
        if "template" not in cleaned:
            return
        template = cleaned["template"]
        fields = template.active_fields if template else []
        given = {
            path.removeprefix(paths.CUSTOM_PREFIX): custom_field_inputs.as_sent(value)
            for path, value in document.items()
            if path.startswith(paths.CUSTOM_PREFIX)
        }
        # Another template may give the stored custom fields other types.
        stored = self.stored_custom_fields if "template" in self.changed_data else {}
        typed = custom_fields.parse(fields, stored | given)
        for key in given:
            cleaned[paths.CUSTOM_PREFIX + key] = typed.values.get(key)
        yield from typed.errors
        yield from custom_fields.missing(fields, typed.values, complete=False)

    def _source_note(self, path: str, field: forms.Field) -> SafeString:
        """Return as HTML a field's help text, who corrected it, the source's value and a checkbox to follow it again.

        Raises KeyError if the path is not corrected.
        """
        note = self.instance.corrections[path]
        at = localtime(datetime.fromisoformat(note["at"]))
        source_value = corrections.source_value(self.instance, path)
        return format_html(
            '{}<span class="corrected">{}</span> {} <strong>{}</strong> '
            '<label class="follow"><input type="checkbox" name="follow" value="{}"{}> {}</label>',
            format_html("{}<br>", field.help_text) if field.help_text else "",
            _("Corrected by %(user)s, %(at)s.") % {"user": note["by"], "at": date_format(at, "SHORT_DATETIME_FORMAT")},
            _("Value of the source system:"),
            display_value(path, source_value),
            path,
            " checked" if self.is_bound and path in cast("QueryDict", self.data).getlist("follow") else "",
            _("Use this value, and let imports change the field again"),
        )


def _field_name(path: str) -> str:
    """Return the name of the form's field for a path: the column, or the path itself for custom and unknown fields."""
    return _COLUMN_BY_PATH.get(path, path)


def _path(field_name: str) -> str:
    """Return the path for a name of a form's field, or the name itself if it belongs to no column."""
    return _PATH_BY_COLUMN.get(field_name, field_name)
