"""Rewrite the external ids of recorded items to the form in which imports read them now, as those of targets were.

Without it, an item recorded under an older spelling of an id would not be found by the new one: not by a filter, and
not by a replay that looks for newer imports.
"""

from django.db import migrations

from ordinavo.common import identifiers

BATCH_SIZE = 1000


def normalise(apps, schema_editor):
    """Normalise the external ids of items, in batches by id, each committed on its own.

    An id that would become empty or too long for its column stays as it is. A second run changes nothing.
    """
    items = apps.get_model("importjobs", "ImportItem").objects.using(schema_editor.connection.alias)
    length = items.model._meta.get_field("external_id").max_length
    odd = items.exclude(external_id="").exclude(external_id__regex=r"^[!-~]([ -~]*[!-~])?$")
    odd = odd.only("external_id").order_by("pk")
    batch = list(odd[:BATCH_SIZE])
    while batch:
        changed = []
        for item in batch:
            wanted = identifiers.normalise(item.external_id)
            if wanted != item.external_id and 0 < len(wanted) <= length:
                item.external_id = wanted
                changed.append(item)
        items.bulk_update(changed, ["external_id"])
        batch = list(odd.filter(pk__gt=batch[-1].pk)[:BATCH_SIZE])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("importjobs", "0003_items_with_warnings"),
    ]

    operations = [
        migrations.RunPython(normalise, migrations.RunPython.noop),
    ]
