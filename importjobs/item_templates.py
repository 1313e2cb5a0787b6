"""Which template reads the custom fields of an import item."""

from typing import Any

from importjobs.models import ImportItem
from ordinavo.common import identifiers
from targets import documents
from targets.models import Target
from templates.models import TargetTemplate


def template_for(item: ImportItem, payload: Any) -> TargetTemplate | None:
    """Return the template by which an import of the payload would read its custom fields, or None.

    It is the one that the payload names, else that of the stored target, else that of the source system.
    """
    key = payload.get("templateKey") if isinstance(payload, dict) else None
    if isinstance(key, str) and key.strip():
        return TargetTemplate.objects.filter(key=identifiers.normalise(key), active=True).first()
    system = item.job.source_system
    stored = Target.objects.filter(source_system=system, external_id=documents.identity(payload))
    target = stored.select_related("template").first()
    return (target.template if target else None) or system.default_template
