"""The forms of the pages of rejections by cause."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import md5
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from importjobs.admin.field_specs import FieldSpec
from importjobs.admin.payload_inputs import make_input
from importjobs.admin.progress import grouped
from importjobs.open_causes import Filter, SentValue
from importjobs.replay_attempts import Changes
from ordinavo.common.findings import cut, quote
from ordinavo.common.local_days import validate_year
from targets.models import SourceSystem

MAX_VALUES = 50
"""The most frequent sent values that get an input at once."""
MAX_SHOWN_TEXT = 120
"""Characters of a sent value in the table."""


class FilterForm(forms.Form):
    """The filters of the page of rejections. A value that cannot be read is no filter."""

    source_system = forms.ModelChoiceField(
        SourceSystem.objects.all(),
        label=gettext_lazy("Source system"),
        required=False,
        empty_label=gettext_lazy("All"),
        widget=UnfoldAdminSelectWidget,
    )
    day = forms.DateField(
        label=gettext_lazy("Received on"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date", "class": "native-date"}),
        validators=[validate_year],
    )
    job = forms.IntegerField(
        label=gettext_lazy("Import job"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )

    @classmethod
    def of_query(cls, query: QueryDict) -> "FilterForm":
        """Return the form with the filters of an address."""
        form = cls(query)
        form.full_clean()
        return form

    def chosen(self) -> Filter:
        """Return the filters that could be read."""
        system: SourceSystem | None = self.cleaned_data.get("source_system")
        day: date | None = self.cleaned_data.get("day")
        return Filter(job=self.cleaned_data.get("job"), source_system=system.pk if system else None, day=day)


class CorrectAllForm(forms.Form):
    """One value that shall replace that of all items of a cause."""

    def __init__(self, *args: Any, spec: FieldSpec, sent: Any, **kwargs: Any) -> None:
        """Make the input for the field. `sent` is the value of one of the items, or ABSENT."""
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.fields["value"] = make_input(spec, sent)

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values. Raises ValidationError if the value is that which was sent."""
        cleaned = super().clean() or self.cleaned_data
        if "value" in cleaned and not self.has_changed():
            raise ValidationError(_("Enter another value than the one that was rejected."))
        return cleaned

    def changes(self) -> Changes:
        """Return the change of all items. Call it only after `is_valid` returned True."""
        return Changes({self.spec.path: self.cleaned_data["value"]})

    def told(self) -> list[str]:
        """Return the sentence that tells the change. Call it only after `is_valid` returned True."""
        values = {"label": self.spec.label, "value": quote(self.cleaned_data["value"])}
        return [_("%(label)s becomes %(value)s in all of them.") % values]


class ValueRow(NamedTuple):
    """A sent value with the input for the value that shall replace it."""

    text: str
    items: str
    """How many items sent it."""
    input: BoundField


class CorrectEachForm(forms.Form):
    """A value for each of the values that the items of a cause sent. Values whose input is left empty stay as sent."""

    def __init__(
        self, data: Any, *, spec: FieldSpec, values: Sequence[SentValue], readings: Mapping[str, str], **kwargs: Any
    ) -> None:
        """Make an input for each of the first MAX_VALUES values, and for each other value that `data` has one for.

        An input is filled with the reading of its value, if there is one. `readings` are the values that sent texts
        mean, by the text.
        """
        named = {_name(value.text): value for value in values}
        first = [_name(value.text) for value in values[:MAX_VALUES]]
        self.spec, self.values = spec, {name: named[name] for name in named if name in first or name in (data or {})}
        self.more_values = len(values) - len(self.values)
        filled = {}
        for name, value in self.values.items():
            reading = readings.get(value.text)
            filled[name] = make_input(spec, reading, is_faulty=False).initial if reading else ""
        super().__init__(data, initial=filled, **kwargs)
        for name, value in self.values.items():
            self.fields[name] = make_input(spec, value.text)
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs["aria-label"] = _("New value for “%(text)s”") % {"text": value.text}

    def rows(self) -> list[ValueRow]:
        """Return the rows of the table of values."""
        return [
            ValueRow(cut(value.text, MAX_SHOWN_TEXT), grouped(len(value.items)), self[name])
            for name, value in self.values.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values. Raises ValidationError if no value was corrected."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self._corrected():
            raise ValidationError(_("Enter a new value for at least one of the sent values."))
        return cleaned

    def changes(self) -> Changes:
        """Return the changes of the items whose values were corrected. Call it only after `is_valid` returned True."""
        corrected = self._corrected().items()
        return Changes({}, {pk: {self.spec.path: new} for name, new in corrected for pk in self.values[name].items})

    def told(self) -> list[str]:
        """Return a sentence for each corrected value. Call it only after `is_valid` returned True."""
        return [
            ngettext(
                "%(label)s: %(sent)s becomes %(value)s in %(items)s item.",
                "%(label)s: %(sent)s becomes %(value)s in %(items)s items.",
                len(self.values[name].items),
            )
            % {
                "label": self.spec.label,
                "sent": quote(self.values[name].text),
                "value": quote(new),
                "items": grouped(len(self.values[name].items)),
            }
            for name, new in self._corrected().items()
        ]

    def _corrected(self) -> dict[str, Any]:
        """Return the new values by the names of their inputs, without empty and unchanged ones."""
        return {
            name: self.cleaned_data[name]
            for name, value in self.values.items()
            if self.cleaned_data.get(name) not in (None, "", value.text)
        }


def _name(text: str) -> str:
    """Return the name of the input for a sent value. It does not depend on the other values."""
    return f"value-{md5(text.encode(), usedforsecurity=False).hexdigest()}"


class DeclineForm(forms.Form):
    """Why a choice is not added."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Shown to the user who asked."),
    )
