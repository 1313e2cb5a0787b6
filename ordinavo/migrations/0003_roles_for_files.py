"""The role Dispatcher may import files, and abort and resume import jobs."""

from django.db import migrations

_PERMISSIONS = {
    "import_importjob": "Can import files",
    "abort_importjob": "Can abort and resume import jobs",
}


def add_permissions(apps, schema_editor):
    """Give the permissions to the role, if it exists. Django makes permissions only after all migrations have run."""
    dispatcher = apps.get_model("auth", "Group").objects.filter(name="Dispatcher").first()
    types = apps.get_model("contenttypes", "ContentType").objects
    content_type, _ = types.get_or_create(app_label="importjobs", model="importjob")
    for codename, name in _PERMISSIONS.items():
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        if dispatcher:
            dispatcher.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("ordinavo", "0002_cache"),
        ("importjobs", "0005_background"),
    ]
    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
