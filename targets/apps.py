"""The app of targets and source systems."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    """The app's name, in Python and in the admin, and what it registers when Django starts."""

    name = "targets"
    verbose_name = _("Targets")

    def ready(self) -> None:
        """Register the three functions of this app that the templates app calls, in place of any registered before.

        They check a template's defaults, make an example payload, and return the targets that have a custom field.
        """
        from targets import checks, examples
        from targets.models import Target
        from templates.hooks import TargetHooks, target_hooks

        target_hooks.register(
            TargetHooks(
                check_defaults=checks.check_defaults,
                example_payload=examples.payload,
                targets_with_custom_field=lambda template, key: Target.objects.filter(
                    template=template, custom_fields__has_key=key
                ),
            )
        )
