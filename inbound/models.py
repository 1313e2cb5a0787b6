"""API tokens, and the tables behind idempotency keys and rate limits."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ordinavo.common.limits import DEFAULT_RATE_LIMIT
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem


class ApiToken(models.Model):
    """The rights of an API token. The token itself is a signed JWT that names this row by `jti`; it is not stored."""

    name = models.CharField(
        _("name"), max_length=255, help_text=_("Which system uses the token, such as: ERP nightly push.")
    )
    jti = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=64, choices=Scope.choices), verbose_name=_("scopes"))
    source_systems = models.ManyToManyField(SourceSystem, related_name="tokens", verbose_name=_("source systems"))
    expires_at = models.DateTimeField(_("expires at"))
    rate_limit = models.PositiveIntegerField(
        _("requests per minute"),
        default=DEFAULT_RATE_LIMIT,
        help_text=_("Further requests are refused until the next minute. 0 means no limit."),
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    revoked_by = models.CharField(_("revoked by"), max_length=255, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("created by")
    )
    rotated_from = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="rotated_to", verbose_name=_("replaces")
    )
    # Idempotency keys belong to it, so that a retry with the key is recognised after a rotation.
    first_token = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("first token of the rotation"),
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("allowed networks"),
        default=list,
        blank=True,
        help_text=_("Networks such as 192.0.2.0/24 from which the token may be used. If empty, from everywhere."),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at=None),
                name="inbound_apitoken_name_unique_unless_revoked",
                violation_error_message=_("A token with this name exists. Revoke it or choose another name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """Return "revoked", else "expired" if its time has passed, else "valid". Makes no query."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "valid"

    @staticmethod
    def has_status(status: str) -> Q:
        """Return the condition of the tokens whose `status` is this one, now. Raises KeyError for an unknown one."""
        now = timezone.now()
        return {
            "revoked": Q(revoked_at__isnull=False),
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "valid": Q(revoked_at=None, expires_at__gt=now),
        }[status]

    @property
    def scope_labels(self) -> list[str]:
        """The scopes as staff read them, translated. A scope that no longer exists is shown as it is stored."""
        labels = dict(Scope.choices)
        return [str(labels.get(scope, scope)) for scope in self.scopes]

    @property
    def is_valid(self) -> bool:
        """Whether the token is neither expired nor revoked."""
        return self.status == "valid"


class IdempotencyRecord(models.Model):
    """The answer to the first request with an Idempotency-Key."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the path and the body.")
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="inbound_idempotencyrecord_key_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class RateWindow(models.Model):
    """The number of requests in the last minute that had any, by token or address.

    The table is unlogged: a crash of the database empties it.
    """

    key = models.CharField(primary_key=True, max_length=80)
    minute = models.BigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
