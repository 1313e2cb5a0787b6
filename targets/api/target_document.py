"""The declaration of a target document: every field that a source system can send is declared here, once.

Derived from it are the reading of documents, the columns by path (`targets.paths`), the JSON Schema of a template, the
OpenAPI schemas, the admin form, the example payloads and the table of fields in the guide. A new field needs its
column in the model, a migration, and a line here.
"""

from functools import cache
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from ordinavo.common.codes import Code
from ordinavo.common.limits import MAX_CUSTOM_FIELDS, MAX_KEY_LENGTH, MAX_SOURCE_VERSION
from targets.api.alias_fields import Alias, NewTargetDefault
from targets.api.choice_fields import Boolean, Choice, Object, Operation
from targets.api.document_field import Answered, Schema
from targets.api.document_part import DocumentPart
from targets.api.document_reader import DocumentReader
from targets.api.field_descriptions import FieldDescription, describe
from targets.api.scalar_fields import Date, DateTime, Degrees, Money, WholeNumber
from targets.api.text_fields import Country, ExternalId, Identifier, Text, Title
from targets.documents import OPERATIONS, Document

_VERSIONS = "see [Versions](#7-send-versions)"
_OFFSET = "RFC 3339: `2026-06-25T08:00:00Z` or `…T10:00:00+02:00`; without an offset it is read as UTC, with a warning"
_EMAIL = "stored exactly as sent; one that is not an address is a warning"


class CustomerSection(DocumentPart):
    """Whom the target is for."""

    heading = _("Customer")

    externalId = Identifier("customer_external_id", example="C-7001", below="email", guide="your id of the customer")
    customerNumber = Identifier("customer_number", example="10077001", beside="externalId")
    name = Text("customer_name", example="Rhein-Ruhr Medical Supply")
    type = Text("customer_type", example="Business", below="externalId", guide="your word for it: `Business`")
    industry = Text("customer_industry", example="Healthcare", beside="type")
    contactName = Text("customer_contact_name", example="Anna Becker", beside="name")
    phone = Text("customer_phone", example="+49 201 555010", strip=False, guide="stored exactly as sent")
    email = Text("customer_email", example="anna.becker@example.com", beside="phone", strip=False, guide=_EMAIL)


class ContactSection(DocumentPart):
    """Who is met there. The name, the phone and the email are those of the customer section."""

    heading = _("Contact")

    externalId = Identifier("contact_external_id", example="P-12", guide="your id of the contact")
    role = Text("contact_role", example="Facility manager", beside="externalId")
    displayName = Alias("customer.contactName")
    phone = Alias("customer.phone")
    email = Alias("customer.email", preferred=True, guide="another name of `customer.email`, and stored if both differ")


class LocationSection(DocumentPart):
    """The sender's record of the place. Its address is that of the address section."""

    heading = _("Location")

    externalId = Identifier("location_external_id", example="L-7001-2", guide="your id of the place")
    name = Text("location_name", example="Hall 3", beside="externalId")
    street = Alias("address.street")
    postalCode = Alias("address.postalCode")
    city = Alias("address.city")
    country = Alias("address.country")
    latitude = Alias("address.latitude")
    longitude = Alias("address.longitude")
    defaultEstimatedWorkMinutes = NewTargetDefault("planning.estimatedWorkMinutes")
    defaultPriority = NewTargetDefault("planning.priority")


class AddressSection(DocumentPart):
    """Where the target is."""

    heading = _("Address")

    street = Text("street", example="Hachestrasse 1")
    postalCode = Text("postal_code", example="45127")
    city = Text("city", example="Essen", beside="postalCode")
    country = Country(
        "country",
        example="DE",
        guide="two letters: a code of ISO 3166-1 such as `DE`, or `XK` for Kosovo",
        answer_note="ISO 3166-1 alpha-2, or XK for Kosovo.",
    )
    latitude = Degrees("latitude", example=51.4508, guide="together with `longitude`")
    longitude = Degrees("longitude", example=7.0131, beside="latitude", guide="together with `latitude`")


class PlanningSection(DocumentPart):
    """When the target is visited."""

    heading = _("Planning")

    routeDate = Date("route_date", example="2026-06-25", guide="the day of the visit, `2026-06-25`")
    dueDate = Date("due_date", example="2026-06-26", beside="routeDate", guide="the last day, stored as a day")
    dueAtUtc = DateTime("due_at", example="2026-06-25T10:00:00Z", guide=_OFFSET)
    timeWindowStartUtc = DateTime("time_window_start", example="2026-06-25T08:00:00Z", guide="as `dueAtUtc`")
    timeWindowEndUtc = DateTime("time_window_end", example="2026-06-25T12:00:00Z", guide="after the start")
    preferredTimeWindowStart = Alias("planning.timeWindowStartUtc")
    preferredTimeWindowEnd = Alias("planning.timeWindowEndUtc")
    estimatedWorkMinutes = WholeNumber("estimated_work_minutes", unit="minutes", example=20, below="priority")
    priority = Choice("priority", example="High")
    fixedTime = Boolean("fixed_time", example=False, beside="priority", guide="whether the visit cannot be moved")


class BusinessValueSection(DocumentPart):
    """What the target is worth."""

    heading = _("Business value")

    expectedRevenue = Money(
        "expected_revenue",
        example=2500.00,
        guide="stored exactly, never rounded: at most 20 digits before and 10 after the point",
        answer_note="Exact: a decimal.",
    )
    customerTier = Text("customer_tier", example="A")
    closeProbability = WholeNumber("close_probability", unit="percent", example=80, beside="expectedRevenue")


class TargetDocumentSerializer(DocumentPart):
    """One target as a source system sends it."""

    sourceSystem = Identifier(
        max_length=MAX_KEY_LENGTH,
        example="your_source_system",
        guide="your key; may be absent if your token serves only one source system",
        form_field="source_system",
        below="externalType",
        read_by_cancel=True,
        answered=Answered.ALWAYS,
    )
    externalId = ExternalId(
        example="DEL-2026-000918",
        guide="your order number: unique, and never changed. Send it as a string, or leading zeros are lost",
        form_field="external_id",
        below="description",
        read_by_cancel=True,
        answered=Answered.ALWAYS,
    )
    externalType = Text(
        "external_type",
        example="DeliveryOrder",
        beside="externalId",
        guide="what your system calls it: `DeliveryOrder`",
    )
    sourceVersion = WholeNumber(
        maximum=MAX_SOURCE_VERSION,
        guide=f"a number that grows with each change of the order, {_VERSIONS}",
        read_by_cancel=True,
        answered=Answered.IF_SET,
    )
    sourceUpdatedAtUtc = DateTime(
        guide=f"or the time of the last change of the order, {_VERSIONS}", read_by_cancel=True, answered=Answered.IF_SET
    )
    operation = Operation(
        choices=OPERATIONS,
        example="upsert",
        guide="`upsert` if absent",
        read_by_cancel=True,
        answered=Answered.NEVER,
        error_code=Code.INVALID_OPERATION,
    )
    templateKey = Identifier(
        max_length=MAX_KEY_LENGTH,
        invisible_code=Code.UNKNOWN_TEMPLATE,
        example="delivery_stop",
        guide="the key of a template, from your administrator or `GET /templates`",
        form_field="template",
        beside="sourceSystem",
    )
    title = Title(
        "title",
        example="Delivery to Rhein-Ruhr Medical Supply",
        guide="what a driver should read first",
        read_by_cancel=True,
        answer_note="Null only of a cancel that came before its target.",
    )
    description = Text("description", example="Two pallets, ground floor.", strip=False)
    customer = CustomerSection()
    contact = ContactSection()
    location = LocationSection()
    address = AddressSection()
    planning = PlanningSection()
    businessValue = BusinessValueSection()
    customFields = Object(
        max_members=MAX_CUSTOM_FIELDS,
        guide=(
            f"what the template defines, at most {MAX_CUSTOM_FIELDS:,}; values as strings, numbers or booleans: "
            '`"8"`, `8`'
        ),
        answered=Answered.ALWAYS,
        answer_note="By key, typed by the template.",
    )

    @classmethod
    def read(cls, data: Any) -> Document:
        """Return the document that was sent, with every error and warning about it.

        Nothing is raised, whatever was sent.
        """
        return _reader().read(data)


@cache
def _declaration() -> TargetDocumentSerializer:
    """Return the one instance of the declaration, made at the first call."""
    return TargetDocumentSerializer()


@cache
def _reader() -> DocumentReader:
    """Return the one reader of documents, made at the first call."""
    return DocumentReader(_declaration())


def column_by_path() -> "dict[str, models.Field[Any, Any]]":
    """Return the model's field for each path such as "address.city" that has one, in the order of the contract."""
    return dict(_declaration().columns())


def document_paths() -> list[str]:
    """Return the path of every field and section, such as "address" and "address.city", in contract order."""
    return list(_declaration().paths())


def paths_by_second_name() -> dict[str, str]:
    """Return the path of the field that each second name stands for, such as "address.city" for "location.city"."""
    return {name: alias.path for name, alias in _declaration().aliases()}


def paths_read_by_cancel() -> frozenset[str]:
    """Return the names of the fields that a cancel reads, all at the top level, such as "externalId".

    An error in any other field does not stop a cancel.
    """
    return frozenset(_declaration().names_read_by_cancel())


def request_schemas() -> dict[str, Schema]:
    """Return the JSON Schema of what may be sent for each top-level field and section, by name."""
    return _declaration().request_schemas()


def client_schemas() -> dict[str, Schema]:
    """Return the JSON Schema of what a client should send for each top-level field and section, by name."""
    return _declaration().client_schemas()


def answer_schema() -> Schema:
    """Return the JSON Schema of the sent fields that are answered again.

    What the service adds, such as the id and the status, is not in it; see `target_answer_schema`.
    """
    return _declaration().answer_schema()


def example_document() -> dict[str, Any]:
    """Return a new document with the declared examples.

    It names the template "delivery_stop" and has no custom fields.
    """
    return _declaration().example()


class Fieldset(NamedTuple):
    """A section of the admin form."""

    heading: Any
    """Translated; None for the fields that are in no section."""
    rows: list[tuple[str, ...]]
    """The names of the form's fields that are shown beside each other."""


def admin_fieldsets() -> list[Fieldset]:
    """Return the sections of the admin form: first the fields that are in no section, without a heading."""
    whole = _declaration()
    sections = [member for member in whole.fields.values() if isinstance(member, DocumentPart)]
    return [Fieldset(part.heading, part.form_rows()) for part in (whole, *sections)]


def field_descriptions() -> list[FieldDescription]:
    """Return what is declared of each field that a column of a table can hold, in the order of the contract."""
    return describe(_declaration())


def field_table() -> str:
    """Return the guide's table of fields as Markdown, with its head: path, type, and what to put there."""
    rows = [f"| `{row.path}` | {row.type} | {row.text} |" for row in _declaration().guide_rows()]
    return "\n".join(["| field | type | what to put there |", "| --- | --- | --- |", *rows])
