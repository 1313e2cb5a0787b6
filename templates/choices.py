"""Add a choice to a custom field, without losing one that a colleague adds at the same moment."""

from django.db import transaction
from django.utils.translation import gettext as _

from templates.models import CustomField

MAX_CHOICE_LENGTH = 255


class ChoiceRefused(Exception):
    """The choice cannot be added. The message, for staff, says why."""


def problem_with(choice: str) -> str:
    """Return why a text cannot be a choice, as a translated sentence, or an empty text if it can.

    It must not be blank, be longer than MAX_CHOICE_LENGTH, have a comma, or begin or end with white space: the form of
    a template separates choices by commas and removes spaces around them, so it would not keep such a one.
    """
    if not choice.strip():
        return _("An empty text cannot be a choice.")
    if len(choice) > MAX_CHOICE_LENGTH:
        return _("A choice has at most %(length)d characters.") % {"length": MAX_CHOICE_LENGTH}
    if "," in choice or choice != choice.strip():
        return _("A choice has no comma, and no spaces at its ends. Correct the value instead.")
    return ""


def add_choice(*, field_id: int, choice: str) -> bool:
    """Add a choice to the end of the choices of a custom field. Return False if it has the choice already.

    The field's row is locked until the transaction ends, so that two added choices are both kept. The next import uses
    the choice, in every process: the trigger of the table changes the revision of the templates. Raises ChoiceRefused
    if the text cannot be a choice, or if the field was deleted, is inactive or has another type by now.
    """
    if problem := problem_with(choice):
        raise ChoiceRefused(problem)
    with transaction.atomic():
        field = CustomField.objects.select_for_update().filter(pk=field_id).first()
        if field is None or not field.active or field.type != CustomField.Type.CHOICE:
            raise ChoiceRefused(_("The template has changed: the field has no choices any more."))
        if choice in field.choices:
            return False
        field.choices = [*field.choices, choice]
        field.save(update_fields=["choices"])
    return True
