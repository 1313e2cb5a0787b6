"""Model and form fields for JSON that keep every digit of a number."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from psycopg.types.json import Json

from ordinavo.common import json_codec


class ExactEncoder(json.JSONEncoder):
    """Writes JSON by `json_codec.dumps`, in the shape that Django's JSON fields call."""

    def encode(self, o: Any) -> str:
        """Return the value as compact JSON text. Raises TypeError for a value that JSON cannot express."""
        return json_codec.dumps(o).decode()


class _ExactDecoder:
    """Reads JSON by `json_codec.loads`, in the shape that `json.loads(cls=...)` calls."""

    def __init__(self, **options: Any) -> None:
        pass

    def decode(self, text: str) -> Any:
        """Return the value of stored JSON text. Raises ValueError if the text is not JSON."""
        return json_codec.loads(text)


class StrictJSONFormField(forms.JSONField):
    """A form field that reads JSON as strictly as the API does, and shows it back as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"encoder": ExactEncoder} | kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the value of JSON text, or None for an empty one. The value of a disabled input is returned unchanged.

        Raises ValidationError with the message that the API has for malformed JSON, or with Django's own for a text of
        spaces only.
        """
        if isinstance(value, str) and value.strip() and not self.disabled:
            try:
                return json_codec.parse(value)
            except json_codec.MalformedJSON as error:
                raise ValidationError(str(error)) from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the text as it was typed, or the initial value if the input is disabled.

        Django would parse the text and write it again, with floats.
        """
        return initial if self.disabled else forms.fields.InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> str:
        """Return the text that the input shows: a value as indented JSON, but text as it is, typed or stored."""
        if isinstance(value, forms.fields.InvalidJSONInput | str):
            return value
        return json_codec.dumps(value, indent=True).decode()


class ExactJSONField(models.JSONField):
    """A jsonb column whose numbers are int or Decimal in Python. PostgreSQL stores them as numeric, without loss."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"encoder": ExactEncoder, "decoder": _ExactDecoder}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration writes down, without the encoder and decoder, which are always the same."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["encoder"], kwargs["decoder"]
        return name, path, args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        """Return a StrictJSONFormField unless another form field is asked for."""
        return super().formfield(**{"form_class": StrictJSONFormField} | kwargs)


class OrderedJSONField(ExactJSONField):
    """A json column: PostgreSQL keeps the text as it was written, with the keys of objects in their order.

    A jsonb column sorts the keys. In return, this one can be filtered by `isnull` only, and not sorted or grouped by.
    """

    def db_type(self, connection: Any) -> str:
        """Return the column's type in PostgreSQL: json."""
        return "json"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """Return SQL that selects the column as text, because psycopg would read the fractions of json as floats."""
        return f"{sql}::text", params

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the value as a json parameter. Django would send jsonb, which sorts the keys.

        None and SQL expressions are passed on as Django does it. A value that JSON cannot express raises TypeError when
        the statement runs.
        """
        if value is None or hasattr(value, "as_sql"):
            return super().get_db_prep_value(value, connection, prepared)
        return Json(value, dumps=json_codec.dumps)

    def get_lookup(self, lookup_name: str) -> Any:
        """Return the lookup `isnull`, and None for all others, so that Django refuses them.

        Type json has no other operators.
        """
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> Any:
        """Return None: no key of the JSON can be looked up."""
        return None
