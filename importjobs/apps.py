"""The Django app of import jobs: run an import, record it, replay it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportJobsConfig(AppConfig):
    """Configuration of the app importjobs."""

    name = "importjobs"
    verbose_name = _("Import jobs")
