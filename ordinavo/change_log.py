"""Log who changed templates, source systems, API tokens, accounts and roles, and from which value to which.

django-auditlog writes an entry for each save and deletion of these models, in the transaction of the change. Writes by
`QuerySet.update` and by SQL are not logged, so change these models by saving objects.
"""

from allauth.mfa.models import Authenticator
from auditlog.context import set_extra_data
from auditlog.registry import auditlog
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse

from inbound.models import ApiToken
from ordinavo.common.request_context import GetResponse
from targets.models import SourceSystem
from templates.models import CustomField, TargetTemplate

HIDDEN = "********"
"""What the log has in place of a secret."""


def register_models() -> None:
    """Let auditlog log the changes of these models. Passwords are hidden, and secrets of second factors left out."""
    for model in (TargetTemplate, CustomField, SourceSystem):
        auditlog.register(model, exclude_fields=["id"])
    unread = ["id", "jti", "last_used_at", "first_token"]
    auditlog.register(ApiToken, exclude_fields=unread, m2m_fields={"source_systems"})
    auditlog.register(
        User,
        exclude_fields=["id", "last_login"],
        mask_fields=["password"],
        mask_callable="ordinavo.change_log.hide",
        m2m_fields={"groups", "user_permissions"},
    )
    auditlog.register(Group, exclude_fields=["id"], m2m_fields={"permissions"})
    auditlog.register(Authenticator, include_fields=["user", "type"])


def hide(value: str) -> str:
    """Return HIDDEN in place of a secret value, or "" if there is none, which auditlog gives as "" or "None"."""
    return HIDDEN if value not in ("", "None") else ""


def change_log_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that names the user of the request in the entries of the log.

    The name is stored beside the user, so that it stays when the account is deleted.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request. The user is read only if something is logged."""
        who = {"actor": request.user, "additional_data": lambda: {"by": request.user.get_username()}}
        with set_extra_data(who):
            return get_response(request)

    return middleware
