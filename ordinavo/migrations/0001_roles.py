"""The roles of the back office, as groups. Who changes one in the admin keeps the change."""

from django.db import migrations

_READS = [
    "targets.view_target",
    "targets.view_sourcesystem",
    "importjobs.view_importjob",
    "importjobs.view_importitem",
    "templates.view_targettemplate",
    "templates.view_customfield",
]
_ROLES = {
    "Viewer": _READS,
    "Dispatcher": [*_READS, "targets.change_target", "importjobs.replay_importitem"],
    "Integration admin": [
        *_READS,
        *(f"inbound.{action}_apitoken" for action in ("view", "add", "change")),
        *(f"targets.{action}_sourcesystem" for action in ("add", "change")),
        *(f"templates.{action}_targettemplate" for action in ("add", "change")),
        *(f"templates.{action}_customfield" for action in ("add", "change", "delete")),
    ],
}


def make_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name, permissions in _ROLES.items():
        group, created = Group.objects.get_or_create(name=name)
        if created:
            group.permissions.set([_permission(apps, permission) for permission in permissions])


def _permission(apps, permission):
    """Django makes permissions only after all migrations have run, and then keeps those it finds."""
    app, codename = permission.split(".")
    action, model = codename.split("_")
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    verbose = apps.get_model(app, model)._meta.verbose_name_raw
    names = {"replay_importitem": "Can replay and dismiss rejected items"}
    defaults = {"name": names.get(codename, f"Can {action} {verbose}")}
    manager = apps.get_model("auth", "Permission").objects
    return manager.get_or_create(content_type=content_type, codename=codename, defaults=defaults)[0]


def remove_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=_ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("inbound", "0001_initial"),
        ("importjobs", "0001_initial"),
        ("targets", "0001_initial"),
        ("templates", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_roles, remove_roles)]
