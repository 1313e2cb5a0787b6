"""A filter that tells errors and warnings of imports in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django import template

from targets.finding_texts import finding_text

register = template.Library()


@register.filter
def for_staff(finding: Any, own_labels: Mapping[str, str] | None = None) -> str:
    """Return an error or warning as a sentence for staff.

    `finding` is a Finding, or a mapping as in an import item. `own_labels` are labels by path that are
    used instead of those of the fields.
    """
    return finding_text(finding if isinstance(finding, Mapping) else finding._asdict(), own_labels)
