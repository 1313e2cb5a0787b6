"""Let the search in the admin look at phone numbers, email addresses and the ids of contacts.

The new index is built while imports go on. Until it is complete, the search of the version before uses the old one.
PostgreSQL waits for the transactions that are open when it begins. If it is interrupted, run the migration again.
"""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

import targets.search


class Migration(migrations.Migration):

    atomic = False  # PostgreSQL builds an index concurrently outside of transactions only.

    dependencies = [
        ("targets", "0010_bulk_changes"),
    ]

    operations = [
        # The timeouts of requests are too short for a large table.
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL("SET lock_timeout = 0", migrations.RunSQL.noop),
        # An interrupted run leaves an invalid index behind.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS targets_target_found_by", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="target",
            index=django.contrib.postgres.indexes.GinIndex(
                targets.search.Words(
                    "external_id",
                    "title",
                    "customer_name",
                    "street",
                    "postal_code",
                    "city",
                    "customer_external_id",
                    "customer_number",
                    "location_external_id",
                    "location_name",
                    "customer_contact_name",
                    "customer_email",
                    "contact_external_id",
                    targets.search.PhoneNumber("customer_phone"),
                ),
                fastupdate=True,
                gin_pending_list_limit=256,
                name="targets_target_found_by",
            ),
        ),
        RemoveIndexConcurrently(model_name="target", name="targets_target_searched"),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
        migrations.RunSQL("RESET lock_timeout", migrations.RunSQL.noop),
    ]
