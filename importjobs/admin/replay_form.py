"""The form with which staff mend one rejected item: inputs for its fields, and its payload as JSON for experts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from importjobs.admin.field_specs import FieldSpec, field_specs, fields_to_mend
from importjobs.admin.payload_inputs import SentField, make_input
from importjobs.item_templates import template_for
from importjobs.models import ImportItem
from ordinavo.common import identifiers, json_codec
from ordinavo.common.json_fields import StrictJSONFormField
from targets.finding_texts import finding_text
from targets.paths import CUSTOM_PREFIX
from targets.payload_paths import sent_value, with_values

MAX_INPUTS = 300
"""Inputs of one form. Further fields are changed in the JSON."""
_PREFIX = "value:"
"""Before the path of a field in the name of its input."""


class ShownInput(NamedTuple):
    """An input as the page shows it."""

    field: BoundField
    errors: list[str]
    """Why the import refuses the value."""
    errors_id: str
    """The id of the element with the errors, to which the input refers."""


class ReplayForm(forms.Form):
    """The payload of a rejected item, which staff correct before the replay.

    A changed input replaces one value of the payload; all else stays as it is in the JSON.
    """

    payload = StrictJSONFormField(
        label=gettext_lazy("Payload"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false", "class": "payload"}),
    )
    shown = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    """The payload from which the inputs were made, as JSON. A posted input that differs from it was changed."""
    over_newer = forms.BooleanField(
        label=gettext_lazy("Overwrite the newer import"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(
        self,
        data: Any = None,
        *,
        item: ImportItem,
        base: Any = None,
        errors: Iterable[Mapping[str, Any]] | None = None,
        text: str | None = None,
        over_newer: bool = False,
    ) -> None:
        """Make the form of an item, or of another payload for it with its errors, such as after a check.

        `text` is the JSON as staff typed it, if it is that of `base`.
        """
        shown = _posted_base(data) if data else None
        self.base = next((one for one in (shown, base) if one is not None), item.payload)
        initial = {"payload": text or self.base, "shown": json_codec.dumps(self.base).decode()}
        super().__init__(data, initial=initial | {"over_newer": over_newer})
        self.item = item
        self.import_errors = [dict(error) for error in (item.errors if errors is None else errors)]
        self._specs = field_specs(template_for(item, self.base))
        sent = list(_sent_names(self.base))
        # Inputs for values that were not sent were made for the errors of an earlier check.
        posted = [name.removeprefix(_PREFIX) for name in data or () if name.startswith(_PREFIX)]
        to_mend = [name for error in self.import_errors for name in fields_to_mend(error)]
        self._faulty = self._names([*to_mend, *(name for name in posted if name not in sent)])
        self._rest = [name for name in self._names(sent) if name not in self._faulty]
        for number, name in enumerate([*self._faulty, *self._rest][:MAX_INPUTS]):
            self.fields[_PREFIX + name] = self._input(self._specs[name], number)

    def clean_payload(self) -> dict[str, Any]:
        """Return the payload of the JSON as a dict.

        Raises ValidationError if it is not a JSON object, or if its `sourceSystem`, read as an id, is neither empty nor
        the key of the item's source system. The names and values in it are not checked otherwise.
        """
        payload = self.cleaned_data["payload"]
        if not isinstance(payload, dict):
            raise ValidationError(_("The payload must be a JSON object."))
        key = self.item.job.source_system.key
        sent = payload.get("sourceSystem")
        if (identifiers.normalise(sent) if isinstance(sent, str) else sent) not in (None, "", key):
            raise ValidationError(_("The item belongs to the source system %(key)s. Do not change it.") % {"key": key})
        return payload

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, with the values of the changed inputs in the payload."""
        cleaned = super().clean() or self.cleaned_data
        if "payload" in cleaned:
            self.changes = dict(self._changed_values(cleaned))
            cleaned["payload"] = with_values(cleaned["payload"], self.changes)
        return cleaned

    def next_step(self, result: ImportItem) -> "ReplayForm":
        """Return a new form of the checked payload with the errors of the check. Call it only after `is_valid`."""
        return ReplayForm(
            item=self.item,
            base=self.cleaned_data["payload"],
            errors=result.errors,
            text=None if self.changes else self.data["payload"],
            over_newer=self.cleaned_data["over_newer"],
        )

    def faulty_inputs(self) -> list[ShownInput]:
        """Return the inputs that mend the errors, in the order of the errors."""
        return [self._shown(name) for name in self._faulty if _PREFIX + name in self.fields]

    def other_inputs(self) -> list[ShownInput]:
        """Return the inputs of the other fields that were sent, in the order sent."""
        return [self._shown(name) for name in self._rest if _PREFIX + name in self.fields]

    def other_errors(self) -> list[str]:
        """Return the messages of the errors that no input shows."""
        return [self._text(error) for error in self.import_errors if _PREFIX + error["field"] not in self.fields]

    def values_without_input(self) -> int:
        """Return how many values were sent that only the JSON shows."""
        return sum(_PREFIX + name not in self.fields for name in _sent_names(self.base))

    def has_faulty_other_input(self) -> bool:
        """Return whether an input of `other_inputs` could not be read, so that the page shows these unfolded."""
        return any(_PREFIX + name in self.errors for name in self._rest)

    def has_faulty_json(self) -> bool:
        """Return whether the posted JSON has an error, so that the page shows it unfolded."""
        return "payload" in self.errors

    def _names(self, names: Iterable[str]) -> list[str]:
        """Return those of these fields that have an input, each once."""
        return [name for name in dict.fromkeys(names) if name in self._specs]

    def _input(self, spec: FieldSpec, number: int) -> SentField:
        """Return the input of a field, with references to its errors for screen readers."""
        is_faulty = spec.path in self._faulty
        made = make_input(spec, sent_value(self.base, spec.path), is_faulty=is_faulty)
        if any(error["field"] == spec.path for error in self.import_errors):
            made.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"fault-{number}"}
        return made

    def _text(self, error: Mapping[str, Any]) -> str:
        """Return an error as a sentence for staff, with the labels of the custom fields."""
        labels = {name: spec.label for name, spec in self._specs.items() if name.startswith(CUSTOM_PREFIX)}
        return finding_text(error, labels)

    def _shown(self, name: str) -> ShownInput:
        """Return an input with the errors of its field."""
        field = self[_PREFIX + name]
        errors = [self._text(error) for error in self.import_errors if error["field"] == name]
        return ShownInput(field, errors, str(field.field.widget.attrs.get("aria-describedby", "")))

    def _changed_values(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield path and value of the inputs that staff changed. An input that was not posted was not changed.

        A value that only becomes a text, because the field demands one, does not overwrite a change in the JSON.
        """
        for name, field in self.fields.items():
            if not isinstance(field, SentField) or name not in self.data or name not in cleaned:
                continue
            path, posted = field.spec.path, self.data[name]
            was_edited = posted.replace("\r\n", "\n") != field.initial
            is_same_in_json = sent_value(cleaned["payload"], path) == field.sent
            if field.has_changed(field.initial, posted) and (was_edited or is_same_in_json):
                yield path, cleaned[name]


def _posted_base(data: Mapping[str, Any]) -> Any:
    """Return the payload from which the posted inputs were made, or None if it was not posted or cannot be read."""
    try:
        return json_codec.parse(data.get("shown", ""))
    except json_codec.MalformedJSON:
        return None


def _sent_names(payload: Any) -> Iterator[str]:
    """Yield the path of each value of a payload, in the order sent. Objects count as their members."""
    for name, value in payload.items() if isinstance(payload, dict) else ():
        if isinstance(value, dict):
            yield from (f"{name}.{below}" for below in value)
        else:
            yield name
