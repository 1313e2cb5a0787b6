"""The forms with which staff dismiss rejected items, and replay many of them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from ordinavo.common.json_fields import StrictJSONFormField


class DismissForm(forms.Form):
    """The reason why a rejected item needs no replay."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=gettext_lazy("Why this import is not needed."),
    )


_NEVER_CHANGED = frozenset({"externalId", "sourceSystem", "sourceVersion", "sourceUpdatedAtUtc"})


class ReplayAllForm(forms.Form):
    """The items that staff have checked and now want to replay."""

    items = forms.CharField(widget=forms.HiddenInput)
    changes = StrictJSONFormField(required=False, widget=forms.HiddenInput)
    """Values by path that replace those of every payload."""
    back = forms.CharField(required=False, widget=forms.HiddenInput)
    """The address to which the replay leads back."""
    over_newer = forms.BooleanField(
        label=gettext_lazy("Replay these too and overwrite the newer imports"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def clean_items(self) -> list[int]:
        """Return the item ids, sent as text with commas between them.

        Spaces around an id are accepted. Raises ValidationError if one is not a whole number.
        """
        try:
            return [int(number) for number in self.cleaned_data["items"].split(",")]
        except ValueError as error:
            raise ValidationError(_("Choose the items again.")) from error

    def clean_changes(self) -> dict[str, Any]:
        """Return the changes. Raises ValidationError if they are not an object, or would make other targets of them.

        Neither the ids of a target may be changed for many items at once, nor may they become cancels.
        """
        changes = self.cleaned_data["changes"] or {}
        if (
            not isinstance(changes, dict)
            or not _NEVER_CHANGED.isdisjoint(changes)
            or changes.get("operation") == "cancel"
        ):
            raise ValidationError(_("Choose the items again."))
        return changes

    def clean_back(self) -> str:
        """Return the address, or an empty text if it is not one of this site."""
        back: str = self.cleaned_data["back"]
        return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""
