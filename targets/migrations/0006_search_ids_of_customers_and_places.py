"""Let the search in the admin look at the ids of customers and places, the place's name and the contact's name.

The new index is built while imports go on. Until it is complete, the search of the version before uses the old one.
"""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

import targets.search


class Migration(migrations.Migration):

    atomic = False  # PostgreSQL builds an index concurrently outside of transactions only.

    dependencies = [
        ("targets", "0005_normalise_external_ids"),
    ]

    operations = [
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
                ),
                fastupdate=True,
                gin_pending_list_limit=256,
                name="targets_target_searched",
            ),
        ),
        RemoveIndexConcurrently(model_name="target", name="targets_target_words"),
    ]
