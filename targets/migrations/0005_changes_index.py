"""Add the index of GET /changes while imports go on.

PostgreSQL waits for the transactions that are open when it begins. If it is interrupted, run the migration again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('targets', '0004_changes'),
    ]

    operations = [
        # The timeouts of requests are too short for a large table.
        migrations.RunSQL('SET statement_timeout = 0', migrations.RunSQL.noop),
        migrations.RunSQL('SET lock_timeout = 0', migrations.RunSQL.noop),
        # An interrupted run leaves an invalid index behind.
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS targets_target_changes', migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name='target',
            index=models.Index(fields=['source_system', 'change_xid', 'id'], name='targets_target_changes'),
        ),
        migrations.RunSQL('RESET statement_timeout', migrations.RunSQL.noop),
        migrations.RunSQL('RESET lock_timeout', migrations.RunSQL.noop),
    ]
