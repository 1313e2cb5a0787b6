"""The app of targets and source systems."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    """The app's name, in Python and in the admin."""

    name = "targets"
    verbose_name = _("Targets")
