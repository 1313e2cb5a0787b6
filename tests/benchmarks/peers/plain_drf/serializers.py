"""Nested serializers as in the tutorial of DRF, but as strict as the contract."""

import unicodedata
from datetime import UTC
from typing import Any

import pycountry
from rest_framework import serializers

_COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)


class Text(serializers.CharField):
    def __init__(self, max_length: int = 255, **kwargs: Any) -> None:
        options: dict[str, Any] = {"required": False, "allow_null": True, "allow_blank": True}
        super().__init__(max_length=max_length, **options | kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class _JSONNumber:
    """Accept only numbers; DRF also accepts numbers in text."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool | str):
            self.fail("invalid")  # type: ignore[attr-defined]
        return super().to_internal_value(data)  # type: ignore[misc]


class Whole(_JSONNumber, serializers.IntegerField):
    pass


class Degrees(_JSONNumber, serializers.FloatField):
    pass


class Boolean(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Moment(serializers.DateTimeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or len(value.strip()) < 19:
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value.strip())


OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


def check_country(code: str) -> None:
    if code not in _COUNTRIES:
        raise serializers.ValidationError("not a country code of ISO 3166-1 alpha-2")


def check_no_control_characters(text: str) -> None:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise serializers.ValidationError("must have no control characters")


class CustomerSerializer(serializers.Serializer):
    name = Text()
    contactName = Text()
    phone = Text(trim_whitespace=False)
    email = Text(max_length=254)


class AddressSerializer(serializers.Serializer):
    street = Text()
    postalCode = Text()
    city = Text()
    country = Text(max_length=2, validators=[check_country])
    latitude = Degrees(min_value=-90, max_value=90, **OPTIONAL)
    longitude = Degrees(min_value=-180, max_value=180, **OPTIONAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("latitude") is None) != (attrs.get("longitude") is None):
            raise serializers.ValidationError("latitude and longitude go together")
        return attrs


class PlanningSerializer(serializers.Serializer):
    routeDate = serializers.DateField(**OPTIONAL)
    dueAtUtc = Moment()
    timeWindowStartUtc = Moment()
    timeWindowEndUtc = Moment()
    estimatedWorkMinutes = Whole(min_value=0, max_value=10_080, **OPTIONAL)
    priority = serializers.ChoiceField(["Low", "Medium", "High", "Urgent"], **OPTIONAL)
    fixedTime = Boolean(**OPTIONAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("timeWindowStartUtc"), attrs.get("timeWindowEndUtc")
        if start and end and start >= end:
            raise serializers.ValidationError("the time window must end after it starts")
        return attrs


class BusinessValueSerializer(serializers.Serializer):
    expectedRevenue = serializers.DecimalField(max_digits=30, decimal_places=10, min_value=0, **OPTIONAL)
    customerTier = Text(max_length=16)
    closeProbability = Whole(min_value=0, max_value=100, **OPTIONAL)


class TargetSerializer(serializers.Serializer):
    sourceSystem = Text()
    externalId = Text(
        max_length=128, required=True, allow_null=False, allow_blank=False, validators=[check_no_control_characters]
    )
    externalType = Text(max_length=64)
    operation = serializers.ChoiceField(["create", "update", "upsert"], **OPTIONAL)
    templateKey = Text(max_length=64)
    title = Text(required=True, allow_null=False, allow_blank=False)
    description = Text(max_length=10_000, trim_whitespace=False)
    customer = CustomerSerializer(**OPTIONAL)
    address = AddressSerializer(**OPTIONAL)
    planning = PlanningSerializer(**OPTIONAL)
    businessValue = BusinessValueSerializer(**OPTIONAL)
    customFields = serializers.DictField(**OPTIONAL)


class BatchSerializer(serializers.Serializer):
    sourceSystem = Text()
    batchId = Text()
    operation = serializers.ChoiceField(["upsert"], **OPTIONAL)
    templateKey = Text(max_length=64)
    targets = TargetSerializer(many=True, allow_empty=False, max_length=10_000)
