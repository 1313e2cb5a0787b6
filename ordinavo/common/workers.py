"""Whether the workers of background work are alive."""

from datetime import timedelta

from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateWorker

from ordinavo.common.limits import STALLED_SECONDS


def count_alive() -> int:
    """Return how many workers have announced themselves within STALLED_SECONDS."""
    alive_since = Now() - timedelta(seconds=STALLED_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=alive_since).count()


def has_worker() -> bool:
    """Return whether a worker has announced itself within STALLED_SECONDS."""
    return count_alive() > 0
