"""Let import jobs be pending, processing or cancelled, and keep the keys of payloads in their order.

PostgreSQL rewrites the table of items for the payload's new type (jsonb to json) and locks it meanwhile. Payloads that
are stored already keep the order that jsonb gave them.
"""

import django.db.models.expressions
import ordinavo.common.json_fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('importjobs', '0001_initial'),
        ('targets', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='importjob',
            name='importjobs_importjob_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='importjob',
            name='importjobs_importjob_counters_add_up',
        ),
        migrations.AlterField(
            model_name='importitem',
            name='payload',
            field=ordinavo.common.json_fields.OrderedJSONField(),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='batch_id',
            field=models.CharField(help_text="The sender's name for the batch; empty if it has none.", max_length=255, null=True, verbose_name='batch id'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='cancelled_items',
            field=models.PositiveIntegerField(default=0, verbose_name='cancelled'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='created_items',
            field=models.PositiveIntegerField(default=0, verbose_name='created'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='finished_at',
            field=models.DateTimeField(null=True, verbose_name='finished at'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='rejected_items',
            field=models.PositiveIntegerField(default=0, verbose_name='rejected'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='status',
            field=models.CharField(choices=[('Pending', 'Pending'), ('Processing', 'Processing'), ('Completed', 'Completed'), ('PartiallyFailed', 'Partially failed'), ('Failed', 'Failed'), ('Cancelled', 'Cancelled')], default='Pending', max_length=15, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='updated_items',
            field=models.PositiveIntegerField(default=0, verbose_name='updated'),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='warning_items',
            field=models.PositiveIntegerField(default=0, verbose_name='with warnings'),
        ),
        migrations.AddConstraint(
            model_name='importjob',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['Pending', 'Processing', 'Completed', 'PartiallyFailed', 'Failed', 'Cancelled'])), name='importjobs_importjob_status_known'),
        ),
        migrations.AddConstraint(
            model_name='importjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status__in', ['Pending', 'Processing'])), models.Q(('finished_at__isnull', False), ('status__in', ['Completed', 'PartiallyFailed', 'Failed', 'Cancelled'])), _connector='OR'), name='importjobs_importjob_finished_if_ended'),
        ),
        migrations.AddConstraint(
            model_name='importjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_items', 0), ('created_items', 0), ('rejected_items', 0), ('skipped_items', 0), ('status', 'Pending'), ('updated_items', 0)), models.Q(('status__in', ['Processing', 'Cancelled']), ('total_items__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_items'), '+', models.F('updated_items')), '+', models.F('cancelled_items')), '+', models.F('skipped_items')), '+', models.F('rejected_items')))), models.Q(('rejected_items', 0), ('status', 'Completed'), ('total_items', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_items'), '+', models.F('updated_items')), '+', models.F('cancelled_items')), '+', models.F('skipped_items')), '+', models.F('rejected_items')))), models.Q(('rejected_items__gt', 0), ('rejected_items__lt', models.F('total_items')), ('status', 'PartiallyFailed'), ('total_items', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_items'), '+', models.F('updated_items')), '+', models.F('cancelled_items')), '+', models.F('skipped_items')), '+', models.F('rejected_items')))), models.Q(('rejected_items', models.F('total_items')), ('status', 'Failed'), ('total_items', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_items'), '+', models.F('updated_items')), '+', models.F('cancelled_items')), '+', models.F('skipped_items')), '+', models.F('rejected_items')))), _connector='OR'), name='importjobs_importjob_counters_fit_status'),
        ),
        migrations.AddConstraint(
            model_name='importjob',
            constraint=models.CheckConstraint(condition=models.Q(('warning_items__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_items'), '+', models.F('updated_items')), '+', models.F('cancelled_items')), '+', models.F('skipped_items')), '+', models.F('rejected_items')))), name='importjobs_importjob_warnings_of_recorded'),
        ),
    ]
