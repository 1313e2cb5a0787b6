"""The form of a target, which keeps what others changed since its page was opened."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ordinavo.common.json_codec import dumps
from targets import paths
from targets.admin import meanwhile
from targets.admin.display import display_value
from targets.admin.form_names import WINDOW, WINDOW_COLUMNS, field_name, field_paths, with_paired_names
from targets.admin.local_times import LocalDateTimeField, Window, WindowField
from targets.labels import field_label
from targets.models import Target
from targets.results import Change


class MergingForm(forms.ModelForm):
    """A form for a target whose changes are merged with those of others.

    A field counts as changed if this user changed it, compared with what the page showed when it was opened. If others
    changed other fields, both changes are kept. If they changed the same field, the user has to choose.
    """

    opened_values = forms.CharField(widget=forms.HiddenInput, required=False)
    """All values when the page was opened, as JSON."""
    time_window = WindowField()

    class Meta:
        model = Target
        fields = ["template", *(name for name in paths.PATH_BY_COLUMN if name not in WINDOW_COLUMNS)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored values. If values were sent, compare them with those that the page was opened with."""
        super().__init__(*args, **kwargs)
        self.stored = dict(paths.all_values(self.instance))
        self.stored_window = Window(self.instance.time_window_start, self.instance.time_window_end)
        self.shown = meanwhile.initial_values(self.instance)
        self.initial.update(self.shown | {"opened_values": dumps(self.stored).decode()})
        cast("WindowField", self.fields[WINDOW]).stored = self.stored_window
        self.meanwhile: list[Change] = []
        """What others changed since the page was opened."""
        self.merged: list[Change] = []
        """Those of `meanwhile` that are kept beside the changes of this user. Known after `is_valid`."""
        self.conflicts: set[str] = set()
        """The names of the fields that others changed as well."""
        self.is_comparable = True
        if self.is_bound:
            self._compare_with_opened_values()

    def merge(self, cleaned: dict[str, Any]) -> None:
        """Keep what others changed in fields that this user left as they were. Add an error to each other field.

        A field for which the user chose the stored value counts as left as it was. Puts the values into `cleaned`.
        """
        self._keep_unchanged_times(cleaned)
        self._tell_inputs_that_are_gone()
        for name in [name for name in self.changed_data if self._is_stored_value_wanted(name)]:
            self.changed_data.remove(name)
            self._keep_stored(name, cleaned)
        touched = {other for name in self.changed_data for other in with_paired_names(name)}
        for change in self.meanwhile:
            name = field_name(change["field"])
            if name in touched:
                self._add_conflict(name, change)
            else:
                self._keep_stored(name, cleaned)
                self.merged.append(change)

    def show_what_is_stored(self) -> None:
        """Show in the form, which has errors, what others changed in the fields that this user left as they were.

        What the user entered stays. The next time the form is sent, it is compared with what is stored now.
        """
        data = cast("QueryDict", self.data).copy()
        data["opened_values"] = dumps(self.stored).decode()
        changed_by_others = {field_name(change["field"]) for change in self.meanwhile}
        for name in changed_by_others | self._taken_names():
            if name in self.fields and name not in self.changed_data:
                meanwhile.show_stored(data, name, self.fields[name], self.shown.get(name))
        self.data = data
        if self.merged:
            self.add_error(None, [meanwhile.MERGED_BEFORE_SAVING_TEXT, *meanwhile.changes_text(self.merged)])

    def merged_text(self) -> str:
        """Return what others changed beside this user, for the message after the form was saved."""
        return " ".join([str(meanwhile.MERGED_TEXT), *meanwhile.changes_text(self.merged)])

    def _compare_with_opened_values(self) -> None:
        """Find what others changed, and compare what was sent with what the page showed when it was opened."""
        try:
            self.meanwhile = meanwhile.changes_since(self.data.get("opened_values", ""), self.stored)
            if self.meanwhile:
                opened = meanwhile.as_opened(self.instance, self.meanwhile)
                self.initial.update(meanwhile.initial_values(opened))
        except meanwhile.UnreadableValues:
            self.meanwhile, self.is_comparable = [], False

    def _keep_unchanged_times(self, cleaned: dict[str, Any]) -> None:
        """Put the stored moment into the fields for times that staff did not change, in place of errors.

        The stored moment may be one that the clocks show twice, which cannot be entered.
        """
        for name, field in self.fields.items():
            if isinstance(field, LocalDateTimeField | WindowField) and name not in self.changed_data:
                self._keep_stored(name, cleaned)

    def _is_stored_value_wanted(self, name: str) -> bool:
        """Return whether the user chose what others stored in a field, or entered the same."""
        if name in self._taken_names():
            return True
        is_contested = any(field_name(change["field"]) == name for change in self.meanwhile)
        return is_contested and not self.fields[name].has_changed(self.shown.get(name), self[name].data)

    def _tell_inputs_that_are_gone(self) -> None:
        """Add an error with what was entered for custom fields that the template, changed by others, does not have."""
        if not any(change["field"] == "templateKey" for change in self.meanwhile):
            return
        expected = {name for field in self for name in meanwhile.input_names(field)}
        gone = [name for name in self.data if name.startswith(paths.CUSTOM_PREFIX) and name not in expected]
        if entered := [f"{field_label(name)}: {self.data[name]}" for name in gone if self.data[name]]:
            text = _("Somebody else changed the template. These inputs are no longer on the page:")
            self.add_error(None, [text, *entered])

    def _taken_names(self) -> set[str]:
        """Return the names of the fields for which the user chose what others stored."""
        chosen = [key for key in self.data if key.startswith(meanwhile.CHOICE_PREFIX)]
        return {field_name(key.removeprefix(meanwhile.CHOICE_PREFIX)) for key in chosen if self.data[key] == "theirs"}

    def _keep_stored(self, name: str, cleaned: dict[str, Any]) -> None:
        """Put the stored value of a field into `cleaned`, in place of the input and its errors."""
        if name in self.fields:
            self.errors.pop(name, None)
            cleaned[name] = self.instance.template if name == "template" else self.shown.get(name)

    def _add_conflict(self, name: str, change: Change) -> None:
        """Add an error to a field that others changed as well, and show both values beside it to choose from.

        For the second end of a time window nothing is added, because the field has the error already.
        """
        if name in self.conflicts:
            return
        self.conflicts.add(name)
        path = field_paths(name)[0]
        entered = self.cleaned_data.get(name, self[name].data)
        if name == "template" and entered:
            entered = entered.key
        stored = str(self.stored_window) if name == WINDOW else display_value(path, change["to"])
        mine = str(entered) if isinstance(entered, Window) else display_value(path, entered)
        self[name].help_text = meanwhile.choice_between(self.instance, path, mine, stored)
        self.add_error(name, _("Somebody else changed this field as well. Choose a value, then save again."))
