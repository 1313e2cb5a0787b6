"""Request, abort and delete exports. The pages call these functions."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from ordinavo.common.exports.models import Export
from ordinavo.common.files.models import StoredFile

log = structlog.get_logger(__name__)

TASK = "write_export"
QUEUE = "exports"
MAX_SMALL_ROWS = 10_000
"""Of an export that does not wait for larger ones."""


def request_export(*, owner: User, model: str, query: str, format: str, language: str, is_small: bool) -> Export:
    """Store an export and the task that writes it, and return the export.

    At most one small and one large export are written at a time, so that workers are left for imports, and a small one
    does not wait for a large one.
    """
    lock = "small exports" if is_small else "large exports"
    with transaction.atomic():
        export = Export.objects.create(owner=owner, model=model, query=query, format=format, language=language)
        app.configure_task(TASK, queue=QUEUE, lock=lock).defer(export_id=export.pk)
    log.info("export_requested", export=export.pk, user=owner.get_username(), model=model, format=format)
    return export


def abort(export: Export) -> bool:
    """End an export as Cancelled, and return whether that was done. Returns False if it has ended already."""
    with transaction.atomic():
        running = Export.objects.select_for_update().filter(pk=export.pk, finished_at=None).first()
        if running is None:
            return False
        discard_file(running)
        running.status, running.finished_at = Export.Status.CANCELLED, timezone.now()
        running.save(update_fields=["status", "finished_at"])
    return True


def delete(export: Export) -> None:
    """Delete an export and its file. A worker that is writing it stops."""
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).delete()
        if export.file_id:
            StoredFile.objects.filter(pk=export.file_id).delete()


def delete_expired() -> int:
    """Delete the exports that ended more than EXPORT_DAYS ago, with their files, and return how many those were."""
    limit = timezone.now() - timedelta(days=settings.EXPORT_DAYS)
    expired = list(Export.objects.filter(finished_at__lt=limit).only("pk", "file_id"))
    for export in expired:
        delete(export)
    return len(expired)


def discard_file(export: Export) -> None:
    """Delete the file of an export, if it has one. Does not save the export."""
    if export.file_id:
        file_id, export.file = export.file_id, None
        export.save(update_fields=["file"])
        StoredFile.objects.filter(pk=file_id).delete()
