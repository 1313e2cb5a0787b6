"""Rewrite stored external ids to the form in which imports read them now, where that meets no other target.

Ids that would meet one, that would be too long or that have an invisible character stay as they are:
`manage.py report_equal_ids` lists those that no import can name.
"""

from django.db import migrations

from ordinavo.common import identifiers


def normalise(apps, schema_editor):
    """Normalise the external ids of targets, in batches that are read by id, so that memory stays small."""
    target = apps.get_model("targets", "Target")
    length = target._meta.get_field("external_id").max_length
    odd = target.objects.using(schema_editor.connection.alias).exclude(external_id__regex=r"^[!-~]([ -~]*[!-~])?$")
    for pk, system, stored in odd.order_by("pk").values_list("pk", "source_system", "external_id").iterator():
        try:
            wanted = identifiers.parse(stored)
        except identifiers.InvisibleCharacter:
            continue
        of_system = target.objects.using(schema_editor.connection.alias).filter(source_system=system)
        if 0 < len(wanted) <= length and wanted != stored and not of_system.filter(external_id=wanted).exists():
            of_system.filter(pk=pk, external_id=stored).update(external_id=wanted)


class Migration(migrations.Migration):

    dependencies = [
        ("targets", "0005_changes_index"),
    ]

    operations = [
        migrations.RunPython(normalise, migrations.RunPython.noop),
    ]
