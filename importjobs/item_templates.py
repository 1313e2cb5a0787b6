"""Which template reads the custom fields of an import item."""

from typing import Any

from importjobs.models import ImportItem
from ordinavo.common import identifiers
from targets import documents
from targets.models import Target
from templates.models import TargetTemplate


def template_for(item: ImportItem, payload: Any) -> TargetTemplate | None:
    """Return the template whose custom fields staff are shown for a payload. An import may use another one, or none.

    It is the active template with the sent key, or None if there is none. Without a key, or with null, it is that of
    the stored target, else the default of the source system. Corrections by staff are not regarded.
    """
    key = payload.get("templateKey") if isinstance(payload, dict) else None
    if isinstance(key, str) and key.strip():
        return TargetTemplate.objects.filter(key=identifiers.normalise(key), active=True).first()
    system = item.job.source_system
    stored = Target.objects.filter(source_system=system, external_id=documents.identity(payload))
    target = stored.select_related("template").first()
    return (target.template if target else None) or system.default_template
