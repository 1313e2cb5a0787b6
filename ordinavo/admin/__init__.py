"""Admin pages of accounts and roles, and the start page. Django imports this package to register them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import accounts as accounts

admin.site.index_title = _("Overview")
