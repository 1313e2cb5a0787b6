"""JSON whose numbers stay exact: a decimal never passes through a float (RFC 8259, section 6)."""

import json
from decimal import Decimal
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from . import strictjson


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """UTF-8; date-times in UTC end in Z. Raises TypeError for what JSON cannot say."""
    options = orjson.OPT_UTC_Z | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(value, default=_number, option=options)


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def loads(text: str | bytes) -> Any:
    return _DECODER.decode(text if isinstance(text, str) else text.decode())


class ExactEncoder(json.JSONEncoder):
    def encode(self, o: Any) -> str:
        return dumps(o).decode()


def _integer(digits: str) -> int | Decimal:
    """orjson writes integers of 64 bits; PostgreSQL reads 1e300 back as one of 301 digits."""
    return int(digits) if len(digits) <= 18 else Decimal(digits)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=_integer)


def _decoder() -> json.JSONDecoder:
    """Always the same, as in the standard library: to make one takes as long as to read a small value."""
    return _DECODER


class StrictJSONFormField(forms.JSONField):
    """What staff type is read as strictly as what a system sends."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"encoder": ExactEncoder} | kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip() and not self.disabled:
            try:
                return strictjson.loads(value)
            except strictjson.MalformedJSON as error:
                raise ValidationError(str(error)) from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """As it was typed: Django would read and write it again, with floats."""
        return initial if self.disabled else forms.fields.InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, forms.fields.InvalidJSONInput | str):
            return value
        return dumps(value, indent=True).decode()


class ExactJSONField(models.JSONField):
    """A jsonb column: PostgreSQL keeps its numbers as numeric, this keeps them so in Python."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"encoder": ExactEncoder, "decoder": _decoder}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["encoder"], kwargs["decoder"]
        return name, path, args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": StrictJSONFormField} | kwargs)
