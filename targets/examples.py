"""Example payloads of a template, shown in the admin."""

from typing import Any

from targets.models import SourceSystem
from templates.models import TargetTemplate

_REST = {
    "description": "Two pallets, ground floor.",
    "customer": {
        "name": "Rhein-Ruhr Medical Supply", "contactName": "Anna Becker", "phone": "+49 201 555010",
        "email": "anna.becker@example.com",
    },
    "address": {
        "street": "Hachestrasse 1", "postalCode": "45127", "city": "Essen", "country": "DE",
        "latitude": 51.4508, "longitude": 7.0131,
    },
    "planning": {
        "routeDate": "2026-06-25", "dueAtUtc": "2026-06-25T10:00:00Z", "timeWindowStartUtc": "2026-06-25T08:00:00Z",
        "timeWindowEndUtc": "2026-06-25T12:00:00Z", "estimatedWorkMinutes": 20, "priority": "High",
        "fixedTime": False,
    },
    "businessValue": {"expectedRevenue": 2500.00, "customerTier": "A", "closeProbability": 80},
}  # fmt: skip


def payload(template: TargetTemplate, *, complete: bool) -> dict[str, Any]:
    """All that can be sent, or only what must be."""
    source_system = SourceSystem.objects.filter(active=True).order_by("key").first()
    custom_fields = {
        field.key: field.field_type.example
        for field in template.fields.filter(active=True)
        if complete or field.required
    }
    return {
        "sourceSystem": source_system.key if source_system else "your_source_system",
        "externalId": "DEL-2026-000918",
        **({"externalType": "DeliveryOrder"} if complete else {}),
        "operation": "upsert",
        "templateKey": template.key,
        "title": "Delivery to Rhein-Ruhr Medical Supply",
        **(_REST if complete else {}),
        **({"customFields": custom_fields} if custom_fields else {}),
    }
