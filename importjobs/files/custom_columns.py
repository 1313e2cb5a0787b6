"""The custom fields that a column of a file may hold."""

from templates.models import CustomField, TargetTemplate


def fields_of_others(template: TargetTemplate | None) -> dict[str, CustomField]:
    """Return by path the active custom fields of the other active templates, without those of the template. One query.

    A row of a file may name one of these templates. A field that they declare with different types is a text here, so
    that an import reads it by the template of the row.
    """
    own = {field.path for field in (template.active_fields if template else [])}
    declared = CustomField.objects.filter(active=True, template__active=True).select_related("template")
    found: dict[str, CustomField] = {}
    for field in declared.order_by("template__key", "position", "key"):
        if field.path in own:
            continue
        first = found.setdefault(field.path, field)
        if (first.type, first.choices, first.unit) != (field.type, field.choices, field.unit):
            first.type = CustomField.Type.TEXT
    return found
