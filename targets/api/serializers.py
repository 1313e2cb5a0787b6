"""The shape of one target document: what each field accepts, and what is wrong with it, all at once."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator
from rest_framework import serializers

from ordinavo.common import scalars
from targets import paths
from targets.countries import validate_country
from targets.models import MAX_WORK_MINUTES, Target

MAX_VERSION = 10**scalars.MAX_INTEGER_DIGITS - 1
OPERATIONS = ("create", "update", "upsert", "cancel")


class Value(serializers.Field):
    """A field of a document. It may be absent and it may be null; anything else `to_internal_value` reads.

    DRF's own way from a value to its field is made for forms: it costs more than all the reading."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return value


class Text(Value):
    """A string and nothing else: a number for an id may have lost its leading zeros."""

    default_error_messages = {
        "invalid": "must be a string",
        "max_length": "must have at most {max_length} characters",
    }

    def __init__(
        self, max_length: int = 255, *, trim: bool = True, check: Callable[[str], None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_length, self.trim, self.check = max_length, trim, check

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.strip() if self.trim else data
        if len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        if text and self.check:
            try:
                self.check(text)
            except DjangoValidationError as error:
                raise serializers.ValidationError(error.messages) from error
        return text


class Scalar(Value):
    """A value that `parse` reads, or raises ValueError for."""

    def __init__(self, parse: Callable[[Any], Any], accepts: str, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"invalid": f"must be {accepts}"}
        super().__init__(**kwargs)
        self.parse = parse

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.parse(data)
        except ValueError:
            self.fail("invalid")


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(sent: Any) -> int:
        number = scalars.parse_integer(None if isinstance(sent, str) else sent)
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def _degrees(limit: int) -> Callable[[Any], float]:
    def parse(sent: Any) -> float:
        if not scalars.is_number(sent) or not -limit <= sent <= limit:
            raise ValueError
        return float(sent)

    return parse


def _money(sent: Any) -> Any:
    number = scalars.parse_decimal(sent)
    if number < 0:
        raise ValueError
    return number


def _one_of(*accepted: Any) -> Callable[[Any], Any]:
    def parse(sent: Any) -> Any:
        for value in accepted:
            if type(sent) is type(value) and sent == value:
                return value
        raise ValueError

    return parse


def _object(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise ValueError
    return sent


def _date_time() -> Scalar:
    return Scalar(scalars.parse_datetime, "a date and time by RFC 3339, such as 2026-06-25T08:00:00Z")


_check_email = EmailValidator("must be an email address")


_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc


def refuse_control_characters(text: str) -> None:
    if _CONTROL_CHARACTERS.search(text):
        raise DjangoValidationError("must have no control characters")


class Section(serializers.Serializer):
    """An object of the document whose fields are columns of the target; null empties them all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)


class CustomerSection(Section):
    name = Text()
    contactName = Text()
    phone = Text(trim=False)
    email = Text(max_length=254, check=_check_email)


class AddressSection(Section):
    street = Text()
    postalCode = Text()
    city = Text()
    country = Text(max_length=2, check=validate_country)
    latitude = Scalar(_degrees(90), "a number from -90 to 90")
    longitude = Scalar(_degrees(180), "a number from -180 to 180")


class PlanningSection(Section):
    routeDate = Scalar(scalars.parse_date, "a date as YYYY-MM-DD, such as 2026-06-25")
    dueAtUtc = _date_time()
    timeWindowStartUtc = _date_time()
    timeWindowEndUtc = _date_time()
    estimatedWorkMinutes = Scalar(
        _whole(0, MAX_WORK_MINUTES),
        f"a whole number of minutes from 0 to {MAX_WORK_MINUTES:,}",
    )
    priority = Scalar(_one_of(*Target.Priority.values), f"one of {', '.join(Target.Priority.values)}")
    fixedTime = Scalar(_one_of(True, False), "true or false")


class BusinessValueSection(Section):
    expectedRevenue = Scalar(
        _money,
        f"a number of 0 or more, at most {scalars.MAX_WHOLE_DIGITS} digits before "
        f"and {scalars.MAX_DECIMAL_PLACES} after the decimal point",
    )
    customerTier = Text(max_length=16)
    closeProbability = Scalar(_whole(0, 100), "a whole number of percent from 0 to 100")


class TargetDocumentSerializer(serializers.Serializer):
    """One document as it is posted. What is absent from it is absent from the validated data."""

    sourceSystem = Text()  # which one it is, and whether it may be, the door has settled
    externalId = Text(max_length=128, check=refuse_control_characters)
    externalType = Text(max_length=64)
    sourceVersion = Scalar(_whole(0, MAX_VERSION), "a whole number of 0 or more, at most 18 digits")
    sourceUpdatedAtUtc = _date_time()
    operation = Scalar(_one_of(*OPERATIONS), f"one of {', '.join(OPERATIONS)}")
    templateKey = Text(max_length=64)
    title = Text()
    description = Text(max_length=10_000, trim=False)
    customer = CustomerSection()
    address = AddressSection()
    planning = PlanningSection()
    businessValue = BusinessValueSection()
    customFields = Scalar(_object, "an object")


class TargetSerializer(serializers.BaseSerializer[Target]):
    """A target as it is answered: in the shape it was sent in, and what the service adds."""

    def to_representation(self, instance: Target) -> dict[str, Any]:
        own = {"id": instance.pk, "status": instance.status}
        versions = {"sourceVersion": instance.source_version, "sourceUpdatedAtUtc": instance.source_updated_at}
        sent = {name: version for name, version in versions.items() if version is not None}
        times = {"createdAt": instance.created_at, "updatedAt": instance.updated_at}
        return own | paths.to_document(instance) | sent | times
