"""The filters of the list of import jobs."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from importjobs.models import ImportItem, ImportJob
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
