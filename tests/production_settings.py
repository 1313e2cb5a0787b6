"""The settings of production, without the manifest of static files, which only collectstatic makes."""

from ordinavo.settings import *  # noqa: F403

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
