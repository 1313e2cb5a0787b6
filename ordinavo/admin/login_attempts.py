"""Count the failed logins to the admin: by user name and address, and by address over all user names."""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from ordinavo.common import addresses
from ordinavo.common.client_address import client_address


def counted_address(request: HttpRequest) -> str | None:
    """Return the address that failures are counted by, or None if there is none or it is not an IP address.

    For IPv6 it is the first address of the client's /64 network, because one client usually has all of it.
    """
    network = addresses.client_network(client_address(request))
    return str(network.network_address) if network else None


def locked_out_page(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Return the page that says that somebody tried to log in too often, with status 429."""
    context = admin.site.each_context(request) | {"title": _("Too many attempts to log in")}
    return render(request, "admin/locked_out.html", context, status=429)


class LoginAttempts(AxesDatabaseHandler):
    """Lock an address after LOGIN_FAILURES_PER_ADDRESS failures, beside the lock of a user name for an address.

    So nobody can try one password with many names. A successful login removes the failures of its own user name only:
    an attacker with an account cannot reset the count, and colleagues at the same address do not lose theirs.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures that axes compares with AXES_FAILURE_LIMIT: at least that many if the address is locked.

        Failures before the cool-off time do not count. No address is locked if LOGIN_FAILURES_PER_ADDRESS is 0.
        """
        failures: int = super().get_failures(request, credentials)
        limit = settings.LOGIN_FAILURES_PER_ADDRESS
        if limit and _failures_of_address(request) >= limit:
            return max(failures, settings.AXES_FAILURE_LIMIT)
        return failures

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count a failed login, without the fields of its form and address: axes would store all but `password`.

        The form to change a password has other fields with passwords.
        """
        if request is None:
            super().user_login_failed(sender, credentials, request, **kwargs)
            return
        fields = request.GET, request.POST
        request.GET = request.POST = QueryDict()
        try:
            super().user_login_failed(sender, credentials, request, **kwargs)
        finally:
            request.GET, request.POST = fields


def _failures_of_address(request: Any) -> int:
    """Return the recent failures of an address with any user name. axes has set `axes_ip_address` on the request."""
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
    )
    return recent.aggregate(total=Sum("failures_since_start"))["total"] or 0
