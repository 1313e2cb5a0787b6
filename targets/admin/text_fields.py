"""Text inputs for the fields of a target."""

from typing import Any

from django import forms

from ordinavo.common import identifiers


class ExactTextField(forms.CharField):
    """A text field that reports a change only if staff edited the text.

    A browser sends line breaks as CR LF, and an input of one line drops them. Neither is a change. Spaces at the ends
    stay.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Do not strip the text unless `strip` is given."""
        super().__init__(**{"strip": False} | kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text with LF as line breaks; empty if nothing was sent."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether staff edited the text. Line breaks that the browser changed do not count as an edit."""
        stored, sent = self.to_python(initial), self.to_python(data)
        if not isinstance(self.widget, forms.Textarea):
            stored = stored.replace("\n", "").replace("\r", "")
        return stored != sent


class IdentifierField(forms.CharField):
    """A text field for an id, which is normalised as in an import. An invisible character is refused later."""

    def to_python(self, value: Any) -> str:
        """Return the id in the form NFC without white space around it; empty if nothing was sent."""
        return identifiers.normalise(super().to_python(value) or "")
