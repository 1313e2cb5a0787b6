"""The forms with which staff edit and pause source systems."""

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from ordinavo.common.limits import MAX_PAUSE_REASON_LENGTH
from targets.models import SourceSystem
from targets.pauses import validate_reason
from targets.time_zones import time_zone_names


def _time_zone_choices() -> list[tuple[str, object]]:
    """Return the choices of time zones as value and label. The first, empty one means that of the installation."""
    own = format_lazy("{} ({})", _("As this installation"), settings.TIME_ZONE)
    return [("", own), *((name, name) for name in time_zone_names())]


class SourceSystemForm(forms.ModelForm):
    """The form of a source system. Staff find its time zone by typing a part of the name."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_time_zone_choices,
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text=_(
            "Route dates are days in this time zone. A target whose time window is on another day gets a warning."
        ),
    )

    class Meta:
        model = SourceSystem
        fields = ["key", "name", "active", "default_template", "time_zone", "expected_hours"]


class PauseForm(forms.Form):
    """The form that asks staff why they pause a source system."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_PAUSE_REASON_LENGTH,
        validators=[validate_reason],
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=_("The source system gets this reason as the answer to its imports."),
    )
