"""The columns of exported targets. A file of them can be imported again."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import DateTimeField, QuerySet
from django.utils.formats import number_format
from django.utils.timezone import get_current_timezone
from import_export import fields
from import_export.widgets import DateTimeWidget

from ordinavo.common.admin.exports import ListResource, with_zone
from ordinavo.common.json_codec import dumps
from ordinavo.common.scalars import is_number, without_trailing_zeros
from targets import paths, time_zones
from targets.models import Target
from templates.models import CustomField

REST = "customFields"
"""The heading of the column with the custom fields that have no column of their own."""


class TargetResource(ListResource):
    """One row for each target. The columns are named by the paths of the API, also each custom field of its templates.

    Times are local in the time zone of the target's source system, as an import of the file reads them. Their headings
    name it if all targets have the same.
    """

    source_system = fields.Field("source_system__key", "sourceSystem")
    external_id = fields.Field("external_id", "externalId")
    template = fields.Field("template__key", "templateKey")
    custom_fields = fields.Field("custom_fields", REST)
    updated_at = fields.Field("updated_at", "updatedAt", widget=DateTimeWidget())

    also_read = ("source_system__time_zone",)

    class Meta:
        model = Target
        fields = [
            "id",
            "source_system",
            "external_id",
            "status",
            "template",
            *paths.PATH_BY_COLUMN,
            "custom_fields",
            "updated_at",
        ]
        export_order = fields

    def __init__(self, **options: Any) -> None:
        """Name the columns by the paths of the API."""
        super().__init__(**options)
        for name, path in paths.PATH_BY_COLUMN.items():
            self.fields[name].column_name = path
        self._keys: list[str] = []
        self._zones: list[str] = []

    def prepare(self, rows: QuerySet[Target]) -> None:
        """Add a column for each custom field of the templates of these rows. Makes two queries."""
        self._zones = time_zones.names_of(rows, "source_system__time_zone")
        templates = rows.order_by().values("template").distinct()
        keys = CustomField.objects.filter(template__in=templates).order_by("template__key", "position", "key")
        self._keys = list(dict.fromkeys(keys.values_list("key", flat=True)))

    def get_export_headers(self, *args: Any, **options: Any) -> list[str]:
        """Return the headings, those of custom fields after the others."""
        own = [
            with_zone(field.column_name, self._zones) if _is_moment(field.attribute) else field.column_name
            for field in self.get_export_fields()
        ]
        return [*own, *(f"{paths.CUSTOM_PREFIX}{key}" for key in self._keys)]

    def cells(self, **options: Any) -> list[Callable[[Any], Any]]:
        """Return for each column the function that returns its value for a target."""
        is_native = bool(options.get("force_native_type"))
        custom = [partial(_custom_value, key=key, is_native=is_native) for key in self._keys]
        return [*super().cells(**options), *custom]

    def _cell(self, field: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
        """Return the function for one column. Times are local, and a decimal number has no zeros at its end."""
        if field.attribute == "expected_revenue":
            return partial(_revenue, is_native=bool(options.get("force_native_type")))
        if _is_moment(field.attribute):
            return partial(_local_time, attribute=field.attribute, render=partial(field.widget.render, **options))
        return super()._cell(field, options)

    def dehydrate_custom_fields(self, target: Target) -> str:
        """Return the custom fields without a column of their own as JSON on one line, or "" if there are none."""
        rest = {key: value for key, value in target.custom_fields.items() if key not in self._keys}
        return dumps(rest).decode() if rest else ""


def _is_moment(attribute: str) -> bool:
    """Return whether a column of an export holds times."""
    return "__" not in attribute and isinstance(Target._meta.get_field(attribute), DateTimeField)


def _local_time(target: Target, attribute: str, render: Callable[[Any], Any]) -> Any:
    """Return a time of a target in the time zone of its source system, as the file has it."""
    moment = getattr(target, attribute)
    if moment is None:
        return ""
    local = moment.astimezone(target.source_system.zone)
    return render(local.replace(tzinfo=get_current_timezone()))  # the widget shows times of the site's zone


def _revenue(target: Target, is_native: bool) -> Any:
    """Return the expected revenue: a number, or text in the active language."""
    revenue = target.expected_revenue
    if revenue is None:
        return "" if not is_native else None
    exact = without_trailing_zeros(revenue)
    return exact if is_native else number_format(exact)


def _custom_value(target: Target, key: str, is_native: bool) -> Any:
    """Return the value of a custom field: as it is for a workbook, as text in the active language for CSV."""
    value = target.custom_fields.get(key)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return dumps(value).decode()
    if is_native:
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return number_format(value) if is_number(value) else str(value)
