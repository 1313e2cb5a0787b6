from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('importjobs', '0005_background'),
    ]

    operations = [
        ValidateConstraint(model_name='importjob', name='importjobs_importjob_counters_fit_status'),
    ]
