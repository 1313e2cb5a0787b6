"""The query parameters that filter lists of targets and templates."""

from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from ordinavo.common.scalars import parse_date, parse_datetime
from targets.models import SourceSystem, Target
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

        Spaces around it are ignored. Raises Django's ValidationError if it is not written so or not in the calendar.
        """
        try:
            return parse_date(value) if value else None
        except ValueError as error:
            raise ValidationError("must be a date as YYYY-MM-DD, such as 2026-06-25") from error


class _DateTimeField(forms.Field):
    """Reads a moment from a query parameter."""

    def to_python(self, value: str | None) -> datetime | None:
        """Return the moment of a query parameter in UTC, or None if it is empty or absent. Without an offset it is UTC.

        Spaces around it are ignored, and so are the digits of a fraction after the sixth. Raises Django's
        ValidationError if it is not a date-time by RFC 3339, for example a date without a time.
        """
        try:
            return parse_datetime(value) if value else None
        except ValueError as error:
            message = "must be a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"
            raise ValidationError(message + " (write + as %2B in an address)") from error


class DateFilter(django_filters.Filter):
    """Filters by a date as YYYY-MM-DD."""

    field_class = _DateField


class DateTimeFilter(django_filters.Filter):
    """Filters by a moment (RFC 3339). Without an offset it is UTC."""

    field_class = _DateTimeField


class TargetFilter(django_filters.FilterSet):
    """The query parameters of GET /targets."""

    sourceSystem = django_filters.ModelChoiceFilter(
        field_name="source_system", to_field_name="key", queryset=allowed_source_systems
    )
    externalId = django_filters.CharFilter(field_name="external_id")
    status = django_filters.ChoiceFilter(choices=Target.Status.choices)
    templateKey = django_filters.ModelChoiceFilter(
        field_name="template", to_field_name="key", queryset=TargetTemplate.objects.all()
    )
    routeDate = DateFilter(field_name="route_date")
    routeDateFrom = DateFilter(field_name="route_date", lookup_expr="gte")
    routeDateTo = DateFilter(field_name="route_date", lookup_expr="lte")
    priority = django_filters.ChoiceFilter(choices=Target.Priority.choices)
    updatedAfter = DateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Target
        fields: list[str] = []  # no filters but those declared above


class TemplateFilter(django_filters.FilterSet):
    """The query parameters of GET /templates: none. Without it, unknown parameters would not be refused."""

    class Meta:
        model = TargetTemplate
        fields: list[str] = []
