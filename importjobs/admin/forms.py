from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from importjobs.models import ImportItem
from ordinavo.common.json_fields import StrictJSONFormField


class DismissForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=gettext_lazy("Why nothing is to be done about it."),
    )


class ReplayForm(forms.Form):
    """The payload of a rejected item, as staff want it to have been sent."""

    payload = StrictJSONFormField(
        label=gettext_lazy("Payload"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false", "class": "payload"}),
    )
    over_newer = forms.BooleanField(
        label=gettext_lazy("Replay it over the newer import"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, item: ImportItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"initial": {"payload": item.payload}})
        self.item = item

    def clean_payload(self) -> dict[str, Any]:
        payload = self.cleaned_data["payload"]
        if not isinstance(payload, dict):
            raise ValidationError(_("The payload must be one JSON object."))
        key = self.item.job.source_system.key
        if payload.get("sourceSystem", key) != key:
            raise ValidationError(_("The source system of the item is %(key)s; it cannot be changed.") % {"key": key})
        return payload


class ReplayAllForm(forms.Form):
    items = forms.CharField(widget=forms.HiddenInput)
    over_newer = forms.BooleanField(
        label=gettext_lazy("Also those whose target has been imported since"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def clean_items(self) -> list[int]:
        try:
            return [int(number) for number in self.cleaned_data["items"].split(",")]
        except ValueError as error:
            raise ValidationError(_("Choose the items again.")) from error
