import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from targets.models import SourceSystem

from .scopes import Scope


class ApiToken(models.Model):
    """What a token may do. The token itself is a signed JWT that names this row and is not stored."""

    name = models.CharField(max_length=255, help_text="Who uses it, such as: ERP nightly push.")
    jti = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=64, choices=Scope.choices))
    source_systems = models.ManyToManyField(SourceSystem, related_name="tokens")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "API token"
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at=None),
                name="inbound_apitoken_name_unique_unless_revoked",
                violation_error_message="A token of this name exists; revoke it or choose another.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "valid"
