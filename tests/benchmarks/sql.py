"""All SQL of the benchmark: the one place to adapt when the tables change.

A new column of the schema is filled by its default (`seeding` adds one if there is none).
"""

from collections.abc import Mapping
from typing import Any

TARGET = {
    "source_system_id": "bigint",
    "external_id": "text",
    "external_type": "text",
    "template_id": "bigint",
    "status": "text",
    "cancellation_note": "text",
    "title": "text",
    "description": "text",
    "customer_name": "text",
    "customer_contact_name": "text",
    "customer_phone": "text",
    "customer_email": "text",
    "street": "text",
    "postal_code": "text",
    "city": "text",
    "country": "text",
    "latitude": "double precision",
    "longitude": "double precision",
    "route_date": "date",
    "due_at": "timestamptz",
    "time_window_start": "timestamptz",
    "time_window_end": "timestamptz",
    "estimated_work_minutes": "smallint",
    "priority": "text",
    "fixed_time": "boolean",
    "expected_revenue": "numeric",
    "customer_tier": "text",
    "close_probability": "smallint",
    "custom_fields": "jsonb",
    "corrections": "jsonb",
    "warnings": "varchar[]",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_NEVER_UPDATED = ("source_system_id", "external_id", "created_at")
ON_CONFLICT = "ON CONFLICT (source_system_id, external_id) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in TARGET if column not in _NEVER_UPDATED
)
JOB = (
    "source_system_id, operation, batch_id, status, total_items, created_items, updated_items, cancelled_items, "
    "skipped_items, rejected_items, warning_items, warnings, submitted_by, correlation_id, created_at, finished_at"
)
ITEM = "job_id, position, external_id, status, target_id, error_code, error_message, errors, warnings, changes, payload"
# The columns that all contestants must write alike. Ids and times differ.
COMPARED = {
    "target": [column for column in TARGET if column not in ("external_id", "created_at", "updated_at")],
    "job": ["source_system_id", "operation", "status", "total_items", "created_items", "updated_items"],
    "item": ["position", "status", "error_code", "errors", "warnings", "payload"],
}


def insert_target(values: Mapping[str, str], *, existing: bool = True) -> str:
    """Return an INSERT of one target. `values` are SQL expressions by column; only stored keys need ON CONFLICT."""
    return (
        f"INSERT INTO targets_target ({', '.join(TARGET)}) VALUES ({', '.join(values[name] for name in TARGET)}) "
        f"{ON_CONFLICT if existing else ''} RETURNING id"
    )


def insert_job(values: Mapping[str, str], created: str) -> str:
    """Return an INSERT of a job with one item. `created` is 1 or 0: whether the target is new."""
    return (
        f"INSERT INTO importjobs_importjob ({JOB}) SELECT {values['source_system_id']}, 'upsert', NULL, 'Completed', "
        f"1, {created}, 1 - {created}, 0, 0, 0, 0, '[]', "
        f"{values['submitted_by']}, {values['correlation_id']}, now(), now()"
    )


def insert_item(values: Mapping[str, str], job: str, target: str, created: str) -> str:
    """Return an INSERT of an item. `job` and `target` are ids; `created` is 1 or 0: whether the target is new."""
    return (
        f"INSERT INTO importjobs_importitem ({ITEM}) SELECT {job}, 0, {values['external_id']}, "
        f"CASE {created} WHEN 1 THEN 'Created' ELSE 'Updated' END, {target}, '', '', '[]', '[]', '[]', "
        f"{values['payload']}"
    )


def single(values: Mapping[str, str], *, existing: bool = True) -> str:
    """Return one data-modifying statement that writes target, job and item.

    Its result is one row: the ids of job and target, and whether the target is new.
    """
    return (
        f"WITH target AS ({insert_target(values, existing=existing)}, (xmax = 0)::int AS created), "
        f"job AS ({insert_job(values, 'created')} FROM target RETURNING id), "
        f"item AS ({insert_item(values, 'job.id', 'target.id', 'target.created')} FROM target, job) "
        "SELECT job.id AS job_id, target.id AS target_id, target.created FROM target, job"
    )


def batch(rows: str, source_system: str, submitted_by: str, correlation_id: str) -> str:
    """Return one statement that writes the rows of a JSON parameter as targets, with their job and items.

    Its result is one row for each item, in their order.
    """
    typed = ", ".join(f"{column} {kind}" for column, kind in (TARGET | {"payload": "jsonb", "position": "int"}).items())
    return (
        f"WITH sent AS MATERIALIZED (SELECT * FROM jsonb_to_recordset({rows}::jsonb) AS sent ({typed})), "
        f"target AS (INSERT INTO targets_target ({', '.join(TARGET)}) SELECT {', '.join(TARGET)} FROM sent "
        f"{ON_CONFLICT} RETURNING id, external_id, (xmax = 0) AS created), "
        f"job AS (INSERT INTO importjobs_importjob ({JOB}) SELECT {source_system}, 'upsert', '', 'Completed', "
        "count(*), count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created), 0, 0, 0, 0, '[]', "
        f"{submitted_by}, {correlation_id}, now(), now() FROM target RETURNING id), "
        f"item AS (INSERT INTO importjobs_importitem ({ITEM}) SELECT job.id, sent.position, sent.external_id, "
        "CASE WHEN target.created THEN 'Created' ELSE 'Updated' END, target.id, '', '', '[]', '[]', '[]', sent.payload "
        "FROM job, sent JOIN target ON target.external_id = sent.external_id "
        "RETURNING position, external_id, status, target_id) "
        "SELECT job.id AS job_id, item.* FROM job, item ORDER BY position"
    )


def copies(connection: Any, table: str, changed: Mapping[str, str], number: int, first: int = 0) -> str:
    """Return an INSERT of copies of a table's first row, one for each n from `first` to `number`.

    `changed` has SQL expressions with n for the columns that differ. Other columns need not be known here.
    """
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    columns = [name for (name,) in found if name != "id" or "id" in changed]
    chosen = ", ".join(changed.get(name, f"one.{name}") for name in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} "
        f"FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) AS one, generate_series({first}, {number}) AS n"
    )


# The fast peer reads the row of the token and the fields of the template in one query.
TOKEN_AND_TEMPLATE = """
SELECT token.name, token.scopes, system.id AS system_id,
    template.id AS template_id,
    (SELECT jsonb_agg(jsonb_build_object('key', field.key, 'type', field.type, 'required', field.required,
        'choices', field.choices)) FROM templates_customfield AS field
        WHERE field.template_id = template.id AND field.active)::text AS fields
FROM inbound_apitoken AS token
LEFT JOIN inbound_apitoken_source_systems AS link ON link.apitoken_id = token.id
    AND link.sourcesystem_id = (SELECT id FROM targets_sourcesystem WHERE key = $2 AND active)
LEFT JOIN targets_sourcesystem AS system ON system.id = link.sourcesystem_id
LEFT JOIN templates_targettemplate AS template ON template.key = $3 AND template.active
WHERE token.jti = $1 AND token.revoked_at IS NULL AND token.expires_at > now()
"""

EMPTY = "TRUNCATE targets_target, importjobs_importjob, importjobs_importitem RESTART IDENTITY CASCADE"
VACUUM = "VACUUM targets_target, importjobs_importjob, importjobs_importitem"
VACUUM_ANALYZE = VACUUM.replace("VACUUM", "VACUUM ANALYZE")

REQUIRED_WITHOUT_DEFAULT = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_name IN ('targets_target', 'importjobs_importjob', 'importjobs_importitem')
    AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
"""

SECONDARY_INDEXES = """
SELECT index.relname, pg_get_indexdef(index.oid) FROM pg_index
JOIN pg_class AS index ON index.oid = pg_index.indexrelid JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
WHERE relation.relname IN ('targets_target', 'importjobs_importjob', 'importjobs_importitem')
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.oid)
"""

# The rows that the product reads for an answer. :number is that of a job or a target.
READS = {
    "job": "SELECT job.*, item.* FROM importjobs_importjob AS job JOIN importjobs_importitem AS item "
    "ON item.job_id = job.id WHERE job.id = :number AND job.source_system_id = 1 ORDER BY item.position",
    "target": "SELECT target.*, template.key FROM targets_target AS target "
    "LEFT JOIN templates_targettemplate AS template ON template.id = target.template_id "
    "WHERE target.external_id = 'DEL-2026-' || lpad((:number)::text, 9, '0') AND target.source_system_id IN (1)",
    "page": "SELECT target.*, template.key FROM targets_target AS target "
    "LEFT JOIN templates_targettemplate AS template ON template.id = target.template_id "
    "WHERE target.source_system_id IN (1) AND :number > 0 ORDER BY target.id DESC LIMIT 101",
    "changes": "SELECT target.*, template.key FROM targets_target AS target "
    "LEFT JOIN templates_targettemplate AS template ON template.id = target.template_id "
    "WHERE target.source_system_id = 1 AND (target.change_xid, target.id) > ('0', 0) AND :number > 0 "
    "AND target.change_xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY target.change_xid, target.id LIMIT 101",
}
