"""The Django app of stored files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """The app's name in Python and in the database."""

    name = "ordinavo.common.files"
    label = "files"
