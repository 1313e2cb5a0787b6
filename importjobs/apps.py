"""The Django app of import jobs: run an import, record it, replay it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportJobsConfig(AppConfig):
    """The app's name, in Python and in the admin, and what it registers when Django starts."""

    name = "importjobs"
    verbose_name = _("Import jobs")

    def ready(self) -> None:
        """Register the imports of a target as a source of the target's history. Django calls this once at the start."""
        from importjobs import history
        from targets import hooks

        hooks.register_history_source(history.imports_of)
