"""The Django app of API tokens and the import endpoints."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboundConfig(AppConfig):
    """Registers the system checks of the app when Django starts."""

    name = "inbound"
    verbose_name = _("Inbound")

    def ready(self) -> None:
        """Register the system check of the views' scopes, by importing the module that holds it."""
        from inbound.api import checks  # noqa: F401
