"""The forms with which staff correct, cancel and reopen targets."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from ordinavo.common.findings import Finding
from ordinavo.common.local_days import moment_text
from targets import checks, corrections, paths, rules
from targets.admin import custom_field_inputs
from targets.admin.display import display_value
from targets.admin.form_names import WINDOW, WINDOW_PATHS, field_name, field_paths, with_paired_names
from targets.admin.local_times import LocalDateTimeField, Window
from targets.admin.merging_form import MergingForm
from targets.admin.number_fields import DegreesField, LocalDecimalField, decimal_input
from targets.admin.text_fields import ExactTextField, IdentifierField
from targets.finding_texts import finding_text
from targets.merging import is_same
from targets.models import Target
from templates import custom_fields

COORDINATES_CHOICES = [
    ("clear", gettext_lazy("Empty the coordinates")),
    ("keep", gettext_lazy("Keep the coordinates: they fit the new address")),
]
_ADDRESS = {"street", "postal_code", "city", "country"}
_COORDINATES = ["latitude", "longitude"]


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


class CorrectionForm(MergingForm):
    """The fields of a target, for corrections by staff.

    Only the fields that staff changed are checked, by the rules of an import, and only they become corrections.
    """

    follow = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)
    """Paths of corrected fields that shall take the source's value again. `_source_note` renders its checkboxes."""
    coordinates = forms.ChoiceField(
        label=gettext_lazy("Coordinates"), required=False, widget=forms.HiddenInput, choices=COORDINATES_CHOICES
    )
    """What shall happen to the coordinates of an address that is changed without them. Asked only then."""

    class Meta(MergingForm.Meta):
        field_classes = (
            dict.fromkeys(("title", "description", "customer_phone", "customer_email"), ExactTextField)
            | dict.fromkeys(
                ("customer_external_id", "customer_number", "contact_external_id", "location_external_id"),
                IdentifierField,
            )
            | dict.fromkeys(_COORDINATES, DegreesField)
            | {"due_at": LocalDateTimeField, "expected_revenue": LocalDecimalField}
        )
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})} | {
            name: decimal_input() for name in ("expected_revenue", *_COORDINATES)
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored values, and beside each corrected field what the source sent last."""
        super().__init__(*args, **kwargs)
        self.stored_custom_fields = dict(self.instance.custom_fields)
        self.stored_warnings = {warning.message for warning in rules.warnings_of(self.instance)}
        self.corrected_paths = [path for path in self.instance.corrections if path != "status"]
        self.fields["follow"].choices = [(path, path) for path in self.corrected_paths]  # type: ignore[attr-defined]
        self.fields[WINDOW].help_text = _("Times are those of %(zone)s.") % {"zone": get_current_timezone_name()}
        for name in dict.fromkeys(map(field_name, self.corrected_paths)):
            if field := self.fields.get(name):
                field.help_text = self._source_note(name, field)

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, with the source's values in the fields that follow it again.

        Adds the errors that an import of the changed values would have, except to a field that has an error already,
        and sets `followed_paths`. Raises ValidationError, which the form shows, if another transaction holds the
        target's row, or if it is not known which fields were changed.
        """
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_locked_by_another:
            raise ValidationError(locked_message(self.instance))
        if not self.is_comparable:
            text = _("This page could not be compared with what is stored. Check every field, then save again.")
            raise ValidationError(text)
        self.merge(cleaned)
        chosen = paths.with_paired_paths(cleaned.get("follow", []))
        self.followed_paths = [path for path in chosen if path in self.corrected_paths]
        for path in self.followed_paths:
            self._take_source_value(path, cleaned)
        self._ask_for_coordinates(cleaned)
        labels = {name: str(field.label) for name, field in self.fields.items() if name.startswith(paths.CUSTOM_PREFIX)}
        for error in self._errors_of_an_import(cleaned):
            name = field_name(error.field)
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, finding_text(error, labels))
        return cleaned

    def _post_clean(self) -> None:
        """Set the cleaned values on the target in memory, and add errors for what its model and the rules refuse.

        A field that has an error already gets none for a rule between fields.
        """
        if window := self.cleaned_data.get(WINDOW):
            self.instance.time_window_start, self.instance.time_window_end = window.ends()
        super()._post_clean()  # type: ignore[misc]
        for violation in rules.violations_of(self.instance):
            name = field_name(violation.field)
            if not with_paired_names(name) & set(self.errors):
                self.add_error(name, finding_text(violation))
        if self.errors and (self.meanwhile or not self.is_comparable):
            self.show_what_is_stored()

    def corrected_values(self) -> dict[str, Any]:
        """Return the values that staff changed, by path; empty if there are none. None empties a field.

        Fields that follow the source again are left out. Call it only after `is_valid` returned True.
        """
        changed_paths = self._paths_of(self.changed_data)
        values = {path: self._value(path) for path in changed_paths if path not in self.followed_paths}
        return {path: value for path, value in values.items() if not is_same(self.stored.get(path), value)}

    def _paths_of(self, names: Iterable[str]) -> list[str]:
        """Return the paths of the values in these fields of the form. Fields that are no values are left out."""
        no_values = ("opened_values", "follow", "coordinates")
        return [path for name in names if name not in no_values for path in field_paths(name)]

    def _value(self, path: str) -> Any:
        """Return the cleaned value at a path, None for an empty text.

        Raises KeyError if the field has an error or no input.
        """
        value = self.cleaned_data[field_name(path)]
        if isinstance(value, Window):
            return value.ends()[WINDOW_PATHS.index(path)]
        return None if value == "" else value

    def _take_source_value(self, path: str, cleaned: dict[str, Any]) -> None:
        """Put the source's value at a path into `cleaned`, in place of the input and its errors.

        Adds an error if the field is required and the source's value is empty. Does nothing if the form has no such
        input.
        """
        name = field_name(path)
        if name not in self.fields:
            return
        value = corrections.source_value(self.instance, path)
        self.errors.pop(name, None)
        if name == WINDOW:
            end = "start" if path == WINDOW_PATHS[0] else "end"
            cleaned[name] = replace(cleaned.get(name) or self.stored_window, **{end: value})
            return
        cleaned[name] = value
        if self.fields[name].required and value in (None, ""):
            self.add_error(name, _("The source system has not sent a value for this field."))

    def _ask_for_coordinates(self, cleaned: dict[str, Any]) -> None:
        """Ask what shall happen to the coordinates if the address was changed without them, or do what was answered.

        Does nothing if the target has none.
        """
        changed = set(self._paths_of(self.changed_data)) - set(self.followed_paths)
        names = {field_name(path) for path in changed}
        has_coordinates = self.instance.latitude is not None or self.instance.longitude is not None
        if not (has_coordinates and names & _ADDRESS) or names & set(_COORDINATES):
            return
        self.fields["coordinates"].widget = UnfoldAdminRadioSelectWidget(choices=COORDINATES_CHOICES)
        match cleaned.get("coordinates"):
            case "clear":
                cleaned |= dict.fromkeys(_COORDINATES)
                self.changed_data.extend(_COORDINATES)
            case "":
                text = _("The address was changed, but not its coordinates. Choose one, or enter new coordinates.")
                self.add_error("coordinates", text)

    def _errors_of_an_import(self, cleaned: dict[str, Any]) -> Iterator[Finding]:
        """Yield the errors that an import with the changed values would have. Stores typed custom fields in `cleaned`.

        Custom fields are not checked if the chosen template has an error.
        """
        names = [name for name in self.changed_data if name in cleaned]
        document = {path: self._value(path) for path in self._paths_of(names)}
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

    def _source_note(self, name: str, field: forms.Field) -> SafeString:
        """Return as HTML a field's help text, who corrected it, the source's value and a checkbox to follow it again.

        Raises KeyError if the field is not corrected.
        """
        path, *others = [path for path in field_paths(name) if path in self.instance.corrections]
        note = self.instance.corrections[path]
        source_values = [corrections.source_value(self.instance, path) for path in (path, *others)]
        at = datetime.fromisoformat(note["at"])
        return format_html(
            '{}<span class="corrected">{}</span> {} <strong>{}</strong> '
            '<label class="follow"><input type="checkbox" name="follow" value="{}"{}> {}</label>',
            format_html("{}<br>", field.help_text) if field.help_text else "",
            _("Corrected by %(user)s, %(at)s.") % {"user": note["by"], "at": moment_text(at)},
            _("Value of the source system:"),
            " – ".join(display_value(path, value) for value in source_values),
            path,
            " checked" if self.is_bound and path in cast("QueryDict", self.data).getlist("follow") else "",
            _("Use this value, and let imports change the field again"),
        )
