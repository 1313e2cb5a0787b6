"""The Django app of exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    """The app's name in Python and in the database."""

    name = "ordinavo.common.exports"
    label = "exports"
    verbose_name = _("Exports")
