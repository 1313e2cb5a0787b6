"""Validate the documents of the fast peer with pydantic, and its custom fields by their template."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

import orjson
import pycountry
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic import BeforeValidator as Before

_COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_INTEGER, _DECIMAL = re.compile(r"[+-]?[0-9]{1,18}"), re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,10})?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "ja": True, "false": False, "0": False, "no": False, "nein": False}


class InvalidCustomField(ValueError):
    """A custom field is missing or has a wrong value. The message names the field."""


def _country(code: str) -> str:
    if code and code not in _COUNTRIES:
        raise ValueError("not a country code of ISO 3166-1 alpha-2")
    return code


def _moment(sent: Any) -> datetime | None:
    if sent is None:
        return None
    if not isinstance(sent, str) or not _DATE_TIME.fullmatch(sent.strip()):
        raise ValueError("not a date and time by RFC 3339")
    moment = datetime.fromisoformat(sent.strip().upper())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(max_length: int = 255, pattern: str | None = None) -> Any:
    return Annotated[str, StringConstraints(max_length=max_length, pattern=pattern)]


Text = _text()
Country = Annotated[_text(2), AfterValidator(_country)]
Moment = Annotated[AwareDatetime, Before(_moment)]


class Section(BaseModel):
    """An object of the document. Types are not converted, and unknown fields are ignored."""

    model_config = ConfigDict(strict=True, str_strip_whitespace=True, extra="ignore")


class Customer(Section):
    """The customer."""

    name: Text | None = None
    contactName: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class Address(Section):
    """The address, with both coordinates or none."""

    street: Text | None = None
    postalCode: Text | None = None
    city: Text | None = None
    country: Country | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def has_both_coordinates_or_none(self) -> Self:
        """Refuse one coordinate without the other."""
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        return self


class Planning(Section):
    """Dates, times and priority."""

    routeDate: date | None = None
    dueAtUtc: Moment | None = None
    timeWindowStartUtc: Moment | None = None
    timeWindowEndUtc: Moment | None = None
    estimatedWorkMinutes: Annotated[int, Field(ge=0, le=10_080)] | None = None
    priority: Literal["Low", "Medium", "High", "Urgent"] | None = None
    fixedTime: bool | None = None

    @model_validator(mode="after")
    def time_window_ends_after_its_start(self) -> Self:
        """Refuse a time window that ends before it starts."""
        start, end = self.timeWindowStartUtc, self.timeWindowEndUtc
        if start and end and start >= end:
            raise ValueError("the time window must end after it starts")
        return self


class BusinessValue(Section):
    """Figures for the priority of a customer."""

    expectedRevenue: Annotated[Decimal, Field(ge=0, max_digits=30, decimal_places=10)] | None = None
    customerTier: _text(16) | None = None
    closeProbability: Annotated[int, Field(ge=0, le=100)] | None = None


class Document(Section):
    """The body of a single import, or an item of a batch."""

    sourceSystem: Text | None = None
    externalId: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
    externalType: _text(64) | None = None
    operation: Literal["create", "update", "upsert"] | None = None
    templateKey: _text(64) | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    description: _text(10_000) | None = None
    customer: Customer | None = None
    address: Address | None = None
    planning: Planning | None = None
    businessValue: BusinessValue | None = None
    customFields: dict[str, Any] | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values by column of the table of targets."""
        customer, address = self.customer or Customer(), self.address or Address()
        planning, value = self.planning or Planning(), self.businessValue or BusinessValue()
        return {
            "external_id": self.externalId,
            "external_type": self.externalType or "",
            "status": "Active",
            "cancellation_note": "",
            "title": self.title,
            "description": self.description or "",
            "customer_name": customer.name or "",
            "customer_contact_name": customer.contactName or "",
            "customer_phone": customer.phone or "",
            "customer_email": customer.email or "",
            "street": address.street or "",
            "postal_code": address.postalCode or "",
            "city": address.city or "",
            "country": address.country or "",
            "latitude": address.latitude,
            "longitude": address.longitude,
            "route_date": planning.routeDate,
            "due_at": planning.dueAtUtc,
            "time_window_start": planning.timeWindowStartUtc,
            "time_window_end": planning.timeWindowEndUtc,
            "estimated_work_minutes": planning.estimatedWorkMinutes,
            "priority": planning.priority or "",
            "fixed_time": planning.fixedTime,
            "expected_revenue": value.expectedRevenue,
            "customer_tier": value.customerTier or "",
            "close_probability": value.closeProbability,
        }


class Batch(Section):
    """The body of a batch."""

    sourceSystem: Text | None = None
    batchId: Text | None = None
    operation: Literal["upsert"] | None = None
    templateKey: _text(64) | None = None
    targets: Annotated[list[Document], Field(min_length=1, max_length=10_000)]


def type_custom_fields(fields: list[dict[str, Any]], sent: dict[str, Any]) -> dict[str, Any]:
    """Return the typed values. Fields that the template does not have are returned as they were sent.

    Raises InvalidCustomField if a value is missing or cannot be converted.
    """
    typed = dict(sent)
    for field in fields:
        key = field["key"]
        value = sent.get(key)
        if value is None or value == "":
            if field["required"]:
                raise InvalidCustomField(f"customFields.{key} is required")
            if value is None:
                continue
        try:
            typed[key] = _PARSERS[field["type"]](value, field)
        except (ValueError, InvalidOperation) as error:
            raise InvalidCustomField(f"customFields.{key} cannot be read") from error
    return {key: value for key, value in typed.items() if value is not None}


def _typed_text(value: Any, field: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError
    return str(value)


def _typed_integer(value: Any, field: Any) -> int:
    if isinstance(value, bool) or not _INTEGER.fullmatch(str(value).strip()):
        raise ValueError
    return int(value)


def _typed_decimal(value: Any, field: Any) -> Decimal:
    if isinstance(value, bool) or not _DECIMAL.fullmatch(str(value).strip()):
        raise ValueError
    return Decimal(str(value).strip())


def _typed_boolean(value: Any, field: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[word]


def _typed_date(value: Any, field: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return date.fromisoformat(value.strip()).isoformat()


def _typed_moment(value: Any, field: Any) -> str:
    moment = _moment(value)
    return moment.isoformat().replace("+00:00", "Z") if moment else ""


def _typed_choice(value: Any, field: Any) -> str:
    if value not in field["choices"]:
        raise ValueError
    return str(value)


_PARSERS = {
    "text": _typed_text,
    "integer": _typed_integer,
    "decimal": _typed_decimal,
    "boolean": _typed_boolean,
    "date": _typed_date,
    "datetime": _typed_moment,
    "choice": _typed_choice,
}


def dumps(value: Any) -> str:
    """Return JSON, with decimals as exact numbers."""
    return orjson.dumps(value, default=_number).decode()


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value).encode())
    raise TypeError
