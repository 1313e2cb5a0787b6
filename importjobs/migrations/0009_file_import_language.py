"""Remember the language of the staff who uploaded a file, for the sentences that a worker stores about it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("importjobs", "0007_file_row_numbers"),
    ]
    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
    ]
