"""All templates in memory, read again when one of them changes.

A database trigger (see the first migration) writes a new random revision whenever a template or a custom field is
inserted, changed or deleted. Every import reads that revision in the same query as its targets, and reads the templates
again if it differs from the one in memory. So a change takes effect with the next request, in every process on every
machine, and an import without a change costs no query for its templates.
"""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any
from uuid import UUID

from ordinavo.common.sql import execute
from templates.models import TargetTemplate

REVISION_SQL = "SELECT revision FROM templates_catalogue"
MAX_NAMED_TEMPLATES = 20


class TemplateCache:
    """The templates at one revision, with their active custom fields."""

    def __init__(self, revision: UUID) -> None:
        """Read all templates, in one query. The revision is only stored, not compared."""
        self.revision = revision
        templates = list(TargetTemplate.objects.with_fields().order_by("key"))
        self._by_key = {template.key: template for template in templates}
        self._by_id = {template.pk: template for template in templates}
        self._memoized: dict[Hashable, Any] = {}

    def active_by_key(self, key: str) -> TargetTemplate | None:
        """Return the template with a key, or None if there is none or it is inactive."""
        template = self._by_key.get(key)
        return template if template and template.active else None

    def by_id(self, pk: int | None) -> TargetTemplate | None:
        """Return the template with an id, active or not. None if there is none, or the id is None."""
        return self._by_id.get(pk) if pk else None

    def active_by_id(self, pk: int) -> TargetTemplate | None:
        """Return the template with an id, or None if there is none (it may have been deleted) or it is inactive."""
        template = self._by_id.get(pk)
        return template if template and template.active else None

    @cached_property
    def active_keys(self) -> list[str]:
        """The keys of the active templates as the database sorts them, only the first MAX_NAMED_TEMPLATES of them."""
        return [key for key, template in self._by_key.items() if template.active][:MAX_NAMED_TEMPLATES]

    def memoize(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what `make` returned when it was first called for this key at this revision.

        For values that depend on nothing but the templates, such as their parsed defaults. Callers share the value and
        must not change it. `make` takes no argument. If it raises, the exception is not caught and nothing is stored.
        """
        if key not in self._memoized:
            self._memoized[key] = make()
        return self._memoized[key]


_current: TemplateCache | None = None


def at_revision(revision: UUID) -> TemplateCache:
    """Return the templates at a revision that the caller has just read.

    Returns the object that this process has in memory, or reads the templates in one query if that has another
    revision. The templates may be newer than the revision, if one changes between the two queries. The next request
    then finds another revision and reads them again.
    """
    global _current
    if _current is None or _current.revision != revision:
        _current = TemplateCache(revision)
    return _current


def current() -> TemplateCache:
    """Return the templates as they are now. Makes one query for their revision, and another if it has changed."""
    [(revision,)] = execute(REVISION_SQL, {})
    return at_revision(revision)
