"""Issue, rotate and revoke API tokens. `inbound.credentials` checks the tokens that requests carry."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.tokens import Token

from inbound.models import ApiToken
from ordinavo.common.limits import DEFAULT_RATE_LIMIT, DEFAULT_TOKEN_DAYS
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem


class IntegrationJWT(Token):
    """The signed form of an API token. Its own type keeps other JWTs of simplejwt from being accepted."""

    token_type = "integration"  # noqa: S105  a kind, not a secret
    lifetime = timedelta(days=DEFAULT_TOKEN_DAYS)


def issue(
    *,
    name: str,
    scopes: Sequence[Scope | str],
    source_systems: Sequence[SourceSystem],
    expires_at: datetime,
    rate_limit: int = DEFAULT_RATE_LIMIT,
    allowed_networks: Sequence[str] = (),
    created_by: User | None = None,
) -> tuple[ApiToken, str]:
    """Create an API token. Return its row and its signed form, which is not stored and cannot be shown again.

    `rate_limit` is in requests a minute; 0 is no limit. `allowed_networks` are texts from `networks.normalise`; without
    any, the token may be used from everywhere. Raises ValidationError if a value is not accepted, such as an unknown
    scope, or the name of another token that is not revoked, and IntegrityError if another transaction takes the name
    first. It does not check that `expires_at` is in the future or that there is a source system. After an
    exception nothing is stored.
    """
    token = ApiToken(
        name=name,
        scopes=list(scopes),
        expires_at=expires_at,
        rate_limit=rate_limit,
        allowed_networks=list(allowed_networks),
        created_by=created_by,
    )
    token.full_clean()
    with transaction.atomic():
        token.save()
        token.source_systems.set(source_systems)
    return token, encode(token)


def encode(token: ApiToken) -> str:
    """Return the signed JWT of a token. It names the row by `jti`, expires with the token, and holds no rights."""
    jwt = IntegrationJWT()
    jwt["jti"] = str(token.jti)
    jwt.set_exp(from_time=token.expires_at, lifetime=timedelta(0))
    return str(jwt)


def rotate(*, token: ApiToken, days: int, created_by: User | None = None) -> tuple[ApiToken, str]:
    """Replace a token by a new one of the same name and rights. Return the new row and its signed form.

    The new token is valid for as long as the old one was issued for. The old token stays valid for `days` more days,
    but not beyond its own expiry; 0 revokes it at once, and stores the name of `created_by` as who revoked it. `days`
    must not be negative, which is not checked. The date and time are appended to the old token's name. The row is read
    again and locked until the end of the transaction; the object `token` is not updated. Raises ValidationError if the
    old token is expired or revoked, and ApiToken.DoesNotExist if its row is gone; nothing is stored then.
    """
    now = timezone.now()
    with transaction.atomic():
        old = ApiToken.objects.select_for_update().get(pk=token.pk)
        if not old.is_valid:
            raise ValidationError(_("Only a valid token can be rotated."))
        lifetime = old.expires_at - old.created_at
        if days:
            old.expires_at = min(old.expires_at, now + timedelta(days=days))
        else:
            old.revoked_at, old.revoked_by = now, created_by.get_username() if created_by else ""
        name, old.name = old.name, _retired_name(old, now)
        old.save()
        new = ApiToken(name=name, scopes=old.scopes, expires_at=now + lifetime, rate_limit=old.rate_limit)
        new.created_by, new.rotated_from, new.first_token = created_by, old, old.first_token or old
        new.allowed_networks = old.allowed_networks
        new.full_clean()
        new.save()
        new.source_systems.set(old.source_systems.all())
    return new, encode(new)


def revoke(*, token: ApiToken, by: str = "") -> None:
    """Revoke a token in the database, so that it is refused from the next request on.

    The current time and `by` are stored: the name of the user, or "" if no user did it. A row that is already revoked,
    or deleted, is left as it is, and nothing is raised. The object `token` is not updated.
    """
    with transaction.atomic():
        stored = ApiToken.objects.select_for_update().filter(pk=token.pk, revoked_at=None).first()
        if stored:
            stored.revoked_at, stored.revoked_by = timezone.now(), by
            stored.save(update_fields=["revoked_at", "revoked_by"])


def _retired_name(token: ApiToken, now: datetime) -> str:
    """Return the name of a rotated token: its old name and the local time of the rotation.

    If another valid token has this name, because it was rotated in the same second, the id is added. The old name is
    cut if the result would have more than 255 characters.
    """
    rotated = f"rotated {timezone.localtime(now):%Y-%m-%d %H:%M:%S}"
    names = [token.name[: 255 - len(suffix)] + suffix for suffix in (f" ({rotated})", f" ({rotated}, #{token.pk})")]
    is_taken = ApiToken.objects.filter(name=names[0], revoked_at=None).exists()
    return names[1] if is_taken else names[0]
