"""What the pages of rejections show about causes."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import md5
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from importjobs.admin.cause_forms import MAX_VALUES, CorrectAllForm, CorrectEachForm
from importjobs.admin.field_specs import FieldSpec, field_specs, label_of
from importjobs.admin.payload_inputs import make_input
from importjobs.admin.progress import grouped
from importjobs.admin.upload_step import staff_remedy
from importjobs.choice_requests import waiting
from importjobs.files.value_readings import reading_of
from importjobs.models import ChoiceRequest, ImportItem
from importjobs.open_causes import MAX_SHOWN_VALUE, Filter, OpenCause, values_of
from ordinavo.common.admin.display import finding_name
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, cut
from ordinavo.common.local_days import moment_text
from targets.finding_texts import accepted_text, finding_text
from targets.models import SourceSystem
from targets.payload_paths import ABSENT, sent_value
from templates.choices import problem_with
from templates.models import CustomField, TargetTemplate

MAX_LISTED_ITEMS = 20
"""Items that the page of a cause names."""
MAX_LISTED_VALUE = 80
"""Characters of a sent value in the table of causes."""
_BY_OPERATION = {Code.EXTERNAL_ID_EXISTS, Code.EXTERNAL_ID_UNKNOWN}
"""Errors that another operation mends."""
_ONE_BY_ONE = {"", "externalId", "sourceVersion", "sourceSystem"}
"""Fields of which no two items can have the same value."""


class CauseRow(NamedTuple):
    """A cause as a page shows it."""

    cause: OpenCause
    items: str
    name: Any
    """What is wrong, in a few words."""
    field: str
    """The label of the field, or empty."""
    value: str
    """The sent value in quotation marks, or empty."""
    remedy: Any
    source_systems: str
    received: str
    """When the first and the last of the items were received."""
    url: str

    @property
    def examples(self) -> str:
        """The number of different values with examples, as a sentence; empty if all items sent the same value."""
        if self.cause.values == 1:
            return ""
        examples = ", ".join(_("“%(text)s”") % {"text": example} for example in self.cause.examples)
        return _("%(number)s different values, such as %(examples)s.") % {
            "number": grouped(self.cause.values),
            "examples": examples,
        }

    @property
    def accepted(self) -> str:
        """What the field accepts, as a sentence, for a cause with several values; else why the value is refused."""
        error = Finding(self.cause.code, self.cause.field, self.cause.message)
        return accepted_text(error) if self.cause.values > 1 else finding_text(error, self.own_labels)

    @property
    def own_labels(self) -> dict[str, str]:
        """The label of a custom field by its path, for the sentence that says what is wrong."""
        return {self.cause.field: self.field} if self.cause.template_key else {}


def rows(causes: Iterable[OpenCause], query: str) -> list[CauseRow]:
    """Return the causes as a page shows them. `query` has the filters that their pages keep.

    Makes three queries, for the names of source systems, templates and custom fields.
    """
    causes = list(causes)
    systems = dict(SourceSystem.objects.values_list("pk", "name")) if causes else {}
    keys = {cause.template_key for cause in causes} - {""}
    templates = TargetTemplate.objects.filter(key__in=keys).prefetch_related("fields")
    labels = {(t.key, field.path): field.label for t in templates for field in t.fields.all()}
    return [_row(cause, systems, labels, query) for cause in causes]


def key_of(request: ChoiceRequest) -> str:
    """Return the key of the cause that a request for a choice would mend, as `open_causes` computes it."""
    parts = [str(Code.INVALID_CUSTOM_FIELD), request.field.path, request.field.template.key, request.choice]
    return md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


class CausePage:
    """One cause with its items, and what staff can do about it."""

    def __init__(self, cause: OpenCause, items: list[int], chosen: Filter) -> None:
        """`items` are the ids of all open items of the cause that the filter finds."""
        self.cause, self.items, self._chosen = cause, items, chosen
        first = ImportItem.objects.filter(pk__in=items[:MAX_LISTED_ITEMS]).order_by("pk")
        self.sample = list(first.select_related("job__source_system"))

    @cached_property
    def template(self) -> TargetTemplate | None:
        """The template by which a custom field was read. Makes a query."""
        return TargetTemplate.objects.filter(key=self.cause.template_key).first() if self.cause.template_key else None

    @property
    def choice_field(self) -> CustomField | None:
        """The custom field that refused the value because it is none of its choices, or None."""
        if self.cause.code != Code.INVALID_CUSTOM_FIELD or self.template is None:
            return None
        fields = [field for field in self.template.active_fields if field.path == self.cause.field]
        return next((field for field in fields if field.type == CustomField.Type.CHOICE), None)

    @property
    def is_choice(self) -> bool:
        """Whether the value has become a choice since the items were rejected."""
        return self.choice_field is not None and self.cause.value in self.choice_field.choices

    @property
    def choice_problem(self) -> str:
        """Why the value cannot become a choice, or empty."""
        return problem_with(self.cause.value) if len(self.cause.value) < MAX_SHOWN_VALUE else problem_with("x" * 300)

    def is_asked(self) -> bool:
        """Return whether a request for the choice waits. Makes a query if the field has choices."""
        field = self.choice_field
        return bool(field) and waiting().filter(field=field, choice=self.cause.value).exists()

    def correct_form(self, data: Any = None) -> CorrectAllForm | None:
        """Return the form for one value for all items, or None if they cannot share a value, or sent different ones."""
        if self.spec is None or self.cause.values > 1:
            return None
        sent = sent_value(self.sample[0].payload, self.spec.path) if self.sample else ABSENT
        reading = self._reading(self.cause.value) if self.cause.value else ""
        filled = make_input(self.spec, reading, is_faulty=False).initial if reading and data is None else None
        return CorrectAllForm(data, spec=self.spec, sent=sent, initial={"value": filled} if filled else None)

    def each_form(self, data: Any = None) -> CorrectEachForm | None:
        """Return the form for one value for each sent value, or None if all items sent the same one. Makes a query."""
        if self.spec is None or self.cause.values == 1:
            return None
        values = values_of(self._chosen, self.cause.key)
        readings = {value.text: self._reading(value.text) for value in values[:MAX_VALUES]}
        return CorrectEachForm(data, spec=self.spec, values=values, readings=readings)

    @cached_property
    def spec(self) -> FieldSpec | None:
        """What the input for the field of the cause needs to know; None if no two items can have the same value."""
        path = "operation" if self.cause.code in _BY_OPERATION else self.cause.field
        spec = None if path in _ONE_BY_ONE else field_specs(self.template).get(path)
        if spec and path == "operation":  # A replay of many may not cancel targets.
            return spec._replace(choices=[choice for choice in spec.choices if choice[0] != "cancel"])
        return spec

    def _reading(self, text: str) -> str:
        """Return the value that a sent text means, or an empty text if that is not certain."""
        if self.spec is None or not self.sample:
            return ""
        zone = self.sample[0].job.source_system.zone
        return reading_of(text, self.spec.path, self.spec.type_name, template=self.template, zone=zone)


def _row(cause: OpenCause, systems: Mapping[int, str], labels: Mapping[tuple[str, str], str], query: str) -> CauseRow:
    """Return a cause as a page shows it, with the names of source systems and the labels of custom fields."""
    url = reverse("admin:importjobs_importitem_cause", args=[cause.key])
    first, last = (moment_text(at) for at in (cause.first, cause.last))
    return CauseRow(
        cause=cause,
        items=grouped(cause.items),
        name=finding_name(cause.code),
        field=labels.get((cause.template_key, cause.field)) or label_of(cause.field),
        value=_("“%(text)s”") % {"text": cut(cause.value, MAX_LISTED_VALUE)} if cause.value else "",
        remedy=staff_remedy(cause.code),
        source_systems=", ".join(systems.get(pk, str(pk)) for pk in cause.source_systems),
        received=first if first == last else f"{first} – {last}",
        url=f"{url}?{query}" if query else url,
    )
