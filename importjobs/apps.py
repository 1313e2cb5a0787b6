from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportJobsConfig(AppConfig):
    name = "importjobs"
    verbose_name = _("Import jobs")
