"""The admin pages of API tokens."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timeuntil
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from unfold.decorators import action, display

from inbound import tokens
from inbound.admin.forms import ApiTokenForm, IssueForm, RotateForm
from inbound.admin.list_filters import ScopeFilter, TokenStatusFilter
from inbound.admin.trial_commands import trial_command
from inbound.models import ApiToken
from ordinavo.common.admin.display import badge
from ordinavo.common.admin.lists import ListAdmin
from ordinavo.common.local_days import moment_text

LISTED_NETWORKS = 2
"""Networks of a token that the list shows; of the others it shows the number."""
_STATUS_BADGES = {
    "valid": (_("valid"), "success"),
    "expired": (_("expired"), "warning"),
    "revoked": (_("revoked"), "danger"),
}
_RECORD_FIELDS = [
    "status_column", "expires_at", "last_used_at", "created_at", "created_by", "rotation", "revoked_at", "revoked_by",
]  # fmt: skip


@admin.register(ApiToken)
class ApiTokenAdmin(ListAdmin):
    """The list and the page of API tokens.

    A token is shown once, when it is issued. Afterwards staff can change its rights, rotate it and revoke it. Its row
    is never deleted.
    """

    list_display = [
        "name", "status_column", "source_systems_column", "scopes_column", "remaining_validity", "last_used_at",
        "networks_column", "created_by", "revoked_column",
    ]  # fmt: skip
    list_select_related = ["created_by"]
    list_filter = [TokenStatusFilter, ("source_systems", RelatedOnlyFieldListFilter), ScopeFilter]
    search_fields = ["name", "source_systems__name", "source_systems__key"]
    actions = ["revoke_selected"]
    actions_detail = ["rotate_this", "revoke_this"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Return the tokens with their source systems."""
        tokens: QuerySet[ApiToken] = super().get_queryset(request).prefetch_related("source_systems")
        return tokens

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form that issues a token, or the one that changes an existing one."""
        return super().get_form(request, obj, change, **kwargs | {"form": ApiTokenForm if obj else IssueForm})

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """Return the name and the rights, then the validity of a new token or the record of an existing one."""
        validity = _RECORD_FIELDS if obj else ["valid_for", "expires_at"]
        return ["name", "scopes", "source_systems", "rate_limit", "allowed_networks", *validity]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """Return the record of an existing token: everything but its name and its rights. Nothing for a new one."""
        return _RECORD_FIELDS if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return True if the user may change tokens and `obj` is not a token that is expired or revoked.

        Such a token is only a record. Unfold may pass an id as `obj`, whose token is not checked.
        """
        is_record = isinstance(obj, ApiToken) and not obj.is_valid
        return super().has_change_permission(request) and not is_record

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: tokens are revoked, and their rows stay."""
        return False

    def save_model(self, request: Any, obj: ApiToken, form: Any, change: bool) -> None:
        """Store a new token with the user as its `created_by`, or only the changed columns of an existing one.

        Writing all columns could undo a revocation that happens at the same moment. Django stores the source systems
        later.
        """
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name != "source_systems"])
            return
        obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @sensitive_variables("raw")
    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Return the page that shows the signed form of a new token, once. Django calls this after it stored the token.

        `post_url_continue` is not used: there is no redirect.
        """
        return self._token_page(request, obj, tokens.encode(obj))

    # Rotate and revoke --------------------------------------------------------------------

    @sensitive_variables("raw")
    @action(description=_("Rotate"), icon="autorenew", permissions=["change"], url_path="rotate")
    def rotate_this(self, request: Any, object_id: str) -> HttpResponse:
        """Return a form that asks how long the old token stays valid, or rotate and return the page of the new token.

        It rotates if a valid number of days was posted, and stores the user as the one who issued the new token and,
        with 0 days, the user's name as the one who revoked the old one. Otherwise nothing is written: the form is
        returned again with the error, also if the token ended meanwhile. Raises Http404 if the old token is missing,
        expired or revoked, and PermissionDenied if the user may not change tokens.
        """
        token = self._get_valid_token(request, object_id)
        form = RotateForm(request.POST or None)
        if form.is_valid():
            try:
                new, raw = tokens.rotate(token=token, days=form.cleaned_data["days"], created_by=request.user)
                return self._token_page(request, new, raw)
            except ValidationError as error:
                form.add_error(None, error)
        explanation = _("You get a new token with the same rights. Give it to those who use the old one.")
        return self.confirmation_page(request, _("Rotate"), token, form, explanation)

    @action(description=_("Revoke"), icon="block", permissions=["change"], url_path="revoke")
    def revoke_this(self, request: Any, object_id: str) -> HttpResponse:
        """Return the page that asks for confirmation, or on a POST revoke the token and redirect to the list.

        Stores the user's name in the token, and shows a message on the list. Raises Http404 if the token is missing,
        expired or revoked, and PermissionDenied if the user may not change tokens.
        """
        token = self._get_valid_token(request, object_id)
        if request.method == "POST":
            revoke_all(request, [token])
            return HttpResponseRedirect(reverse("admin:inbound_apitoken_changelist"))
        explanation = _("All further requests with this token are refused. This cannot be undone.")
        return self.confirmation_page(request, _("Revoke"), token, Form(), explanation)

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> HttpResponse:
        """Return the page that asks for confirmation, or, once confirmed, revoke the tokens and redirect to the list.

        Stores the user's name in each token, and shows a message with the tokens' names, or a dash for none. Chosen
        tokens that are expired or revoked are left unchanged, and no message or page names them. Django offers the
        action only to users who may change tokens.
        """
        valid = [token for token in queryset if token.is_valid]
        if "confirmed" in request.POST:
            revoke_all(request, valid)
            return HttpResponseRedirect(reverse("admin:inbound_apitoken_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": gettext("Revoke"), "tokens": valid, "back": reverse("admin:inbound_apitoken_changelist"),
            "chosen": [token.pk for token in valid],
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/apitoken/revoke_many.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return the buttons of a token's page that the user may use: none if it is missing, expired or revoked."""
        token = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if token and token.is_valid else []

    def _get_valid_token(self, request: HttpRequest, object_id: str) -> ApiToken:
        """Return the token with an id. Raises Http404 if it is missing, expired or revoked."""
        token = self.get_object(request, object_id)
        if token is None or not token.is_valid:
            raise Http404
        return token

    @sensitive_variables("raw")
    def _token_page(self, request: HttpRequest, token: ApiToken, raw: str) -> HttpResponse:
        """Return the page that shows the signed form of a token, with headers that forbid to store it.

        The page answers the POST itself, because a redirect would have to store the token somewhere.
        """
        system = token.source_systems.values_list("key", flat=True).first() or ""
        context = self.admin_site.each_context(request) | {
            "title": gettext("Token %(name)s") % {"name": token}, "token": token, "raw": raw,
            "command": trial_command(f"{request.scheme}://{request.get_host()}", raw, token.scopes, system),
        }  # fmt: skip
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/inbound/apitoken/issued.html", context, headers=headers)

    # Columns ------------------------------------------------------------------------------

    @display(description=_("status"))
    def status_column(self, token: ApiToken) -> SafeString:
        """Return the coloured label of the token's status, as HTML."""
        return status_badge(token)

    @display(description=_("source systems"))
    def source_systems_column(self, token: ApiToken) -> str:
        """Return the names of the token's source systems."""
        return ", ".join(system.name for system in token.source_systems.all())

    @display(description=_("scopes"))
    def scopes_column(self, token: ApiToken) -> SafeString:
        """Return the token's scopes as HTML, one in each line."""
        return format_html_join("", "<div>{}</div>", ((label,) for label in token.scope_labels))

    @display(description=_("revoked"), ordering="revoked_at")
    def revoked_column(self, token: ApiToken) -> str:
        """Return when and by whom the token was revoked, or a dash if it was not."""
        if not token.revoked_at:
            return "–"
        at = moment_text(token.revoked_at)
        return f"{at}, {token.revoked_by}" if token.revoked_by else at

    @display(description=_("allowed networks"))
    def networks_column(self, token: ApiToken) -> str:
        """Return the first networks of the token and the number of the others, or a text that it is not restricted."""
        first, others = token.allowed_networks[:LISTED_NETWORKS], token.allowed_networks[LISTED_NETWORKS:]
        return ", ".join([*first, *([f"+ {len(others)}"] if others else [])]) or gettext("everywhere")

    @display(description=_("remaining validity"), ordering="expires_at")
    def remaining_validity(self, token: ApiToken) -> str:
        """Return how long the token is still valid, translated, such as "3 weeks", or a dash if it is not valid.

        The time is rounded down to its largest unit.
        """
        return timeuntil(token.expires_at, timezone.now(), depth=1) if token.is_valid else "–"

    @display(description=_("rotation"))
    def rotation(self, token: ApiToken) -> str:
        """Return HTML links to the token that this one replaced and to those that replaced it, or a dash if none."""
        related = [(_("Replaces"), token.rotated_from)] if token.rotated_from else []
        related += [(_("Replaced by"), new) for new in token.rotated_to.all()]
        link = '<div>{} <a class="underline" href="{}">{}</a></div>'
        rows = ((text, reverse("admin:inbound_apitoken_change", args=[other.pk]), other) for text, other in related)
        return format_html_join("", link, rows) or "–"


def status_badge(token: ApiToken) -> SafeString:
    """Return the coloured label of a token's status, as HTML."""
    return badge(*_STATUS_BADGES[token.status])


def revoke_all(request: Any, chosen: list[ApiToken]) -> None:
    """Revoke tokens, and store the user's name in each as the one who revoked it.

    The next page shows a message with the tokens' names, or a dash if there is none.
    """
    for token in chosen:
        tokens.revoke(token=token, by=request.user.get_username())
    names = ", ".join(token.name for token in chosen)
    messages.success(request, gettext("Revoked: %(names)s.") % {"names": names or "–"})
