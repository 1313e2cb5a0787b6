"""The templates as they are now, kept in the process for as long as nobody changes one.

The database gives every change of a template or a field a new revision (a trigger does, see the first migration).
What reads a run's targets reads the revision with them, so that a change takes effect with the next request, in
every process and on every machine."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any
from uuid import UUID

from ordinavo.common.sql import execute
from templates.models import TargetTemplate

REVISION_SQL = "SELECT revision FROM templates_catalogue"


class TemplateCache:
    def __init__(self, revision: UUID) -> None:
        self.revision = revision
        templates = list(TargetTemplate.objects.with_fields().order_by("key"))
        self._by_key = {template.key: template for template in templates}
        self._by_id = {template.pk: template for template in templates}
        self._memoized: dict[Hashable, Any] = {}

    def active_by_key(self, key: str) -> TargetTemplate | None:
        """Only an active one: no new target may be given another."""
        template = self._by_key.get(key)
        return template if template and template.active else None

    def by_id(self, pk: int | None) -> TargetTemplate | None:
        return self._by_id.get(pk) if pk else None

    def active_by_id(self, pk: int) -> TargetTemplate | None:
        """None also where it has been deleted since somebody read its id."""
        template = self._by_id.get(pk)
        return template if template and template.active else None

    @cached_property
    def active_keys(self) -> list[str]:
        return [key for key, template in self._by_key.items() if template.active][:20]

    def memoize(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What somebody made of a template, for as long as the template is what it was."""
        if key not in self._memoized:
            self._memoized[key] = make()
        return self._memoized[key]


_current: TemplateCache | None = None


def at_revision(revision: UUID) -> TemplateCache:
    """A query where something has changed since the last time, else none."""
    global _current
    if _current is None or _current.revision != revision:
        # What is read may be newer than its revision: then the next request finds another one, and reads again.
        _current = TemplateCache(revision)
    return _current


def current() -> TemplateCache:
    [(revision,)] = execute(REVISION_SQL, {})
    return at_revision(revision)
