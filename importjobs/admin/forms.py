"""The forms with which staff dismiss and replay rejected items."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from importjobs.models import ImportItem
from ordinavo.common import identifiers
from ordinavo.common.json_fields import StrictJSONFormField


class DismissForm(forms.Form):
    """The reason why a rejected item needs no replay."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=gettext_lazy("Why this import is not needed."),
    )


class ReplayForm(forms.Form):
    """The payload of a rejected item, which staff correct before the replay."""

    payload = StrictJSONFormField(
        label=gettext_lazy("Payload"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false", "class": "payload"}),
    )
    over_newer = forms.BooleanField(
        label=gettext_lazy("Overwrite the newer import"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, item: ImportItem, **kwargs: Any) -> None:
        """Make a form that shows the payload of an item until other data is posted."""
        super().__init__(*args, **kwargs | {"initial": {"payload": item.payload}})
        self.item = item

    def clean_payload(self) -> dict[str, Any]:
        """Return the payload as a dict.

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
        """Return the changes. Raises ValidationError if they are not an object."""
        changes = self.cleaned_data["changes"] or {}
        if not isinstance(changes, dict):
            raise ValidationError(_("Choose the items again."))
        return changes

    def clean_back(self) -> str:
        """Return the address, or an empty text if it is not one of this site."""
        back: str = self.cleaned_data["back"]
        return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""
