from django.apps import AppConfig


class ImportJobsConfig(AppConfig):
    name = "importjobs"
    verbose_name = "Import jobs"
