from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from templates import custom_fields, stored_values
from templates.models import CustomField


class CustomFieldFormSet(BaseInlineFormSet):
    """The fields of a template, changed in no way that would leave stored values behind unsaid."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """The heads of the columns are no labels to a screen reader."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = field.label or ""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for form in self.forms:
            if form.instance.pk and form in self.deleted_forms:
                self._keep_if_used(form)
            elif form.instance.pk:
                self._check_change(form)
        self._check_defaults()

    def _keep_if_used(self, form: "ModelForm[CustomField]") -> None:
        if stored_values.is_in_use(form.instance, form.initial["key"]):
            raise ValidationError(_in_use(form.initial["key"]))

    def _check_change(self, form: "ModelForm[CustomField]") -> None:
        key = form.initial["key"]
        if "key" in form.changed_data and stored_values.is_in_use(form.instance, key):
            form.add_error("key", _in_use(key))
        if {"type", "choices"} & set(form.changed_data) and "save_anyway" not in self.data:
            unfit, total, shown = stored_values.misfits(form.instance, key)
            if unfit:
                raise ValidationError(_would_not_fit(form.instance, unfit, total, shown))

    def _check_defaults(self) -> None:
        """The template's defaults must fit its fields as they are going to be."""
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
    return _('Targets have values for "%(key)s": it cannot be renamed or deleted. Deactivate the field.') % {"key": key}


def _would_not_fit(field: CustomField, unfit: int, total: int, shown: list[str]) -> SafeString:
    values: dict[str, Any] = {
        "unfit": unfit,
        "total": total,
        "key": field.key,
        "type": field.get_type_display(),
        "shown": ", ".join(shown),
    }
    text = _(
        '%(unfit)d of %(total)d stored values of "%(key)s" would not fit the type %(type)s, such as %(shown)s. '
        "They would stay as they are; new imports are read by the new type."
    )
    box = '{} <label class="follow"><input type="checkbox" name="save_anyway" value="yes"> {}</label>'
    return format_html(box, text % values, _("Save anyway"))
