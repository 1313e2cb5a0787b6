"""What templates need from the targets app, which lies above them and registers it when Django starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

from ordinavo.common.findings import Finding

if TYPE_CHECKING:  # templates.models imports this module
    from templates.models import TargetTemplate


class ExamplePayload(Protocol):
    """A function that makes an example of an import by a template."""

    def __call__(self, template: "TargetTemplate", *, complete: bool) -> dict[str, Any]:
        """Return a document that can be sent for the template.

        If `complete` is true, it has every field that has an example, else only those that a new target needs.
        """


@dataclass(frozen=True)
class TargetHooks:
    """The functions of the targets app that templates call."""

    check_defaults: Callable[[Any], list[Finding]]
    """Return what is wrong with the defaults of a template, or an empty list."""
    example_payload: ExamplePayload
    """Return an example of an import by a template."""
    targets_with_custom_field: "Callable[[TargetTemplate, str], QuerySet[Model]]"
    """Return the query of a template's targets that have a key, perhaps with null, in their column `custom_fields`."""


class HookRegistry:
    """Holds the functions that the targets app registers."""

    def __init__(self) -> None:
        """Start without any functions."""
        self._hooks: TargetHooks | None = None

    def register(self, hooks: TargetHooks) -> None:
        """Store the functions for this process, in place of any that were registered before."""
        self._hooks = hooks

    def get(self) -> TargetHooks:
        """Return the registered functions. Raises ImproperlyConfigured if none were registered."""
        if self._hooks is None:
            raise ImproperlyConfigured(
                "The templates app needs functions of the targets app. Add targets to INSTALLED_APPS; its "
                "TargetsConfig.ready registers them."
            )
        return self._hooks


target_hooks = HookRegistry()
