"""The forms with which staff upload a file, and say which field each of its columns holds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from importjobs.files import columns as column_matching
from importjobs.files import imports
from importjobs.files.layout import Layout
from importjobs.models import FileImport
from targets.models import SourceSystem
from templates.models import TargetTemplate

_ACCEPTED_FILES = ".csv,.txt,.xlsx,.json,.ndjson,.jsonl"
_OPERATIONS = [
    ("upsert", gettext_lazy("Create new targets and update known ones")),
    ("create", gettext_lazy("Only create new targets")),
    ("update", gettext_lazy("Only update known targets")),
    ("cancel", gettext_lazy("Cancel the targets")),
]
_NUMBERS = [("german", "1.234,56"), ("english", "1,234.56")]
_ERRORS = {"required": gettext_lazy("Choose one.")}


def operation_label(operation: str) -> str:
    """Return the translated words that the upload form shows for an operation, such as upsert."""
    return str(dict(_OPERATIONS).get(operation, operation))


def _limit() -> str:
    """Return the sentence that says which files can be imported."""
    mebibytes = settings.MAX_FILE_BYTES // 1024 // 1024
    return _("CSV, Excel (.xlsx), JSON or NDJSON, at most %(size)d MiB. The first row has the headings.") % {
        "size": mebibytes
    }


class UploadForm(forms.Form):
    """A file, and how it is to be imported."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        allow_empty_file=True,  # which the service refuses with a better sentence
        widget=forms.FileInput(attrs={"class": "file-drop", "accept": _ACCEPTED_FILES}),
        help_text=lazy(_limit, str)(),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "max_length": gettext_lazy("Give the file a shorter name."),
        },
    )
    source_system = forms.ModelChoiceField(
        SourceSystem.objects.filter(active=True, paused_at=None),
        label=gettext_lazy("Source system"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("The system that the file comes from. Inactive and paused ones are not offered."),
        error_messages=_ERRORS | {"invalid_choice": gettext_lazy("This source system was paused. Choose another one.")},
    )
    operation = forms.ChoiceField(
        label=gettext_lazy("Operation"), choices=_OPERATIONS, widget=UnfoldAdminSelectWidget, error_messages=_ERRORS
    )
    template = forms.ModelChoiceField(
        TargetTemplate.objects.filter(active=True),
        label=gettext_lazy("Template"),
        to_field_name="key",
        required=False,
        empty_label=gettext_lazy("Default of the source system"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, last: FileImport | None = None, **kwargs: Any) -> None:
        """Make a form that proposes what the user chose for the upload `last`, or the only source system."""
        systems = list(SourceSystem.objects.filter(active=True, paused_at=None)[:2])
        initial: dict[str, Any] = {"source_system": systems[0]} if len(systems) == 1 else {}
        if last:
            initial |= {"source_system": last.source_system_id, "operation": last.operation}
            initial |= {"template": last.template_key}
        super().__init__(*args, **{"initial": initial} | kwargs)
        limit = {"data-max-bytes": settings.MAX_FILE_BYTES, "data-too-large": imports.too_large()}
        self.fields["file"].widget.attrs |= limit


class ColumnsForm(forms.Form):
    """The field that each column of a file holds, and how its texts write numbers."""

    numbers = forms.ChoiceField(
        label=gettext_lazy("How numbers are written in the file"), choices=_NUMBERS, widget=UnfoldAdminSelectWidget
    )

    def __init__(
        self,
        *args: Any,
        headings: Sequence[str],
        samples: Mapping[str, list[str]],
        file_import: FileImport,
        template: TargetTemplate | None,
        **kwargs: Any,
    ) -> None:
        """Make a form with a field for each heading, which shows what the file import has stored about it."""
        super().__init__(*args, **kwargs)
        layout = Layout.from_json(file_import.layout)
        self.headings, self._samples = headings, samples
        self.fields["numbers"].initial = layout.numbers
        choices = [("", _("– ignore this column –")), *column_matching.grouped_choices(template)]
        for number, heading in enumerate(headings):
            widget = UnfoldAdminSelectWidget(attrs={"aria-labelledby": f"heading-{number}"})
            self.fields[f"column_{number}"] = forms.ChoiceField(
                choices=choices, required=False, widget=widget, initial=file_import.columns.get(heading) or ""
            )

    @property
    def rows(self) -> Iterator[tuple[int, str, list[str], forms.BoundField]]:
        """Yield the number, heading, sample values and form field of each column."""
        for number, heading in enumerate(self.headings):
            yield number, heading, self._samples.get(heading, []), self[f"column_{number}"]

    @property
    def chosen(self) -> dict[str, str | None]:
        """The path of the field of each heading, or None for an ignored column: as posted, else as proposed."""
        return {heading: field.value() or None for _number, heading, _samples, field in self.rows}

    @property
    def hints(self) -> list[str]:
        """What is missing in the proposed columns, as sentences. Empty for a form that was sent, which has errors."""
        return [] if self.is_bound else column_matching.problems(self.chosen)

    def clean(self) -> dict[str, Any]:
        """Return the values. Raises ValidationError with a sentence for each problem of the columns together."""
        values = super().clean() or {}
        if not self.errors and (problems := column_matching.problems(self.chosen)):
            raise forms.ValidationError(problems)
        return values
