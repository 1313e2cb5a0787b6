"""Delete stored files that no row of any table refers to."""

from datetime import datetime

from django.db.models import Exists, ForeignObjectRel, OuterRef

from ordinavo.common.files.models import FilePart, StoredFile


def delete_unreferenced(*, before: datetime) -> None:
    """Delete the files that were stored before a moment and that no foreign key refers to, except their own parts."""
    files = StoredFile.objects.filter(created_at__lt=before)
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model is not FilePart:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            files = files.exclude(Exists(rows))
    for file in files.only("pk"):
        file.delete()
