"""The form rows of a template's custom fields, with checks against what targets have stored."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from templates import custom_fields, stored_values
from templates.models import CustomField
from templates.stored_values import Misfits


class CustomFieldFormSet(BaseInlineFormSet):
    """The custom fields of a template as one form.

    Refuses to rename or delete a field that targets have values for. Asks before a change of a type after which stored
    values could not be read any more.
    """

    def add_fields(self, form: Any, index: int | None) -> None:
        """Label each input for screen readers, which do not read the heads of the columns."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = field.label or ""

    def clean(self) -> None:
        """Raise ValidationError if stored values or the template's defaults would not fit the changed fields."""
        super().clean()
        if any(self.errors):
            return
        for form in self.forms:
            if form.instance.pk and form in self.deleted_forms:
                self._check_deletion(form)
            elif form.instance.pk:
                self._check_change(form)
        self._check_defaults()

    def _check_deletion(self, form: "ModelForm[CustomField]") -> None:
        if stored_values.is_in_use(form.instance, form.initial["key"]):
            raise ValidationError(_in_use(form.initial["key"]))

    def _check_change(self, form: "ModelForm[CustomField]") -> None:
        key = form.initial["key"]
        if "key" in form.changed_data and stored_values.is_in_use(form.instance, key):
            form.add_error("key", _in_use(key))
        if {"type", "choices"} & set(form.changed_data) and "save_anyway" not in self.data:
            misfits = stored_values.find_misfits(form.instance, key)
            if misfits.number:
                raise ValidationError(_would_not_fit(form.instance, misfits))

    def _check_defaults(self) -> None:
        defaults = self.instance.defaults
        sent = defaults.get("customFields") if isinstance(defaults, dict) else None
        if not isinstance(sent, dict):
            return
        forms = [form for form in self.forms if form not in self.deleted_forms]
        fields = [form.instance for form in forms if form.instance.key and form.instance.active]
        typed = custom_fields.parse(fields, sent)
        if faults := typed.errors + typed.warnings:
            raise ValidationError([_("In the defaults: %(fault)s") % {"fault": fault.message} for fault in faults])


def _in_use(key: str) -> str:
    text = _('Targets have values for "%(key)s", so it cannot be renamed or deleted. Deactivate the field instead.')
    return text % {"key": key}


def _would_not_fit(field: CustomField, misfits: Misfits) -> SafeString:
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
