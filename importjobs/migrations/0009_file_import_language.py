"""Remember the language of the staff who uploaded a file, for the sentences that a worker stores about it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("importjobs", "0008_folder_files"),
    ]
    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
    ]
