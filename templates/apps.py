"""The app of target templates and their custom fields."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TemplatesConfig(AppConfig):
    """The app's name, in Python and in the admin."""

    name = "templates"
    verbose_name = _("Templates")
