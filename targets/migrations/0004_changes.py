"""Keep in each target's row the id of the transaction that wrote it last, as GET /changes needs it.

The column gets a constant default, so PostgreSQL does not rewrite the table. Stored targets have the id 0, which is
lower than any other: they come first in the order of changes.
"""

import ordinavo.common.transaction_ids
from django.db import migrations

# ENABLE ALWAYS, so that a database that is filled by logical replication gets its own transaction ids.
TRIGGER = """
CREATE FUNCTION targets_target_set_change_xid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.change_xid := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE TRIGGER targets_target_change_xid BEFORE INSERT OR UPDATE ON targets_target
FOR EACH ROW EXECUTE FUNCTION targets_target_set_change_xid();
ALTER TABLE targets_target ENABLE ALWAYS TRIGGER targets_target_change_xid;
"""
NO_TRIGGER = """
DROP TRIGGER targets_target_change_xid ON targets_target;
DROP FUNCTION targets_target_set_change_xid();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('targets', '0003_second_dialect_and_pauses'),
    ]

    operations = [
        migrations.AddField(
            model_name='target',
            name='change_xid',
            field=ordinavo.common.transaction_ids.TransactionIdField(db_default='0', editable=False),
        ),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
    ]
