"""Files in the database: uploads that a worker reads, and exports that a worker writes.

Web processes and workers may run on different machines, which share nothing but the database.
"""

from django.db import models


class StoredFile(models.Model):
    """A file. Its bytes are in its parts."""

    name = models.CharField(max_length=255)
    """The file's own name, without a folder."""
    content_type = models.CharField(max_length=128, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    """In bytes."""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the whole content, in hexadecimal."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="files_storedfile_created")]

    def __str__(self) -> str:
        return self.name


class FilePart(models.Model):
    """Some bytes of a file."""

    file = models.ForeignKey(StoredFile, models.CASCADE, db_index=False, related_name="parts")
    number = models.PositiveIntegerField()
    """Counted from 0."""
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "number"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="files_filepart_number_unique")]

    def __str__(self) -> str:
        return f"part {self.number}"
