"""The role Integration admin may replay and dismiss rejected items, so that one role can finish the work."""

from django.db import migrations


def add_permissions(apps, schema_editor):
    """Give the permission to the role, if it exists. Django makes permissions only after all migrations have run."""
    role = apps.get_model("auth", "Group").objects.filter(name="Integration admin").first()
    types = apps.get_model("contenttypes", "ContentType").objects
    content_type, _ = types.get_or_create(app_label="importjobs", model="importitem")
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="replay_importitem",
        defaults={"name": "Can replay and dismiss rejected items"},
    )
    if role:
        role.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("ordinavo", "0004_change_log"),
        ("importjobs", "0001_initial"),
    ]
    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
