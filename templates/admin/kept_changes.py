"""A form that does not undo what a colleague stored while it was open."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _


class KeptChangesForm(forms.ModelForm):
    """A form that stores only the fields that were changed in it. It sends the values with which it was opened, too.

    If a colleague stored another value for a field that was changed here, that field gets an error.
    """

    last_one_counts: frozenset[str] = frozenset({"position"})
    """Fields that get no such error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let each field send the value with which the form was opened. One that came without it counts as usual."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data
        self._own_fields = [name for name, field in self.fields.items() if field.show_hidden_initial]

    def clean(self) -> dict[str, Any]:
        """Return the values to store: those that were changed here, and of all other fields those that are stored."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk:
            return cleaned
        for name in self._own_fields:
            if name not in self.changed_data:
                cleaned[name] = self.initial.get(name, cleaned.get(name))
            elif name not in self.last_one_counts and self._is_changed_meanwhile(name):
                text = _("A colleague has changed this field meanwhile. Open the page again to see its value.")
                self.add_error(name, text)
        return cleaned

    def _is_changed_meanwhile(self, name: str) -> bool:
        """Return whether another value is stored than the form was opened with."""
        field = self.fields[name]
        sent = self.add_initial_prefix(name)
        opened_with = field.hidden_widget().value_from_datadict(self.data, self.files, sent)
        return field.has_changed(self.initial.get(name), opened_with)
