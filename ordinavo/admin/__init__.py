"""Admin pages of accounts and roles, and the start page. Django imports this package to register them."""

import procrastinate.contrib.django.admin  # noqa: F401  registers pages of the queue, in another look
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from . import accounts as accounts
from . import change_log as change_log

admin.site.unregister(ProcrastinateJob)
admin.site.index_title = _("Overview")
