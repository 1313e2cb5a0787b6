"""Find stored targets whose external ids are not in the normalised form that imports use."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from ordinavo.common import identifiers
from targets.models import Target

_FORM_AS_READ = r"^[!-~]([ -~]*[!-~])?$"
"""Matches ids of visible ASCII with spaces only within, which need no change. PostgreSQL leaves these ids out."""


class UnreadableId(NamedTuple):
    """A stored external id that no import can name any more."""

    target: Target
    equal_to: Target | None
    """The other target of the source system that already has the normalised id, or None."""

    @property
    def reason(self) -> str:
        """Why the id was not rewritten: an invisible character, or another target with the normalised id."""
        try:
            identifiers.parse(self.target.external_id)
        except identifiers.InvisibleCharacter as error:
            return str(error)
        return f"equals target {self.equal_to.pk}" if self.equal_to else "is not normalised"


def unreadable_ids() -> Iterator[UnreadableId]:
    """Yield each target whose external id differs from its normalised form or has an invisible character.

    They are ordered by source system and external id. Makes one query for all candidates, and one for each result.
    """
    for target in _candidates().select_related("source_system").order_by("source_system__key", "external_id", "pk"):
        normalised = identifiers.normalise(target.external_id)
        try:
            is_readable = identifiers.parse(target.external_id) == target.external_id
        except identifiers.InvisibleCharacter:
            is_readable = False
        if not is_readable:
            others = Target.objects.filter(source_system=target.source_system, external_id=normalised)
            yield UnreadableId(target, others.exclude(pk=target.pk).first())


def _candidates() -> QuerySet[Target]:
    """Return the query of the targets whose external ids do not match _FORM_AS_READ."""
    return Target.objects.exclude(external_id__regex=_FORM_AS_READ)
