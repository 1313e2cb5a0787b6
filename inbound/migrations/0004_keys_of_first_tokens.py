"""Let idempotency keys belong to the first token of a rotation, so that a retry after a rotation is recognised."""

from django.db import migrations

# `rotated_from` leads from each token to the one before it.
FILL_FIRST_TOKENS = """
WITH RECURSIVE chain AS (
    SELECT id, id AS first_id FROM inbound_apitoken WHERE rotated_from_id IS NULL
    UNION ALL
    SELECT token.id, chain.first_id FROM inbound_apitoken AS token JOIN chain ON token.rotated_from_id = chain.id
)
UPDATE inbound_apitoken AS token SET first_token_id = chain.first_id
FROM chain WHERE chain.id = token.id AND chain.first_id <> token.id
"""

# Of several records of one key, the earliest is kept: with its own token it would have been answered. A record that
# stays with a later token is not found any more, and prune_inbound deletes it.
MOVE_RECORDS = """
WITH earliest AS (
    SELECT DISTINCT ON (first_id, record.key) record.id, first_id
    FROM inbound_idempotencyrecord AS record
    JOIN inbound_apitoken AS token ON token.id = record.token_id
    CROSS JOIN LATERAL (SELECT COALESCE(token.first_token_id, token.id) AS first_id) AS chain
    ORDER BY first_id, record.key, (token.first_token_id IS NULL) DESC, record.id
)
UPDATE inbound_idempotencyrecord AS record SET token_id = earliest.first_id
FROM earliest WHERE earliest.id = record.id AND record.token_id <> earliest.first_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ("inbound", "0003_networks_and_first_token"),
    ]

    operations = [
        migrations.RunSQL(FILL_FIRST_TOKENS, migrations.RunSQL.noop),
        migrations.RunSQL(MOVE_RECORDS, migrations.RunSQL.noop),
    ]
