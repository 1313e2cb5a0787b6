"""The forms of the pages on which staff change many targets at once: a reason, and what the action needs."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from ordinavo.common.limits import EARLIEST_YEAR, LATEST_YEAR, MAX_CANCELLATION_NOTE_LENGTH
from targets import bulk_changes, paths
from targets.labels import field_label
from targets.models import BulkChange, Target


class BulkForm(forms.Form):
    """The reason of a bulk change. It is needed to apply the change, but not to see its preview."""

    use_required_attribute = False  # a browser would ask for the reason before it shows the preview
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_CANCELLATION_NOTE_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Shown in the history of each target."),
    )

    def __init__(self, data: Any = None, *, change: BulkChange) -> None:
        """Show the stored reason and parameters."""
        super().__init__(data, initial={"reason": change.reason} | self.initial_of(change))
        self.fields["reason"].required = data is None or "_preview" not in data

    def initial_of(self, change: BulkChange) -> dict[str, Any]:
        """Return the initial values of the inputs for the parameters. This form has none."""
        return {}

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as a bulk change stores them. Call it only after `is_valid` returned True."""
        return {}

    def has_other_parameters(self) -> bool:
        """Return whether staff can choose parameters with which more targets may change."""
        return False


class MoveForm(BulkForm):
    """The day to which targets are moved, and whether their time windows move too."""

    day = forms.DateField(
        label=_("New route date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}),
        validators=[MinValueValidator(date(EARLIEST_YEAR, 1, 1)), MaxValueValidator(date(LATEST_YEAR, 12, 31))],
    )
    move_window = forms.BooleanField(
        label=_("Move the time windows too"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "By as many days as the route date, at the same local times. Due dates and due times stay as they are."
        ),
    )
    field_order = ["day", "move_window", "reason"]

    def initial_of(self, change: BulkChange) -> dict[str, Any]:
        """Return the stored day and whether time windows move. Before the first preview, they do."""
        stored = change.parameters
        return {"day": date.fromisoformat(stored["day"]), "move_window": stored["moveWindow"]} if stored else {}

    def has_other_parameters(self) -> bool:
        """Return True: another day can be chosen."""
        return True

    def parameters(self) -> dict[str, Any]:
        """Return the day in ISO 8601, and whether time windows move."""
        return {"day": self.cleaned_data["day"].isoformat(), "moveWindow": self.cleaned_data["move_window"]}


class PriorityForm(BulkForm):
    """The priority that targets get."""

    priority = forms.ChoiceField(
        label=_("New priority"), choices=[("", "–"), *Target.Priority.choices], widget=UnfoldAdminSelectWidget
    )
    field_order = ["priority", "reason"]

    def initial_of(self, change: BulkChange) -> dict[str, Any]:
        """Return a dict of the stored "priority", which is an empty text before one was chosen."""
        return {"priority": change.parameters.get("priority", "")}

    def has_other_parameters(self) -> bool:
        """Return True: another priority can be chosen."""
        return True

    def parameters(self) -> dict[str, Any]:
        """Return the priority as it is stored."""
        return {"priority": self.cleaned_data["priority"]}


class FollowForm(BulkForm):
    """The corrected fields in which targets follow their source system again."""

    fields_to_follow = forms.MultipleChoiceField(
        label=_("Corrected fields"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Fields that are not ticked keep their corrections."),
    )
    field_order = ["fields_to_follow", "reason"]

    def __init__(self, data: Any = None, *, change: BulkChange) -> None:
        """Offer the fields that are corrected in any of the chosen targets, with the numbers of these targets."""
        super().__init__(data, change=change)
        corrected = bulk_changes.corrected_fields(change.target_ids)
        names = {first: f"{field_label(first)}, {field_label(second)}" for first, second in paths.PAIRS}
        self.fields["fields_to_follow"].choices = [  # type: ignore[attr-defined]
            (path, f"{names.get(path) or field_label(path)} ({count})") for path, count in corrected.most_common()
        ]

    def initial_of(self, change: BulkChange) -> dict[str, Any]:
        """Return the stored fields."""
        return {"fields_to_follow": change.parameters.get("fields", [])}

    def has_other_parameters(self) -> bool:
        """Return whether there are corrected fields to choose."""
        return bool(self.fields["fields_to_follow"].choices)  # type: ignore[attr-defined]

    def parameters(self) -> dict[str, Any]:
        """Return the paths of the chosen fields, sorted."""
        return {"fields": sorted(self.cleaned_data["fields_to_follow"])}


FORMS: dict[str, type[BulkForm]] = {
    BulkChange.Action.MOVE: MoveForm,
    BulkChange.Action.PRIORITY: PriorityForm,
    BulkChange.Action.FOLLOW: FollowForm,
}
"""The form of each action that has parameters. The others have BulkForm."""
