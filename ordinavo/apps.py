"""The configuration of the app `ordinavo`: admin site, templates, static files and translations."""

from django.apps import AppConfig


class OrdinavoConfig(AppConfig):
    """The app that puts the others together."""

    name = "ordinavo"
    verbose_name = "Ordinavo Connect"
