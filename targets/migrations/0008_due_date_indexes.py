"""Add the indexes for the due date in the admin's list of targets while imports go on.

PostgreSQL waits for the transactions that are open when it begins. If it is interrupted, run the migration again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # PostgreSQL builds an index concurrently outside of transactions only.

    dependencies = [
        ("targets", "0007_search_ids_of_customers_and_places"),
    ]

    operations = [
        # The timeouts of requests are too short for a large table.
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL("SET lock_timeout = 0", migrations.RunSQL.noop),
        # An interrupted run leaves an invalid index behind.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS targets_target_due_date", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="target",
            index=models.Index(
                condition=models.Q(("due_date__isnull", False)), fields=["due_date"], name="targets_target_due_date"
            ),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS targets_target_due_at", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="target",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False), ("due_date", None)),
                fields=["due_at"],
                name="targets_target_due_at",
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
        migrations.RunSQL("RESET lock_timeout", migrations.RunSQL.noop),
    ]
