"""The forms with which staff issue, change and rotate API tokens."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
)

from inbound import networks
from inbound.models import ApiToken
from ordinavo.common.limits import DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem

VALIDITY_CHOICES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
    ("730", gettext_lazy("2 years")),
    ("", gettext_lazy("Until the date below")),
]
"""Days that a new token is valid; empty if the form's date counts."""


class NetworksField(forms.Field):
    """Networks as a text, one in each line or separated by commas. Its value is the list that a token stores."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Return the text that the form shows: one network in each line, or the text that the user has sent."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Return the networks of a text as they are stored. Raises ValidationError if one of them is no network."""
        return networks.normalise(value or "")


class ApiTokenForm(forms.ModelForm):
    """The name and the rights of a token, which staff may change while it is valid."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope.value, format_lazy("{} ({})", scope.label, scope.value)) for scope in Scope],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    source_systems = forms.ModelMultipleChoiceField(
        SourceSystem.objects.all(),
        label=gettext_lazy("Source systems"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    allowed_networks = NetworksField(
        label=gettext_lazy("Allowed networks"),
        required=False,
        help_text=gettext_lazy(
            "One in each line, such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7. "
            "If empty, the token may be used from everywhere."
        ),
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scopes", "source_systems", "rate_limit", "allowed_networks"]
        widgets = {"rate_limit": UnfoldAdminIntegerFieldWidget}

    def clean_name(self) -> str:
        """Return the name. Raises ValidationError if another token that is not revoked has it, even an expired one.

        Django does not check the model's constraint, because its condition needs `revoked_at`, which the form lacks.
        """
        name: str = self.cleaned_data["name"]
        same_name = ApiToken.objects.filter(name=name, revoked_at=None).exclude(pk=self.instance.pk)
        if same_name.exists():
            raise forms.ValidationError(_("A token with this name exists. Revoke it or choose another name."))
        return name


class IssueForm(ApiTokenForm):
    """A new token: its name, its rights, and either a number of days or a date until which it is valid."""

    valid_for = forms.ChoiceField(
        label=gettext_lazy("Valid for"),
        choices=VALIDITY_CHOICES,
        initial=str(DEFAULT_TOKEN_DAYS),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    expires_at = forms.SplitDateTimeField(
        label=gettext_lazy("Expires at"), required=False, widget=UnfoldAdminSplitDateTimeWidget
    )

    class Meta(ApiTokenForm.Meta):
        fields = [*ApiTokenForm.Meta.fields, "expires_at"]

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, with `expires_at` computed from the number of days if one was chosen.

        If none was chosen, add an error to `expires_at` unless it is in the future and at most MAX_TOKEN_DAYS days
        ahead. A date that cannot be read has an error already.
        """
        cleaned = super().clean() or self.cleaned_data
        if days := cleaned.get("valid_for"):
            cleaned["expires_at"] = timezone.now() + timedelta(days=int(days))
        elif "expires_at" in cleaned:
            self._check_date(cleaned["expires_at"])
        return cleaned

    def _check_date(self, expires_at: datetime | None) -> None:
        """Add an error to `expires_at` if it is None, not in the future, or more than MAX_TOKEN_DAYS days from now."""
        latest = timezone.now() + timedelta(days=MAX_TOKEN_DAYS)
        if expires_at is None or not timezone.now() < expires_at <= latest:
            text = _("Choose a time in the future, at most %(days)d days from now.") % {"days": MAX_TOKEN_DAYS}
            self.add_error("expires_at", text)


class RotateForm(forms.Form):
    """How long the old token stays valid beside the new one."""

    days = forms.IntegerField(
        label=gettext_lazy("Days that the old token stays valid"),
        min_value=0,
        max_value=90,
        initial=7,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("With 0, the old token ends at once. Rotation never extends it."),
    )
