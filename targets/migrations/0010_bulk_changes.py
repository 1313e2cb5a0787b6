"""Add bulk changes, and what an undo needs to the edits of staff. All new columns may be null."""

import django.contrib.postgres.fields
import django.db.models.deletion
import ordinavo.common.json_fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('targets', '0009_expected_pause'),
    ]

    operations = [
        migrations.AddField(
            model_name='targetedit',
            name='marks',
            field=ordinavo.common.json_fields.ExactJSONField(null=True),
        ),
        migrations.CreateModel(
            name='BulkChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('cancel', 'Cancel targets'), ('reopen', 'Reopen targets'), ('move', 'Move to another day'), ('priority', 'Set the priority'), ('follow', 'Follow the source system again'), ('undo', 'Undo')], max_length=8, verbose_name='action')),
                ('parameters', ordinavo.common.json_fields.ExactJSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=255, verbose_name='reason')),
                ('by', models.CharField(max_length=255, verbose_name='changed by')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('applied_at', models.DateTimeField(null=True, verbose_name='changed at')),
                ('list_query', models.TextField(blank=True)),
                ('target_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='changed targets')),
                ('unchanged', ordinavo.common.json_fields.ExactJSONField(default=dict, verbose_name='unchanged targets')),
                ('undoes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undos', to='targets.bulkchange')),
            ],
            options={
                'verbose_name': 'bulk change',
                'verbose_name_plural': 'bulk changes',
                'ordering': ['-id'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='targetedit',
            name='bulk_change',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='edits', to='targets.bulkchange'),
        ),
        migrations.AddIndex(
            model_name='targetedit',
            index=models.Index(condition=models.Q(('bulk_change__isnull', False)), fields=['bulk_change', 'id'], name='targets_targetedit_bulk_change'),
        ),
        migrations.AddConstraint(
            model_name='bulkchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_at', None), ('changed', 0)), models.Q(('applied_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='targets_bulkchange_applied_with_a_reason'),
        ),
    ]
