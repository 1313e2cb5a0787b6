"""Import a validated document by update_or_create, and record the item."""

from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from tests.benchmarks.peers.plain_drf.models import CustomField, ImportJob, JobItem, SourceSystem, Target, Template
from tests.benchmarks.peers.plain_drf.serializers import Moment

_COLUMNS = {
    "": {"externalType": "external_type", "title": "title", "description": "description"},
    "customer": {
        "name": "customer_name",
        "contactName": "customer_contact_name",
        "phone": "customer_phone",
        "email": "customer_email",
    },
    "address": {
        "street": "street",
        "postalCode": "postal_code",
        "city": "city",
        "country": "country",
        "latitude": "latitude",
        "longitude": "longitude",
    },
    "planning": {
        "routeDate": "route_date",
        "dueAtUtc": "due_at",
        "timeWindowStartUtc": "time_window_start",
        "timeWindowEndUtc": "time_window_end",
        "estimatedWorkMinutes": "estimated_work_minutes",
        "priority": "priority",
        "fixedTime": "fixed_time",
    },
    "businessValue": {
        "expectedRevenue": "expected_revenue",
        "customerTier": "customer_tier",
        "closeProbability": "close_probability",
    },
}
_BOOLEANS = {"true": True, "1": True, "yes": True, "ja": True, "false": False, "0": False, "no": False, "nein": False}


def import_one(data: dict[str, Any], system: SourceSystem, template: Template | None) -> tuple[Target, bool]:
    """Create or update a target. Return it, and whether it is new."""
    values = _values(data) | {"template": template, "status": "Active"}
    values["custom_fields"] = _custom_fields(template, data.get("customFields") or {})
    return Target.objects.update_or_create(source_system=system, external_id=data["externalId"], defaults=values)


def record(job: ImportJob, position: int, target: Target, created: bool, sent: Any) -> dict[str, Any]:
    """Store the item of an import job, and return it as the API answers it."""
    status = "Created" if created else "Updated"
    JobItem.objects.create(
        job=job, position=position, external_id=target.external_id, status=status, target=target, payload=sent
    )
    return {"externalId": target.external_id, "status": status, "targetId": target.pk, "warnings": []}


def find_template(key: str | None) -> Template | None:
    """Return the active template, or None without a key. Raises ValidationError if there is no such template."""
    if not key:
        return None
    template = Template.objects.prefetch_related("fields").filter(key=key, active=True).first()
    if template is None:
        raise serializers.ValidationError({"templateKey": "not an active template"})
    return template


def _values(data: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for section, columns in _COLUMNS.items():
        sent = data.get(section) or {} if section else data
        for name, column in columns.items():
            if name in sent:
                nullable = Target._meta.get_field(column).null
                values[column] = "" if sent[name] is None and not nullable else sent[name]
    return values


def _custom_fields(template: Template | None, sent: dict[str, Any]) -> dict[str, Any]:
    typed = dict(sent)
    for field in template.fields.all() if template else []:
        if not field.active:
            continue
        value = sent.get(field.key)
        if value in (None, "") and field.required:
            raise serializers.ValidationError({"customFields": f"{field.key} is required"})
        if value is not None:
            try:
                typed[field.key] = _typed(field, value)
            except (ValueError, ArithmeticError) as error:
                raise serializers.ValidationError({"customFields": f"{field.key} cannot be read"}) from error
    return {key: value for key, value in typed.items() if value is not None}


def _typed(field: CustomField, value: Any) -> Any:
    if isinstance(value, dict | list) or (isinstance(value, bool) and field.type in ("integer", "decimal")):
        raise ValueError
    text = str(value).strip()
    match field.type:
        case "integer":
            return int(text)
        case "decimal":
            number = Decimal(text)
            return int(number) if number == int(number) else float(number)
        case "boolean":
            if text.lower() not in _BOOLEANS:
                raise ValueError
            return _BOOLEANS[text.lower()]
        case "date":
            return date.fromisoformat(text).isoformat()
        case "datetime":
            return Moment().run_validation(value).isoformat().replace("+00:00", "Z")
        case "choice" if text not in field.choices:
            raise ValueError
    return text
