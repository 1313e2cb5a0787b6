"""Remember where the row numbers of a file differ from the positions of its documents."""

from django.db import migrations

import ordinavo.common.json_fields


class Migration(migrations.Migration):
    dependencies = [
        ("importjobs", "0006_validate_counters"),
    ]
    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="row_offsets",
            field=ordinavo.common.json_fields.ExactJSONField(db_default=[], default=list),
        ),
    ]
