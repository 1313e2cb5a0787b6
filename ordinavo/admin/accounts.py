"""The admin pages of users and roles: Django's own, shown in Unfold's theme."""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401  registers a page that shows the stored secrets
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ordinavo.admin.second_factor import has_second_factor, reset_second_factor
from ordinavo.common.admin.list_filters import ChoiceFilter
from ordinavo.common.admin.lists import ListAdmin

for model in (User, Group, Authenticator, EmailAddress):
    admin.site.unregister(model)


class SecondFactorFilter(ChoiceFilter):
    """Users with or without a second factor."""

    title = _("Second factor")
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def condition(self, value: str) -> Q:
        """Return the condition of the users with or without a second factor."""
        return Q(is_protected=value == "yes")


@admin.register(User)
class StaffAdmin(UserAdmin, ListAdmin):
    """The list and the pages of users."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_protected")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups", SecondFactorFilter)
    readonly_fields = ("second_factor",)
    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Two-factor login"), {"fields": ("second_factor",)}))
    actions_detail = ("reset_this",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the users, each with `is_protected`."""
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(is_protected=Exists(factors))

    @admin.display(description=_("Second factor"), boolean=True, ordering="is_protected")
    def is_protected(self, user: Any) -> bool:
        """Return whether the user has a second factor."""
        return bool(user.is_protected)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return the fields that the user may only see. Only superusers may change what somebody may do."""
        own = super().get_readonly_fields(request, obj)
        return own if request.user.is_superuser else (*own, "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether the user may change a user. Only superusers may change superusers, and their passwords."""
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether the user may delete a user. Only superusers may delete superusers."""
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    @staticmethod
    def _may_touch(request: HttpRequest, obj: Any) -> bool:
        """Return False for a superuser if the user of the request is none. Unfold gives the id of the user, or None."""
        user = User.objects.filter(pk=obj).first() if isinstance(obj, str) else obj
        return user is None or not user.is_superuser or request.user.is_superuser

    @admin.display(description=_("Second factor"))
    def second_factor(self, user: User) -> str:
        """Return since when the user has a second factor. No secret is shown."""
        factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
        if factor is None:
            return gettext("Not set up")
        return gettext("Since %(day)s") % {"day": date_format(factor.created_at, "SHORT_DATE_FORMAT")}

    @action(
        description=_("Reset second factor"), icon="phonelink_erase", permissions=["change"], url_path="reset-factor"
    )
    def reset_this(self, request: Any, object_id: str) -> HttpResponse:
        """Ask for confirmation. After a POST, remove the second factor of a colleague and redirect to the user's page.

        For the own account, redirect to the page that asks for the password first. Raises Http404 if there is no such
        user. Unfold raises PermissionDenied before if `has_change_permission` is False for the colleague.
        """
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404
        if user == request.user:
            return HttpResponseRedirect(reverse("mfa_index"))
        if request.method != "POST":
            return self.confirmation_page(request, _("Reset second factor"), user, Form(), _what_a_reset_does())
        if reset_second_factor(user=user, by=request.user):
            messages.success(request, gettext("The second factor was reset."))
        else:
            messages.info(request, gettext("The user has no second factor."))
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return a list with the button that resets the second factor of a user, or an empty list.

        Empty for an unknown id, the own account, a user without a second factor, or if the user of the request may not
        change this one.
        """
        user = self.get_object(request, str(object_id))
        if user is None or user == request.user or not has_second_factor(user):
            return []
        buttons: list[Any] = super().get_actions_detail(request, object_id)
        return buttons


def _what_a_reset_does() -> str:
    """Return the explanation of a reset, which depends on REQUIRE_SECOND_FACTOR."""
    if settings.REQUIRE_SECOND_FACTOR:
        return gettext(
            "Do this if somebody has lost the phone, and make sure who asks for it. "
            "At the next login the password alone is enough, and a new second factor must be set up."
        )
    return gettext(
        "Do this if somebody has lost the phone, and make sure who asks for it. "
        "The password alone is then enough to log in."
    )


@admin.register(Group)
class RoleAdmin(GroupAdmin, ListAdmin):
    """The list and the pages of roles, which Django calls groups."""
