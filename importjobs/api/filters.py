"""The filters of the lists of import jobs and of their items."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from importjobs.models import ImportItem, ImportJob
from ordinavo.common.codes import Code
from targets.api.filters import DateTimeFilter, IdentifierFilter, KeyFilter, allowed_source_systems


class ImportJobFilter(django_filters.FilterSet):
    """Filter import jobs by status, source system, batch id, time of arrival, or an external id among their items."""

    status = django_filters.ChoiceFilter(choices=ImportJob.Status.choices)
    sourceSystem = KeyFilter(field_name="source_system", to_field_name="key", queryset=allowed_source_systems)
    externalId = IdentifierFilter(method="with_external_id")
    batchId = IdentifierFilter(field_name="batch_id")
    createdAfter = DateTimeFilter(field_name="created_at", lookup_expr="gte")
    createdBefore = DateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = ImportJob
        fields: list[str] = []

    def with_external_id(self, jobs: QuerySet[ImportJob], name: str, value: str) -> QuerySet[ImportJob]:
        """Return the jobs that have an item with exactly this external id; none if no item has it.

        `name` is not used. django-filter does not call this for an empty value, and then no job is left out.
        """
        items = ImportItem.objects.filter(job=OuterRef("pk"), external_id=value)
        return jobs.filter(Exists(items))


class ImportItemFilter(django_filters.FilterSet):
    """Filter the items of a job by status, error code or external id, and choose whether they have their payloads.

    They may be those of an import job or of a rehearsal, so the filter names no model.
    """

    status = django_filters.ChoiceFilter(choices=ImportItem.Status.choices)
    errorCode = django_filters.ChoiceFilter(
        field_name="error_code", choices=[(code.value, code.value) for code in Code.item_errors()]
    )
    externalId = IdentifierFilter(field_name="external_id")
    payload = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="with_payload")

    def with_payload(self, items: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Return the items with their payloads if `value` is "true", and without them if it is "false".

        `name` is not used. django-filter does not call this if the parameter was not sent.
        """
        return items.defer(None) if value == "true" else items
