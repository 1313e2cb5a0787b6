"""Pause and resume the imports of a source system.

A pause takes effect with the next request. An import that is already running is finished.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ordinavo.common import identifiers
from ordinavo.common.limits import MAX_PAUSE_REASON_LENGTH
from targets.models import SourceSystem


class NothingToDo(Exception):
    """The source system is already paused, or already accepts imports."""


def validate_reason(reason: str) -> None:
    """Raise ValidationError if the reason of a pause is too long or has no visible character."""
    if identifiers.is_blank(reason) or len(reason) > MAX_PAUSE_REASON_LENGTH:
        raise ValidationError(_("Enter a reason of 1 to %(limit)d characters.") % {"limit": MAX_PAUSE_REASON_LENGTH})


def pause_source_system(*, source_system: SourceSystem, reason: str, by: str) -> None:
    """Refuse further imports for a source system, and store the reason, the time and the name of the user.

    The reason is trimmed. Raises ValidationError if it is too long or has no visible character, NothingToDo if the
    source system is paused already, and SourceSystem.DoesNotExist if it was deleted; nothing is changed then. Only the
    stored row is changed: the object `source_system` keeps its old values.
    """
    reason = reason.strip()
    validate_reason(reason)
    _change(source_system, paused=False, paused_at=timezone.now(), paused_by=by, paused_reason=reason)


def resume_source_system(*, source_system: SourceSystem) -> None:
    """Accept imports for a source system again.

    Raises NothingToDo if it is not paused, and SourceSystem.DoesNotExist if it was deleted. Only the stored row is
    changed: the object `source_system` keeps its old values.
    """
    _change(source_system, paused=True, paused_at=None, paused_by="", paused_reason="")


def _change(source_system: SourceSystem, *, paused: bool, **columns: object) -> None:
    """Set columns of a stored source system. `paused` says whether it must be paused before.

    Raises NothingToDo if it is not as `paused` says. The row is locked, so that only one user succeeds if two do the
    same at the same time.
    """
    with transaction.atomic():
        stored = SourceSystem.objects.select_for_update().get(pk=source_system.pk)
        if (stored.paused_at is not None) != paused:
            raise NothingToDo
        for name, value in columns.items():
            setattr(stored, name, value)
        stored.save(update_fields=list(columns))
