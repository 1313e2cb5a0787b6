"""Remember which files a worker is to read, so that a lost task can be put into the queue again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("importjobs", "0009_file_import_language"),
    ]
    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="reading_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
    ]
