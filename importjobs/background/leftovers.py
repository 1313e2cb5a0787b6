"""Delete what background work leaves behind: rehearsals, uploads, documents and files that nothing needs any more."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from importjobs.models import FileImport, Rehearsal, StoredDocuments
from ordinavo.common.files import leftovers as file_leftovers


def delete(*, before: datetime) -> None:
    """Delete rehearsals, uploads, documents and stored files from before a moment, in steps that are transactions.

    Kept are rehearsals that have not ended, the upload and the documents of a job that has not ended or can be resumed,
    and files of a watched folder that were not moved away. Import jobs stay in any case.
    """
    for rehearsal in Rehearsal.objects.filter(created_at__lt=before, finished_at__isnull=False):
        rehearsal.delete()
    done = Q(job=None) | Q(job__finished_at__isnull=False, job__run=None)
    is_rehearsed = Q(rehearsal=None) | Q(rehearsal__finished_at__isnull=False)
    FileImport.objects.filter(done & is_rehearsed, created_at__lt=before, folder_file=None).delete()
    for documents in StoredDocuments.objects.filter(created_at__lt=before, runs=None, file_imports=None):
        with transaction.atomic():
            documents.delete()
    file_leftovers.delete_unreferenced(before=before)
