"""Describe the declared fields of a document for tables and forms, in which a column or an input holds one field."""

from typing import Any, NamedTuple

from targets.api.alias_fields import Alias, NewTargetDefault
from targets.api.choice_fields import Choice, Object
from targets.api.document_part import DocumentPart
from targets.api.scalar_fields import WholeNumber


class FieldDescription(NamedTuple):
    """What a table or a form needs to know of a field that a column or an input can hold."""

    path: str
    type_name: str
    """As the guide names it, such as "date-time"."""
    names: list[str]
    """The path and the second names of the field, such as "address.city" and "location.city"."""
    column: str
    """The name of the column of Target, or of the input of the admin form, or empty if there is neither."""
    default_of: str
    """The path of the field that this one is a default for, or empty."""
    heading: Any
    """That of the section, translated; None for the fields that are in no section."""
    choices: tuple[str, ...] = ()
    """The accepted values of a choice; empty for other fields."""
    unit: str = ""
    """Of a number, as an English plural such as "minutes", or empty."""


def describe(whole: DocumentPart) -> list[FieldDescription]:
    """Return the descriptions of the fields of a document and its sections, in the order of the declaration.

    A second name is part of the description of its field. Fields that are objects, such as `customFields`, are left
    out.
    """
    second_names = {a.path: path for path, a in whole.aliases() if not isinstance(a, NewTargetDefault)}
    headings = {name: member.heading for name, member in whole.fields.items() if isinstance(member, DocumentPart)}
    described = []
    for path, field in whole.leaves():
        is_default = isinstance(field, NewTargetDefault)
        if isinstance(field, Object) or (isinstance(field, Alias) and not is_default):
            continue
        original = field.original if isinstance(field, Alias) else field
        described.append(
            FieldDescription(
                path=path,
                type_name=original.type_name,
                names=[path, *([second_names[path]] if path in second_names else [])],
                column=original.column.name if original.column is not None else original.form_field,
                default_of=field.path if isinstance(field, NewTargetDefault) else "",
                heading=headings.get(path.partition(".")[0]),
                choices=original.choices if isinstance(original, Choice) else (),
                unit=original.unit if isinstance(original, WholeNumber) else "",
            )
        )
    return described
