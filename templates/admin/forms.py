"""The form rows of a template's custom fields, with checks against what targets have stored."""

from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet

from templates import custom_fields, stored_values
from templates.models import CustomField
from templates.stored_values import Misfits


class CustomFieldFormSet(PaginationInlineFormSet):
    """One page of the custom fields of a template as one form.

    Refuses to rename or delete a field that targets have values for. Asks before a change of a type after which stored
    values could not be read any more.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the fields of the page, or those that were sent, which may be on another page since a change."""
        super().__init__(*args, **kwargs)
        if self.is_bound:
            del self._queryset
            self.queryset: Any = self.queryset.filter(pk__in=self._sent_ids())

    def _sent_ids(self) -> list[int]:
        """Return the ids of the stored fields that the form was sent with. Values that are no ids are left out."""
        column = CustomField._meta.pk
        rows = range(min(self.initial_form_count(), self.total_form_count()))
        ids = set()
        for row in rows:
            with suppress(ValidationError):
                ids.add(column.to_python(self.data.get(f"{self.add_prefix(row)}-{column.name}")))
        return sorted(ids - {None})

    def get_page_num(self) -> int:
        """Return the number of the page that the request asks for, or of the nearest one that there is."""
        key = self.get_pagination_key()
        asked = self.request.GET.get(key) or self.request.POST.get(key)
        return self.paginator.get_page(asked).number

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the fields of one row, and label each input for screen readers, which read no column heads."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = field.label or ""

    def clean(self) -> None:
        """Raise ValidationError if stored values or the template's defaults would not fit the changed fields.

        Also raises it if targets have values for a deleted field. A renamed field with stored values adds an error to
        its row instead. Checks none of this if a row has errors already, and raises ValidationError if one was deleted.
        """
        super().clean()
        if any(CustomField._meta.pk.name in errors for errors in self.errors):
            raise ValidationError(
                _("Some of these fields were deleted meanwhile. Open the page again. Nothing is saved.")
            )
        if any(self.errors):
            return
        for form in self.forms:
            if form.instance.pk and form in self.deleted_forms:
                self._check_deletion(form)
            elif form.instance.pk:
                self._check_change(form)
        others = self._others()
        self._check_keys(others)
        self._check_defaults(others)

    def _others(self) -> list[CustomField]:
        """Return the stored fields that are not on this page of the form."""
        if not self.instance.pk:
            return []
        return list(self.instance.fields.exclude(pk__in=[form.instance.pk for form in self.forms if form.instance.pk]))

    def _check_keys(self, others: list[CustomField]) -> None:
        """Add an error to each row whose key another field has now, on this page or another one.

        That two rows of the page have one key after the change is checked already.
        """
        taken = {field.key: field.pk for field in others}
        taken |= {form.initial["key"]: form.instance.pk for form in self.forms if form.instance.pk}
        for form in self.forms:
            owner = taken.get(form.instance.key, form.instance.pk)
            if form not in self.deleted_forms and owner != form.instance.pk:
                form.add_error("key", _("Another field of the template has this key. Choose another one."))

    def save(self, commit: bool = True) -> list[CustomField]:
        """Store the changes of the page, and return the fields that were new or changed.

        Then numbers all fields of the template from 0, in the order of the form: dragged rows stay between the fields
        of the pages before and after, and new rows that were not dragged come last.
        """
        before = list(self.instance.fields.values_list("pk", flat=True))
        saved: list[CustomField] = super().save(commit)
        if commit:
            self._number(before)
        return saved

    def _number(self, before: list[int]) -> None:
        """Store the positions of all fields. `before` are the ids of the fields in their order before the change."""
        present = {field.pk: field for field in self.instance.fields.all()}
        was_dragged = any("position" in form.changed_data for form in self.forms)
        rows = [form for form in self.forms if form.instance.pk in present]
        rows = [form for form in rows if was_dragged or form.instance.pk in before]
        page = [form.instance.pk for form in sorted(rows, key=lambda form: form.cleaned_data["position"])]
        place = min((before.index(pk) for pk in page if pk in before), default=len(before))
        earlier, later = ([pk for pk in part if pk not in page] for part in (before[:place], before[place:]))
        order = [pk for pk in dict.fromkeys([*earlier, *page, *later, *present]) if pk in present]
        moved = [(pk, position) for position, pk in enumerate(order) if present[pk].position != position]
        for pk, position in moved:
            present[pk].position = position
        CustomField.objects.bulk_update([present[pk] for pk, _position in moved], ["position"])

    def _check_deletion(self, form: "ModelForm[CustomField]") -> None:
        """Raise ValidationError if a target has a value for the field that staff delete."""
        if stored_values.is_in_use(form.instance, form.initial["key"]):
            raise ValidationError(_in_use(form.initial["key"]))

    def _check_change(self, form: "ModelForm[CustomField]") -> None:
        """Check a changed field against the values that targets have stored.

        Adds an error to the row if the key was changed and targets have values for the old one. Raises ValidationError
        if the type or choices were changed and cannot read a stored value, unless staff have ticked "Save anyway".
        """
        key = form.initial["key"]
        if "key" in form.changed_data and stored_values.is_in_use(form.instance, key):
            form.add_error("key", _in_use(key))
        if {"type", "choices"} & set(form.changed_data) and "save_anyway" not in self.data:
            misfits = stored_values.find_misfits(form.instance, key)
            if misfits.number:
                raise ValidationError(_would_not_fit(form.instance, misfits))

    def _check_defaults(self, others: list[CustomField]) -> None:
        """Raise ValidationError if a custom field in the template's defaults is unknown or of the wrong type.

        It is checked against the active fields as the form would store them. Does nothing if the defaults are not an
        object, or have no object `customFields`.
        """
        defaults = self.instance.defaults
        sent = defaults.get("customFields") if isinstance(defaults, dict) else None
        if not isinstance(sent, dict):
            return
        forms = [form for form in self.forms if form not in self.deleted_forms]
        fields = [form.instance for form in forms if form.instance.key and form.instance.active]
        typed = custom_fields.parse([*fields, *(field for field in others if field.active)], sent)
        if faults := typed.errors + typed.warnings:
            raise ValidationError([_("In the defaults: %(fault)s") % {"fault": fault.message} for fault in faults])


def _in_use(key: str) -> str:
    """Return the message that a key cannot be renamed or deleted, because targets have values for it."""
    text = _('Targets have values for "%(key)s", so it cannot be renamed or deleted. Deactivate the field instead.')
    return text % {"key": key}


def _would_not_fit(field: CustomField, misfits: Misfits) -> SafeString:
    """Return, as HTML, the message that stored values do not fit a field, with a checkbox to save anyway.

    The message has the number of targets with such a value and of all with a value, the field's key and type, and the
    examples. The name of the checkbox is `save_anyway`.
    """
    values: dict[str, Any] = {
        "unfit": misfits.number,
        "total": misfits.total,
        "key": field.key,
        "type": field.get_type_display(),
        "shown": ", ".join(misfits.examples),
    }
    text = _(
        '%(unfit)d of %(total)d stored values of "%(key)s" do not fit the type %(type)s, such as %(shown)s. '
        "They stay as they are; only new imports are read by the new type."
    )
    box = '{} <label class="follow"><input type="checkbox" name="save_anyway" value="yes"> {}</label>'
    return format_html(box, text % values, _("Save anyway"))
