"""The configuration of the app `ordinavo`: admin site, templates, static files and translations."""

from django.apps import AppConfig


class OrdinavoConfig(AppConfig):
    """The app that puts the others together. Registers its system checks when Django starts."""

    name = "ordinavo"
    verbose_name = "Ordinavo Connect"

    def ready(self) -> None:
        """Register the system checks."""
        from ordinavo import checks  # noqa: F401
