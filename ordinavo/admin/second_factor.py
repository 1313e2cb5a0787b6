"""The second factor of staff: codes of an authenticator app (TOTP, RFC 6238) and recovery codes, by allauth."""

import base64
import hashlib
import logging
import secrets
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ordinavo.common.client_address import client_address

LOGGED_IN_AT = "logged_in_at"
"""The key in the session of the time of a login without a second factor, in seconds since 1970."""
ASKED_FOR = "asked_for"
"""The key in the session of the page that was asked for before the set-up that REQUIRE_SECOND_FACTOR demands."""
_FRESH_LOGIN_SECONDS = 5 * 60

log = logging.getLogger(__name__)


def has_second_factor(user: User) -> bool:
    """Return whether a user has set up an authenticator app, so that the login asks for a code."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


@transaction.atomic
def reset_second_factor(*, user: User, by: User) -> bool:
    """Remove the second factor and the recovery codes of a user, and record that in the history of the user.

    `by` is the administrator who does so, or the user if a command does. Returns False, and records nothing, if there
    is no second factor.
    """
    deleted, _models = Authenticator.objects.filter(user_id=user.pk).delete()
    if deleted:
        LogEntry.objects.log_actions(
            by.pk, [user], CHANGE, change_message=gettext("Second factor reset."), single_object=True
        )
    return bool(deleted)


class AccountAdapter(DefaultAccountAdapter):
    """What allauth does around logins: whose address counts, and when it asks for the password again."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_password": _("The password is wrong."),
        "too_many_login_attempts": _("Too many wrong codes. Wait 15 minutes, then try again."),
        "rate_limited": _("Too many wrong codes. Wait 15 minutes, then try again."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address as `client_address` finds it, or an empty string if there is none."""
        return client_address(request) or ""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether the user must enter the password or a code again before the second factor may change.

        Returns False within five minutes after a login without a second factor, because the first set-up follows it.
        """
        logged_in_at: float = self.request.session.get(LOGGED_IN_AT, 0)
        return time.time() - logged_in_at > _FRESH_LOGIN_SECONDS


class SecondFactorAdapter(DefaultMFAAdapter):
    """How allauth stores the secrets of second factors: encrypted with keys that are derived from SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "The code is wrong or was used before. "
            "Wait for the next one, and check that the clock of the phone is right."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret encrypted by Fernet (AES-128-CBC with HMAC-SHA256)."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return an encrypted secret in the clear.

        If neither SECRET_KEY nor SECRET_KEY_FALLBACKS can decrypt it, log an error and return a new random secret,
        which no code fits.
        """
        try:
            return _keys().decrypt(encrypted_text).decode()
        except InvalidToken:
            log.error(
                "SECRET_KEY has changed, so second factors cannot be read. Set SECRET_KEY_FALLBACKS or reset them."
            )
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _keys() -> MultiFernet:
    """Return the keys that encrypt the secrets of second factors. The first encrypts, all decrypt.

    They are derived from SECRET_KEY and SECRET_KEY_FALLBACKS.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    hashes = (hashlib.sha256(b"ordinavo second factor:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashed)) for hashed in hashes])


@receiver(authenticator_added)
def use_up_first_code(request: HttpRequest, authenticator: Authenticator, **kwargs: Any) -> None:
    """Mark the code that confirmed a set-up as used, so that no login accepts it again."""
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))


@receiver(authenticator_used)
def say_how_many_codes_are_left(
    request: HttpRequest, authenticator: Authenticator, reauthenticated: bool, **kwargs: Any
) -> None:
    """Show a message after a login by a recovery code, with the number of unused ones."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES and not reauthenticated:
        authenticator.refresh_from_db(fields=["data"])
        left = len(authenticator.wrap().get_unused_codes())
        text = gettext("You have logged in with a recovery code. Codes left: %(left)s.")
        messages.warning(request, text % {"left": left})
