"""The Django app of API tokens and the import endpoints."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboundConfig(AppConfig):
    """Registers the system checks of the app when Django starts."""

    name = "inbound"
    verbose_name = _("Inbound")

    def ready(self) -> None:
        """Import the module that registers the checks."""
        from inbound.api import checks  # noqa: F401
