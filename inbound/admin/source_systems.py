"""The admin pages of source systems, with their last import and their API tokens."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from importjobs import silence
from importjobs.admin.rhythm_texts import last_import_sentence, pause_sentence
from inbound.admin.model_admins import revoke_all, status_badge
from inbound.models import ApiToken
from targets.admin.model_admins import SourceSystemAdmin
from targets.models import SourceSystem


@admin.register(SourceSystem)
class SourceSystemWithTokensAdmin(SourceSystemAdmin):
    """The list and the page of source systems. The page shows the last import, and all tokens to those who may."""

    actions_detail = [*SourceSystemAdmin.actions_detail, "revoke_tokens"]
    change_form_outer_after_template = "admin/targets/sourcesystem/tokens.html"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page of a source system, with `last_import` and `pause` (sentences) and its tokens with badges."""
        system = context["original"]
        if system and request.user.has_perm("importjobs.view_importjob"):
            context |= _imports(system)
        if system and request.user.has_perm("inbound.view_apitoken"):
            context["tokens"] = [(token, status_badge(token)) for token in system.tokens.order_by("name")]
        return super().render_change_form(request, context, *args, **kwargs)

    def idle_buttons(self, request: HttpRequest, system: SourceSystem) -> tuple[str, ...]:
        """Return also the button to revoke tokens if the user may not, or if none is valid."""
        may_revoke = request.user.has_perm("inbound.change_apitoken") and _valid_tokens(system).exists()
        idle: tuple[str, ...] = super().idle_buttons(request, system)
        return idle if may_revoke else (*idle, "revoke_tokens")

    @action(description=_("Revoke all tokens"), icon="key_off", permissions=["change"], url_path="revoke-tokens")
    def revoke_tokens(self, request: Any, object_id: str) -> HttpResponse:
        """Return a page that names the valid tokens of a source system, or revoke those that were named when posted.

        The page says for each token which other source systems it is for. A token that was issued in the meantime is
        not revoked. Stores the user's name in each, shows a message and redirects to the source system. Raises Http404
        if there is no source system with this id, and PermissionDenied if the user may not change tokens.
        """
        if not request.user.has_perm("inbound.change_apitoken"):
            raise PermissionDenied
        system = self._get_source_system(request, object_id)
        valid = _valid_tokens(system).prefetch_related("source_systems")
        back = reverse("admin:targets_sourcesystem_change", args=[system.pk])
        if request.method == "POST":
            revoke_all(request, [token for token in valid if str(token.pk) in request.POST.getlist("token")])
            return HttpResponseRedirect(back)
        rows = [(token, [other for other in token.source_systems.all() if other != system]) for token in valid]
        context = self.admin_site.each_context(request) | {
            "title": gettext("Revoke all tokens: %(system)s") % {"system": system}, "rows": rows, "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/targets/sourcesystem/revoke_tokens.html", context)


def _imports(system: SourceSystem) -> dict[str, Any]:
    """Return what the page says about the last import of a source system, and whether it is silent."""
    now = timezone.now()
    rhythm = silence.rhythm_of(system.pk, now)
    is_expected = system.active and not system.paused_at
    return {
        "last_import": last_import_sentence(rhythm, now),
        "pause": pause_sentence(rhythm) if rhythm else "",
        "is_silent": is_expected and (rhythm is None or rhythm.is_silent(now)),
    }


def _valid_tokens(system: SourceSystem) -> QuerySet[ApiToken]:
    """Return the query of the tokens of a source system that are neither expired nor revoked, by name."""
    return system.tokens.filter(ApiToken.has_status("valid")).order_by("name")
