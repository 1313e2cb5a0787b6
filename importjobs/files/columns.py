"""Match the columns of a table with the fields of targets, by their headings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from importjobs.files.custom_columns import fields_of_others
from importjobs.files.field_names import DELIVERY_HEADINGS, HOUSE_NUMBER, NAMES_OF_FIELDS
from importjobs.files.headings import has_other_unit, normalise_heading
from importjobs.files.rejected import REASON_HEADINGS
from importjobs.models import ColumnMatch
from targets.api.target_document import FieldDescription, field_descriptions
from targets.models import SourceSystem, Target
from templates.models import TargetTemplate

_UNITS_OF_FIELDS = {
    "planning.estimatedWorkMinutes": "min",
    "businessValue.expectedRevenue": "€",
    "businessValue.closeProbability": "%",
}
_SHORT_FORMS = [("nummer", "nr"), ("number", "nr"), ("strasse", "str"), ("telefon", "tel")]
_COLUMNS_WITHOUT_FORM = {"sourceVersion": "source_version", "sourceUpdatedAtUtc": "source_updated_at"}
_NOT_BY_LABEL = {"operation"}
"""Its German label "Vorgang" is what many ERPs call an order."""
_ADDRESS = ("address.street", "address.postalCode", "address.city")


class _Candidate(NamedTuple):
    """A field that a heading may name. Candidates are compared by rank; the smallest is the best."""

    rank: tuple[int, int]
    path: str


def propose(
    headings: Sequence[str], *, source_system: SourceSystem, template: TargetTemplate | None
) -> dict[str, str | None]:
    """Return the path of the field that each heading probably names, or None if there is no such field.

    A match that staff confirmed for the source system is used first; then a path, a name of the template, a name of the
    declaration or of the admin, and a common heading of ERPs, in this order. Each field is proposed for one column
    only, the one that matches best, or the first of equal ones. A column with reasons of rejection is None, and so is
    one whose heading has another unit than the field, such as "Dauer (h)" for minutes.
    """
    found = _candidates(headings, source_system, template)
    units = _UNITS_OF_FIELDS | {field.path: field.unit for field in (template.active_fields if template else [])}
    found = _preferring_delivery(
        {
            heading: candidate
            for heading, candidate in found.items()
            if not has_other_unit(heading, units.get(candidate.path, ""))
        }
    )
    winners: dict[str, str] = {}
    for heading, candidate in sorted(found.items(), key=lambda item: item[1].rank):
        winners.setdefault(candidate.path, heading)
    return {
        heading: found[heading].path if heading in found and winners[found[heading].path] == heading else None
        for heading in headings
    }


def _candidates(
    headings: Sequence[str], source_system: SourceSystem, template: TargetTemplate | None
) -> dict[str, _Candidate]:
    """Return the field that each heading names best. Headings that name none, or a column to be ignored, are absent."""
    remembered = _remembered(headings, source_system)
    others = fields_of_others(template)
    names = _names_of_template(template, others)
    known = {*_paths(template), *others}
    found: dict[str, _Candidate] = {}
    ignored = {normalise_heading(heading) for heading in REASON_HEADINGS}
    for position, heading in enumerate(headings):
        key = normalise_heading(heading)
        if not key or key in ignored:
            continue
        path = remembered.get(key)
        if path == "":
            continue
        if path in known and path is not None:
            found[heading] = _Candidate((-1, position), path)
        elif candidate := _best_candidate(key, names):
            found[heading] = candidate
    return found


def _preferring_delivery(found: dict[str, _Candidate]) -> dict[str, _Candidate]:
    """Return the candidates without the columns of another address, if there are columns of a delivery address.

    Such are "Lieferadresse" and "Liefer-PLZ" beside "Straße" and "PLZ", which are then those of the invoice. Both
    addresses must have a street, so that no address is put together of two. Remembered headings and paths count as they
    are.
    """
    of_address = {heading: field for heading, field in found.items() if field.path in _ADDRESS and field.rank >= (3, 0)}
    delivery = {heading for heading in of_address if DELIVERY_HEADINGS.search(normalise_heading(heading))}
    others = of_address.keys() - delivery
    paths = {of_address[heading].path for heading in delivery}
    is_whole = "address.street" in paths and len(paths) > 1
    if is_whole and any(of_address[heading].path == "address.street" for heading in others):
        return {heading: candidate for heading, candidate in found.items() if heading not in others}
    return found


def grouped_choices(template: TargetTemplate | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the fields that a column may hold, in groups, in the form of the choices of a Django form field.

    Each group has its translated heading and the path and the translated label of each field. The last two groups have
    the custom fields of the template and of other templates, which rows may name.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in field_descriptions():
        heading = str(field.heading or capfirst(Target._meta.verbose_name))
        groups.setdefault(heading, []).append((field.path, str(capfirst(_label(field)))))
        if field.path == "address.street":
            groups[heading].append((HOUSE_NUMBER, label_of(HOUSE_NUMBER)))
    if template and template.active_fields:
        custom = [(field.path, field.label) for field in template.active_fields]
        groups[template.name if template.name not in groups else template.key] = custom
    if others := fields_of_others(template):
        named = [(path, f"{field.label} ({field.template.name})") for path, field in others.items()]
        groups[_("Custom fields of other templates")] = named
    return list(groups.items())


def choices(template: TargetTemplate | None) -> list[tuple[str, str]]:
    """Return the path and the translated label of every field that a column may hold.

    A label begins with the heading of its group, such as "Contact: Phone".
    """
    return [(path, f"{heading}: {label}") for heading, fields in grouped_choices(template) for path, label in fields]


def problems(columns: Mapping[str, str | None]) -> list[str]:
    """Return translated sentences that say why no file can be imported with these columns; empty if one can.

    `columns` has the path of the field, or None, for each heading.
    """
    found = []
    headings_by_path: dict[str, list[str]] = {}
    for heading, path in columns.items():
        if path:
            headings_by_path.setdefault(path, []).append(heading)
    if "externalId" not in headings_by_path:
        found.append(_("No column holds the external id. Choose the column with the number of the order."))
    for path, headings in headings_by_path.items():
        if len(headings) > 1:
            columns_text = ", ".join(f"“{heading}”" for heading in headings)
            found.append(
                _("Several columns hold the field %(field)s: %(columns)s. Choose one of them and ignore the others.")
                % {"field": label_of(path), "columns": columns_text}
            )
    return found


def label_of(path: str) -> str:
    """Return the translated label of the field at a path. That of a custom field, or of an unknown one, is the path."""
    if path == HOUSE_NUMBER:
        return _("House number (added to the street)")
    labels = {field.path: field for field in field_descriptions()}
    return str(_label(labels[path])) if path in labels else path


def remember(source_system: SourceSystem, columns: Mapping[str, str | None]) -> None:
    """Store which field each heading means in the files of a source system. None is stored for an ignored column.

    Headings that were stored before keep their field unless they are among `columns`.
    """
    paths = {normalise_heading(heading): path or "" for heading, path in columns.items()}
    matches = [ColumnMatch(source_system=source_system, heading=key, path=path) for key, path in paths.items() if key]
    ColumnMatch.objects.bulk_create(
        matches, update_conflicts=True, update_fields=["path"], unique_fields=["source_system", "heading"]
    )


def _remembered(headings: Sequence[str], source_system: SourceSystem) -> dict[str, str]:
    """Return the stored paths of the headings, by normalised heading; an empty path for a column to be ignored."""
    keys = {normalise_heading(heading) for heading in headings}
    stored = ColumnMatch.objects.filter(source_system=source_system, heading__in=keys)
    return dict(stored.values_list("heading", "path"))


def _paths(template: TargetTemplate | None) -> Iterator[str]:
    """Yield the path of every field that a column may hold, without the custom fields of other templates."""
    yield from (field.path for field in field_descriptions())
    yield HOUSE_NUMBER
    yield from (field.path for field in (template.active_fields if template else []))


def _names_of_template(template: TargetTemplate | None, others: Iterable[str]) -> dict[str, _Candidate]:
    """Return the custom fields of a template by the normalised forms of path, key and label.

    `others` are the paths of the custom fields of other templates, which are found by their path only.
    """
    names: dict[str, _Candidate] = {}
    for field in template.active_fields if template else []:
        for rank, name in enumerate((field.path, field.key, field.label)):
            names.setdefault(normalise_heading(name), _Candidate((rank, 0), field.path))
    for path in others:
        names.setdefault(normalise_heading(path), _Candidate((0, 0), path))
    return names


def _best_candidate(key: str, of_template: Mapping[str, _Candidate]) -> _Candidate | None:
    """Return the field that a normalised heading names best, or None.

    The full heading is looked up first, and its short form, such as "auftragsnr", only if no field has that name.
    """
    declared = _declared_names()
    found = [names[key] for names in (of_template, declared) if key in names]
    if not found and (short := _shortened(key)) in _short_names():
        found = [_short_names()[short]]
    return min(found, default=None)


@cache
def _declared_names() -> dict[str, _Candidate]:
    """Return the best candidate for every normalised name of a declared field.

    Ranks: 0 a path, 3 a column of the model, a last part of a path or a label of the admin, 4 a common heading. A last
    part or a label that several fields have names none of them.
    """
    names: dict[str, _Candidate] = {}
    simple: dict[str, set[str]] = {}
    for field in field_descriptions():
        for name in field.names:
            names.setdefault(normalise_heading(name), _Candidate((0, 0), field.path))
        if not field.default_of:
            labels = [] if field.path in _NOT_BY_LABEL else _labels_in_all_languages(field)
            for name in (field.path.rpartition(".")[2], field.column, *labels):
                simple.setdefault(normalise_heading(name), set()).add(field.path)
    common = [
        (normalise_heading(name), _Candidate((4, position), path))
        for path, text in NAMES_OF_FIELDS.items()
        for position, name in enumerate(text.split(","))
    ]
    for key, paths in simple.items():
        if key and len(paths) == 1:
            names.setdefault(key, _Candidate((3, 0), min(paths)))
    for key, candidate in common:
        names.setdefault(key, candidate)
    return names


@cache
def _short_names() -> dict[str, _Candidate]:
    """Return the candidates by their names in short form, for headings that have no candidate otherwise."""
    names: dict[str, _Candidate] = {}
    for key, (_rank, path) in _declared_names().items():
        names.setdefault(_shortened(key), _Candidate((5, 0), path))
    return names


def _shortened(key: str) -> str:
    """Return a normalised heading with abbreviations in place of words such as "nummer"."""
    for word, short in _SHORT_FORMS:
        key = key.replace(word, short)
    return key


def _label(field: FieldDescription) -> str:
    """Return the label of a field as the admin translates it into the language in use."""
    column = field.column or _COLUMNS_WITHOUT_FORM.get(field.path, "")
    label = str(Target._meta.get_field(column).verbose_name) if column else _("operation")  # type: ignore[union-attr]
    return _("%(field)s of a new target") % {"field": label} if field.default_of else label


def _labels_in_all_languages(field: FieldDescription) -> list[str]:
    """Return the label of a field in each language of the admin."""
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append(_label(field))
    return labels
