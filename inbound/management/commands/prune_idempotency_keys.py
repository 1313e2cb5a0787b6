from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from inbound.models import IdempotencyRecord

AT_ONCE = 1_000


class Command(BaseCommand):
    help = "Deletes the records of idempotency keys that are older than IDEMPOTENCY_HOURS, in small steps."

    def handle(self, *args: Any, **options: Any) -> None:
        old = IdempotencyRecord.objects.filter(
            created_at__lt=timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
        )
        total = 0
        while pks := list(old.values_list("pk", flat=True)[:AT_ONCE]):
            total += IdempotencyRecord.objects.filter(pk__in=pks).delete()[0]
        self.stdout.write(f"{total} records deleted.")
