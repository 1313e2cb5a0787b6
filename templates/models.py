"""Target templates and their custom fields."""

from functools import cached_property
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from ordinavo.common.json_fields import ExactJSONField
from ordinavo.common.limits import MAX_KEY_LENGTH
from templates.field_types import FIELD_TYPES, FieldType
from templates.hooks import target_hooks

KEY_PATTERN = "[A-Za-z0-9][A-Za-z0-9_.-]*"
validate_key = RegexValidator(
    rf"\A{KEY_PATTERN}\Z",
    "A key starts with a letter or a digit and has only letters, digits, '_', '-' and '.'.",
)
"""Raises ValidationError for a text that cannot be the key of a source system, template or custom field."""


class TargetTemplateQuerySet(models.QuerySet["TargetTemplate"]):
    """Queries of templates."""

    def with_fields(self) -> Self:
        """Return the query of the templates that also reads their active custom fields. It is not run here.

        `active_fields` of such a template makes no query. Its fields have only `key`, `label`, `type`, `required`,
        `choices` and `unit`; their other attributes, such as `id`, are not the stored ones.
        """
        fields = CustomField.objects.filter(template=models.OuterRef("pk"), active=True)
        columns = ("key", "label", "type", "required", "choices", "unit")
        rows = fields.values(row=JSONObject(**{column: column for column in columns}))
        return self.annotate(field_rows=ArraySubquery(rows))


class TargetTemplate(models.Model):
    """One kind of target: its custom fields, and the values that a new target starts with."""

    key = models.CharField(_("key"), max_length=MAX_KEY_LENGTH, unique=True, validators=[validate_key])
    name = models.CharField(_("name"), max_length=255)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("An import that names an inactive template is rejected.")
    )
    defaults = ExactJSONField(
        _("defaults"),
        default=dict,
        blank=True,
        help_text=_(
            'Values that a new target starts with, written as in an import: {"planning": {"estimatedWorkMinutes": 15}}.'
        ),
    )

    objects = TargetTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError on the field `defaults` if `check_defaults` of the hooks finds anything wrong with it.

        The custom fields among the defaults are checked by the admin form, not here.
        """
        if faults := target_hooks.get().check_defaults(self.defaults):
            raise ValidationError({"defaults": [fault.message for fault in faults]})

    @cached_property
    def active_fields(self) -> list["CustomField"]:
        """The active custom fields, ordered by position and key. Read once: by `with_fields`, or else by a query.

        Those of `with_fields` have only key, label, type, required, choices and unit; the rest is not what is stored.
        """
        if hasattr(self, "field_rows"):
            return [CustomField(**row) for row in self.field_rows]
        return list(self.fields.filter(active=True))


class CustomField(models.Model):
    """One field of a template: the key that imports send, and the type of its values."""

    class Type(models.TextChoices):
        """The types of a custom field. `templates.field_types` says what each of them accepts."""

        TEXT = "text", _("Text")
        INTEGER = "integer", _("Whole number")
        DECIMAL = "decimal", _("Decimal")
        BOOLEAN = "boolean", _("Yes or no")
        DATE = "date", _("Date")
        DATETIME = "datetime", _("Date and time")
        CHOICE = "choice", _("Choice")

    template = models.ForeignKey(TargetTemplate, models.CASCADE, related_name="fields")
    key = models.CharField(_("key"), max_length=MAX_KEY_LENGTH, validators=[validate_key])
    label = models.CharField(_("label"), max_length=255)
    type = models.CharField(_("type"), max_length=8, choices=Type.choices, default=Type.TEXT)
    required = models.BooleanField(_("required"), default=False, help_text=_("A create without it is rejected."))
    choices = ArrayField(
        models.CharField(max_length=255),
        verbose_name=_("choices"),
        default=list,
        blank=True,
        help_text=_("For the type Choice only: the accepted values, separated by commas."),
    )
    unit = models.CharField(_("unit"), max_length=32, blank=True)
    help = models.CharField(_("help"), max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("The key of an inactive field is treated as unknown.")
    )

    class Meta:
        ordering = ["position", "key"]
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [
            models.UniqueConstraint(fields=["template", "key"], name="templates_customfield_key_unique"),
            models.CheckConstraint(
                condition=models.Q(type__in=["text", "integer", "decimal", "boolean", "date", "datetime", "choice"]),
                name="templates_customfield_type_known",
            ),
            models.CheckConstraint(
                condition=models.Q(type="choice", choices__len__gt=0)
                | (~models.Q(type="choice") & models.Q(choices=[])),
                name="templates_customfield_choices_if_choice",
                violation_error_message=_("A field of the type Choice must have choices; other types have none."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def path(self) -> str:
        """The dotted path at which an import sends the field's value, such as customFields.weight."""
        return f"customFields.{self.key}"

    @property
    def field_type(self) -> FieldType:
        """The object that reads the field's values. Raises KeyError if the type is not one of `Type`."""
        return FIELD_TYPES[self.type](self.choices)

    def parse(self, sent: Any) -> Any:
        """Return the value to store for a value that was sent, or None for a text that empties the field.

        An empty text does, and one of white space only, unless the field holds text. Raises ValueError if the sent
        value is None or of another type.
        """
        field_type = self.field_type
        if sent == "" or (field_type.is_emptied_by_spaces and isinstance(sent, str) and not sent.strip()):
            return None
        return field_type.parse(sent)

    def can_read(self, stored: Any) -> bool:
        """Return whether the field's type accepts a stored value, which may be from before the type was changed.

        No type accepts None.
        """
        try:
            self.parse(stored)
        except ValueError:
            return False
        return True
