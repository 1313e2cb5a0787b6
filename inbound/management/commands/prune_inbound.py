from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from inbound.models import IdempotencyRecord, RateWindow

AT_ONCE = 1_000


class Command(BaseCommand):
    help = "Deletes answers kept for idempotency keys over IDEMPOTENCY_HOURS, and old counts of requests."

    def handle(self, *args: Any, **options: Any) -> None:
        old = IdempotencyRecord.objects.filter(
            created_at__lt=timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
        )
        total = 0
        while pks := list(old.values_list("pk", flat=True)[:AT_ONCE]):
            total += IdempotencyRecord.objects.filter(pk__in=pks).delete()[0]
        hour = int(timezone.now().timestamp() / 60) - 60
        counts, _ = RateWindow.objects.filter(minute__lt=hour).delete()
        self.stdout.write(f"{total} answers and {counts} counts deleted.")
