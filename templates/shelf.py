"""The templates that a run of imports needs, each read once, with its fields."""

from collections.abc import Iterable
from functools import cached_property

from django.db.models import Q

from .models import TargetTemplate


class Shelf:
    def __init__(self) -> None:
        self._by_key: dict[str, TargetTemplate | None] = {}
        self._by_id: dict[int, TargetTemplate | None] = {}

    def fetch(self, *, keys: Iterable[str] = (), ids: Iterable[int] = ()) -> None:
        """One query for those that are not here yet, none where all are."""
        new_keys, new_ids = set(keys) - self._by_key.keys(), set(ids) - self._by_id.keys()
        if not new_keys and not new_ids:
            return
        self._by_key |= dict.fromkeys(new_keys)
        self._by_id |= dict.fromkeys(new_ids)
        for template in TargetTemplate.objects.with_fields().filter(Q(key__in=new_keys) | Q(pk__in=new_ids)):
            self._by_key[template.key] = self._by_id[template.pk] = template

    def with_key(self, key: str) -> TargetTemplate | None:
        """Only an active one: no new target may be given another."""
        template = self._by_key[key]
        return template if template and template.active else None

    def with_id(self, pk: int) -> TargetTemplate | None:
        return self._by_id[pk]

    @cached_property
    def active_keys(self) -> list[str]:
        active = TargetTemplate.objects.filter(active=True).order_by("key")
        return list(active.values_list("key", flat=True)[:20])
