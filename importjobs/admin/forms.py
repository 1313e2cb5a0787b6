"""The forms with which staff dismiss rejected items, and replay many of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from importjobs.replay_attempts import Changes
from ordinavo.common.json_codec import dumps
from ordinavo.common.json_fields import StrictJSONFormField


class DismissForm(forms.Form):
    """The reason why a rejected item needs no replay."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=gettext_lazy("Why this import is not needed."),
    )

    def __init__(self, *args: Any, has_focus: bool = True, **kwargs: Any) -> None:
        """Make the form. With `has_focus` its input has the focus when the page opens."""
        super().__init__(*args, **kwargs)
        if not has_focus:
            del self.fields["note"].widget.attrs["autofocus"]


_NEVER_CHANGED = frozenset({"externalId", "sourceSystem", "sourceVersion", "sourceUpdatedAtUtc"})


class ReplayAllForm(forms.Form):
    """The items that staff have checked and now want to replay."""

    items = forms.CharField(widget=forms.HiddenInput)
    changes = StrictJSONFormField(required=False, widget=forms.HiddenInput)
    """Values by path that replace those of every payload."""
    changes_of_items = StrictJSONFormField(required=False, widget=forms.HiddenInput)
    """Further values for some items: a list of objects with their ids, `items`, and the values by path, `changes`."""
    back = forms.CharField(required=False, widget=forms.HiddenInput)
    """The address to which the replay leads back."""
    over_newer = forms.BooleanField(
        label=gettext_lazy("Replay these too and overwrite the newer imports"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    @classmethod
    def with_changes(cls, changes: Changes, initial: Mapping[str, Any]) -> "ReplayAllForm":
        """Return the form with these changes and initial values. Items with the same changes are one group."""
        groups: dict[str, dict[str, Any]] = {}
        for item, values in changes.of_items.items():
            group = groups.setdefault(dumps(values).decode(), {"items": [], "changes": values})
            group["items"].append(item)
        return cls(initial={**initial, "changes": changes.of_all, "changes_of_items": list(groups.values())})

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
        return _checked_changes(self.cleaned_data["changes"] or {})

    def clean_changes_of_items(self) -> dict[int, dict[str, Any]]:
        """Return the changes of some items by the id of the item. Raises ValidationError as `clean_changes` does."""
        found: dict[int, dict[str, Any]] = {}
        try:
            for group in self.cleaned_data["changes_of_items"] or []:
                found |= dict.fromkeys(map(int, group["items"]), _checked_changes(group["changes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(_("Choose the items again.")) from error
        return found

    def all_changes(self) -> Changes:
        """Return all changes. Call it only after `is_valid` returned True."""
        return Changes(self.cleaned_data["changes"], self.cleaned_data["changes_of_items"])

    def clean_back(self) -> str:
        """Return the address, or an empty text if it is not one of this site."""
        back: str = self.cleaned_data["back"]
        return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def _checked_changes(changes: Any) -> dict[str, Any]:
    """Return the changes. Raises ValidationError if they are not an object, or would make other targets."""
    if not isinstance(changes, dict) or not _NEVER_CHANGED.isdisjoint(changes) or changes.get("operation") == "cancel":
        raise ValidationError(_("Choose the items again."))
    return changes
