"""What a user chose for a list of the admin: its columns, its rows on a page, and filters that were saved."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListSettings(models.Model):
    """The settings of one user for the list of one model. They never change what an export has."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    """The model of the list, such as "targets.Target"."""
    columns: Any = ArrayField(models.CharField(max_length=100), default=list)
    """The names of the chosen columns. Empty for the columns that the list has by itself."""
    rows_on_page = models.PositiveSmallIntegerField(null=True)
    """Null for the number that the list has by itself."""
    saved_filters = models.JSONField(default=dict)
    """The query string of the list for each name that the user gave."""

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["owner", "model"], name="lists_listsettings_one_for_each_list"),
        ]

    def __str__(self) -> str:
        """Return the model of the list."""
        return self.model
