"""Model and form fields for JSON that keep every digit of a number."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from ordinavo.common import json_codec


class ExactEncoder(json.JSONEncoder):
    """Writes JSON by `json_codec.dumps`, in the shape that Django's JSON fields call."""

    def encode(self, o: Any) -> str:
        """Return the value as JSON text. Raises TypeError for a value that JSON cannot express."""
        return json_codec.dumps(o).decode()


class _ExactDecoder:
    """Reads JSON by `json_codec.loads`, in the shape that `json.loads(cls=...)` calls."""

    def __init__(self, **options: Any) -> None:
        pass

    def decode(self, text: str) -> Any:
        return json_codec.loads(text)


class StrictJSONFormField(forms.JSONField):
    """A form field that reads JSON as strictly as the API does, and shows it back as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"encoder": ExactEncoder} | kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the parsed JSON, or None for blank text.

        Raises ValidationError with the message that the API has for malformed JSON.
        """
        if isinstance(value, str) and value.strip() and not self.disabled:
            try:
                return json_codec.parse(value)
            except json_codec.MalformedJSON as error:
                raise ValidationError(str(error)) from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the text as it was typed. Django would parse it and write it again, with floats."""
        return initial if self.disabled else forms.fields.InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> str:
        """Return the text that the input shows: typed text unchanged, a stored value indented."""
        if isinstance(value, forms.fields.InvalidJSONInput | str):
            return value
        return json_codec.dumps(value, indent=True).decode()


class ExactJSONField(models.JSONField):
    """A jsonb column whose numbers are int or Decimal in Python. PostgreSQL stores them as numeric, without loss."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"encoder": ExactEncoder, "decoder": _ExactDecoder}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave the encoder and decoder out of migrations: they are always the same."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["encoder"], kwargs["decoder"]
        return name, path, args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        """Return a StrictJSONFormField unless another form field is asked for."""
        return super().formfield(**{"form_class": StrictJSONFormField} | kwargs)
