from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

# As Django wrote it but for the state only: the choices of the scopes are not in the database.
SCOPES = [
    ("inbound.targets.write", "Import targets one at a time"),
    ("inbound.targets.batch.write", "Import targets in batches"),
    ("import_jobs.read", "Read import jobs"),
    ("targets.read", "Read targets"),
    ("templates.read", "Read templates and their schemas"),
    ("integration.health.read", "Ask whether the service is up"),
    ("metrics.read", "Read the metrics of all source systems (for Prometheus)"),
]


class Migration(migrations.Migration):
    dependencies = [("inbound", "0004_keys_of_first_tokens")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="apitoken",
                    name="scopes",
                    field=ArrayField(
                        base_field=models.CharField(choices=SCOPES, max_length=64), size=None, verbose_name="scopes"
                    ),
                ),
            ],
        ),
    ]
