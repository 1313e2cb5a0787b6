"""The Django app of the settings that users make for lists."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """The app's name in Python and in the database."""

    name = "ordinavo.common.lists"
    label = "lists"
