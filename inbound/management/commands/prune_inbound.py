"""The command prune_inbound."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from inbound.models import IdempotencyRecord, RateWindow

ROWS_AT_ONCE = 1_000


class Command(BaseCommand):
    """Delete stored answers of idempotency keys and request counts that are no longer needed."""

    help = "Delete answers stored for idempotency keys longer than IDEMPOTENCY_HOURS, and old request counts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete the answers of keys stored more than IDEMPOTENCY_HOURS ago, and request counts older than an hour.

        Newer ones stay. Answers are deleted ROWS_AT_ONCE at a time, each time in a transaction of its own. Prints how
        many rows of each were deleted. A database error is not caught; what was deleted before it stays deleted.
        """
        old = IdempotencyRecord.objects.filter(
            created_at__lt=timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
        )
        answers = 0
        while pks := list(old.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
            answers += IdempotencyRecord.objects.filter(pk__in=pks).delete()[0]
        an_hour_ago = int(timezone.now().timestamp() / 60) - 60
        counts, _ = RateWindow.objects.filter(minute__lt=an_hour_ago).delete()
        self.stdout.write(f"{answers} answers and {counts} counts deleted.")
