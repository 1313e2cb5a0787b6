"""The form above a day: its date, its filters, and the order of its stops."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ordinavo.common.local_days import validate_year
from targets.models import SourceSystem, Target
from templates.models import TargetTemplate

_ORDERS: list[tuple[str, str | Promise]] = [
    ("window", _("Start of the window")),
    ("window_end", _("End of the window")),
    ("city", _("City")),
    ("customer", _("Customer")),
    ("number", _("External id")),
]


class DayForm(forms.Form):
    """The query string of a day's page. Every value is optional."""

    date = forms.DateField(
        label=_("Day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("This is not a date. Enter one such as 2026-11-27.")},
        validators=[validate_year],
    )
    source = forms.ModelChoiceField(
        SourceSystem.objects.all(), label=_("Source system"), required=False, empty_label=_("All")
    )
    template = forms.ModelChoiceField(
        TargetTemplate.objects.all(), label=_("Template"), required=False, empty_label=_("All")
    )
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("All")), *Target.Priority.choices]
    )
    city = forms.CharField(label=_("City"), required=False, max_length=255)
    order = forms.ChoiceField(label=_("Sort by"), required=False, choices=_ORDERS)

    def offer_cities(self, cities: list[str]) -> None:
        """Make the city a choice of these cities, and of the one that was sent."""
        sent = str(self.data.get("city", ""))
        names = sorted({*cities, sent} - {""})
        self.fields["city"].widget = forms.Select(choices=[("", _("All")), *((name, name) for name in names)])

    def filters(self) -> dict[str, Any]:
        """Return the valid filters as the arguments of `targets.day.targets_of_day`, without the day."""
        sent = self.cleaned_data
        return {
            "source_system": sent.get("source"),
            "template": sent.get("template"),
            "priority": sent.get("priority", ""),
            "city": sent.get("city", ""),
        }
