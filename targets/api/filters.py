"""The query parameters that filter lists of targets and templates."""

from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from ordinavo.common import identifiers
from ordinavo.common.scalars import Refused, parse_date, parse_datetime
from targets.models import SourceSystem, Target
from targets.paths import COLUMN_BY_PATH
from templates.models import TargetTemplate


def allowed_source_system_ids(request: Any) -> list[int]:
    """Return the ids of the source systems whose data the API token of a request may read, inactive ones included.

    The list may be empty. Makes no query. Raises AttributeError if the request was not authenticated by the REST
    framework.
    """
    ids: list[int] = request.auth.source_system_ids
    return ids


def allowed_source_systems(request: HttpRequest) -> QuerySet[SourceSystem]:
    """Return the query of the source systems whose data the API token of a request may read, inactive ones included.

    The query is not run here. A filter that uses it does not accept the key of any other source system. Raises
    AttributeError if the REST framework has not authenticated the request.
    """
    return SourceSystem.objects.filter(pk__in=allowed_source_system_ids(request))


class _DateField(forms.Field):
    """Reads a date from a query parameter."""

    def to_python(self, value: str | None) -> date | None:
        """Return the date of a query parameter, written as YYYY-MM-DD, or None if it is empty or absent.

        Spaces around it are ignored. Raises Django's ValidationError if it is not written so, not in the calendar or
        out of range.
        """
        try:
            return parse_date(value) if value else None
        except Refused as error:
            raise ValidationError(f"must {error.must}") from error
        except ValueError as error:
            raise ValidationError("must be a date as YYYY-MM-DD, such as 2026-06-25") from error


class _DateTimeField(forms.Field):
    """Reads a moment from a query parameter."""

    def to_python(self, value: str | None) -> datetime | None:
        """Return the moment of a query parameter in UTC, or None if it is empty or absent. Without an offset it is UTC.

        Spaces around it are ignored, and so are the digits of a fraction after the sixth. Raises Django's
        ValidationError if it is not a date-time by RFC 3339, for example a date without a time, or out of range.
        """
        try:
            return parse_datetime(value) if value else None
        except Refused as error:
            raise ValidationError(f"must {error.must}") from error
        except ValueError as error:
            message = "must be a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"
            raise ValidationError(message + " (write + as %2B in an address)") from error


def _parse_id(value: Any) -> str:
    """Return the id in a query parameter, normalised as in an import. Raises Django's ValidationError if it cannot be.

    That is if it has an invisible character or, as a blank one would filter nothing, if it is blank.
    """
    try:
        text = identifiers.parse(str(value))
    except identifiers.InvisibleCharacter as error:
        raise ValidationError(str(error)) from error
    if not text:
        raise ValidationError("must not be blank")
    return text


class _IdentifierField(forms.Field):
    """Reads an id from a query parameter."""

    def to_python(self, value: str | None) -> str | None:
        """Return the normalised id, or None if it is absent. Raises Django's ValidationError if it is not one."""
        return _parse_id(value) if value else None


class _KeyField(django_filters.fields.ModelChoiceField):
    """Finds a row by the key in a query parameter."""

    def to_python(self, value: Any) -> Any:
        """Return the row with the normalised key, or None if it is absent.

        Raises Django's ValidationError if there is no such row or the key has an invisible character.
        """
        return super().to_python(_parse_id(value) if value else value)


class IdentifierFilter(django_filters.Filter):
    """Filters by exactly an id, normalised as in an import."""

    field_class = _IdentifierField


class KeyFilter(django_filters.ModelChoiceFilter):
    """Filters by the key of a source system or a template, normalised as in an import."""

    field_class = _KeyField


class DateFilter(django_filters.Filter):
    """Filters by a date as YYYY-MM-DD."""

    field_class = _DateField


class DateTimeFilter(django_filters.Filter):
    """Filters by a moment (RFC 3339). Without an offset it is UTC."""

    field_class = _DateTimeField


class TargetFilter(django_filters.FilterSet):
    """The query parameters of GET /targets."""

    sourceSystem = KeyFilter(field_name="source_system", to_field_name="key", queryset=allowed_source_systems)
    externalId = IdentifierFilter(field_name="external_id")
    status = django_filters.ChoiceFilter(choices=Target.Status.choices)
    templateKey = KeyFilter(field_name="template", to_field_name="key", queryset=TargetTemplate.objects.all())
    routeDate = DateFilter(field_name="route_date")
    routeDateFrom = DateFilter(field_name="route_date", lookup_expr="gte")
    routeDateTo = DateFilter(field_name="route_date", lookup_expr="lte")
    priority = django_filters.ChoiceFilter(choices=Target.Priority.choices)
    updatedAfter = DateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Target
        fields: list[str] = []  # no filters but those declared here


for _path in ("customer.externalId", "customer.customerNumber", "location.externalId"):
    # Each has a partial index of the values that are not empty, and an id is never empty.
    TargetFilter.base_filters[_path] = IdentifierFilter(field_name=COLUMN_BY_PATH[_path])


class TemplateFilter(django_filters.FilterSet):
    """The query parameters of GET /templates: none. Without it, unknown parameters would not be refused."""

    class Meta:
        model = TargetTemplate
        fields: list[str] = []
