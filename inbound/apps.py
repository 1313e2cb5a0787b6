from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboundConfig(AppConfig):
    name = "inbound"
    verbose_name = _("Inbound")

    def ready(self) -> None:
        from inbound import checks  # noqa: F401  registers the check
