"""The role Integration admin may view the change log."""

from django.db import migrations


def add_permission(apps, schema_editor):
    """Give the permission to the role, if it exists. Django makes permissions only after all migrations have run."""
    role = apps.get_model("auth", "Group").objects.filter(name="Integration admin").first()
    types = apps.get_model("contenttypes", "ContentType").objects
    content_type, _ = types.get_or_create(app_label="auditlog", model="logentry")
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename="view_logentry", defaults={"name": "Can view log entry"}
    )
    if role:
        role.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("ordinavo", "0003_roles_for_files"),
        ("auditlog", "0017_add_actor_email"),
    ]
    operations = [migrations.RunPython(add_permission, migrations.RunPython.noop)]
