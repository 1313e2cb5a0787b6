"""The forms of the pages of rejections by cause."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from importjobs.admin.payload_inputs import FieldSpec, make_input
from importjobs.open_causes import Filter
from ordinavo.common.local_days import validate_year
from targets.models import SourceSystem


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

    def changes(self) -> dict[str, Any]:
        """Return the new value by the path of its field. Call it only after `is_valid` returned True."""
        return {self.spec.path: self.cleaned_data["value"]}


class DeclineForm(forms.Form):
    """Why a choice is not added."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Shown to the user who asked."),
    )
