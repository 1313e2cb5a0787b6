"""The form above a day: its date, its filters, and the order of its stops."""

import unicodedata
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

    def offer_cities(self, numbers: dict[str, int]) -> None:
        """Make the city a choice of these cities, each with its number of stops, and of the one that was sent."""
        sent = str(self.data.get("city", ""))
        numbers = numbers | ({sent: numbers.get(sent, 0)} if sent else {})
        choices = [(city, f"{city} ({numbers[city]})") for city in sorted(numbers, key=_alphabetical)]
        self.fields["city"].widget = forms.Select(choices=[("", _("All")), *choices])

    def chosen(self) -> list[tuple[str, str]]:
        """Return the label and the value, as staff read it, of each filter that is set. The form must be valid."""
        sent = self.cleaned_data
        priorities = dict(Target.Priority.choices)
        values = {
            "source": sent["source"],
            "template": sent["template"],
            "priority": priorities.get(sent["priority"]),
            "city": sent["city"],
        }
        return [(str(self.fields[name].label), str(value)) for name, value in values.items() if value]

    def filters(self) -> dict[str, Any]:
        """Return the valid filters as the arguments of `targets.day.targets_of_day`, without the day."""
        sent = self.cleaned_data
        return {
            "source_system": sent.get("source"),
            "template": sent.get("template"),
            "priority": sent.get("priority", ""),
            "city": sent.get("city", ""),
        }


def _alphabetical(name: str) -> tuple[str, str]:
    """Return the key that sorts names as a dictionary does: the case and the accents of letters do not count."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold(), name
