"""The pages where staff log in, change their password and manage their second factor."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.middleware import AccountMiddleware
from allauth.account.utils import perform_login
from allauth.account.views import reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView, redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.forms import AuthenticationForm as StaffLoginForm

from ordinavo.admin.second_factor import ASKED_FOR, LOGGED_IN_AT

_View = Callable[..., Any]


class StaffLoginView(LoginView):
    """The admin's login. Users with a second factor are asked for a code before they are logged in."""

    template_name = "admin/login.html"
    authentication_form = StaffLoginForm
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context that the admin's own login view gives to its template."""
        own = {"title": _("Log in"), "subtitle": None, "app_path": self.request.get_full_path()}
        return super().get_context_data(**admin.site.each_context(self.request), **own, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the form, or redirect staff who are logged in to the start page."""
        if admin.site.has_permission(request):
            return admin.site.login(request)
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> Any:
        """Log the user in and redirect to the page that was asked for, or first to the page that asks for the code."""
        response = perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())
        if self.request.user.is_authenticated:
            self.request.session[LOGGED_IN_AT] = time.time()
        return response


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The form where staff change their password. Wrong old passwords count as failed logins."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        """Make the form for the user of the request."""
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Return the old password. Raises ValidationError if it is wrong or too many failed logins have locked it."""
        old: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=old) is None:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class OwnPasswordView(PasswordChangeView):
    """The page where staff change their password."""

    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the arguments of the form: Django's, and the request."""
        return super().get_form_kwargs() | {"request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the form, and what every page of the admin needs."""
        return super().get_context_data(**admin.site.each_context(self.request), **kwargs)


def own_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the recovery codes once. After a set-up that was demanded, `Continue` leads to the page asked for before."""
    response: HttpResponse = recovery_codes.view_recovery_codes(request)
    if isinstance(response, TemplateResponse):
        page = request.session.pop(ASKED_FOR, reverse("mfa_index"))
        response.context_data = (response.context_data or {}) | {"continue_to": page}
    return response


def _staff_page(view: _View, title: Any, *, is_part_of_login: bool = False) -> _View:
    """Return a view of allauth as a page of the admin, with the menu and a title.

    Only staff may open it, unless `is_part_of_login`: then nobody is logged in yet. If allauth wants the password or a
    code again, the answer is a redirect to the page that asks for it, as AccountMiddleware would answer if it were in
    MIDDLEWARE.
    """

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the page, or redirect to the login."""
        if not is_part_of_login and not admin.site.has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        try:
            response: HttpResponse = view(request, *args, **kwargs)
        except (ReauthenticationRequired, ImmediateHttpResponse) as error:
            redirect: HttpResponse = AccountMiddleware(view).process_exception(request, error)
            return redirect
        if isinstance(response, TemplateResponse):
            context = admin.site.each_context(request) | {"title": title, "subtitle": None}
            context["second_factor_is_required"] = settings.REQUIRE_SECOND_FACTOR
            response.context_data = context | (response.context_data or {})
        return response

    return page


def _route(step: str, view: _View, title: Any, name: str, *, is_part_of_login: bool = False) -> URLPattern:
    """Return the route of a view of allauth. `name` is the name by which allauth looks it up."""
    page = _staff_page(view, title, is_part_of_login=is_part_of_login)
    return path(f"admin/second-factor/{step}", page, name=name)


urlpatterns: list[URLPattern] = [
    path("admin/login/", never_cache(StaffLoginView.as_view()), name="account_login"),
    path("admin/password_change/", admin.site.admin_view(OwnPasswordView.as_view())),
    _route("", mfa.index, _("Two-factor login"), "mfa_index"),
    _route("code/", mfa.authenticate, _("Two-factor login"), "mfa_authenticate", is_part_of_login=True),
    _route("set-up/", totp.activate_totp, _("Set up two-factor login"), "mfa_activate_totp"),
    _route("turn-off/", totp.deactivate_totp, _("Turn off two-factor login"), "mfa_deactivate_totp"),
    _route("recovery-codes/", own_recovery_codes, _("Recovery codes"), "mfa_view_recovery_codes"),
    _route(
        "recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        _("New recovery codes"),
        "mfa_generate_recovery_codes",
    ),
    _route("confirm/password/", reauthenticate, _("Confirm that it is you"), "account_reauthenticate"),
    _route("confirm/code/", mfa.reauthenticate, _("Confirm that it is you"), "mfa_reauthenticate"),
]
