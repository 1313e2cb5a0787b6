"""What the service has recorded, read from its tables after the run."""

from dataclasses import dataclass, field
from typing import Any

from tests.faults.cluster import Cluster
from tests.faults.model import TELLING, Outcome, State, Values

TargetKey = tuple[str, str]
"""The key of the source system and the external id."""


@dataclass
class Item:
    """A row of import items."""

    id: int
    position: int
    external_id: str
    target_id: int | None
    outcome: Outcome
    payload: Any
    has_warnings: bool = False
    handling: str = ""
    replay_of: int | None = None
    """The id of the item that it replays."""


@dataclass
class Job:
    """A row of import jobs, with its items in order."""

    id: int
    operation_id: str
    """The correlation id, which a client chose for its operation."""
    system: str
    status: str
    counters: dict[str, int]
    """By status of items, with "total" and "warnings"."""
    items: list[Item] = field(default_factory=list)


@dataclass
class Edit:
    """A row of edits by staff."""

    id: int
    target_id: int
    kind: str
    reason: str
    changes: dict[str, tuple[Any, Any]]

    @property
    def marker(self) -> str:
        """Return the text that tells which operation of staff made it."""
        if self.kind != "Corrected":
            return self.reason
        return next((str(new) for path, (_old, new) in self.changes.items() if path != "status"), "")


@dataclass
class Recorded:
    """Everything that is compared with the ledger."""

    jobs: list[Job] = field(default_factory=list)
    targets: dict[int, tuple[TargetKey, State]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    idempotency: list[tuple[str, str, int, Any]] = field(default_factory=list)
    """The source system of the token, the key, the status and the body of the stored answer."""
    copy: dict[int, Values] = field(default_factory=dict)
    """The documents that a follower of GET /changes has, by target id."""
    documents: dict[int, Values] = field(default_factory=dict)
    """The documents that GET /targets answers, by target id."""


def read(cluster: Cluster) -> Recorded:
    """Return the rows of a database that nobody changes any more. The documents are left empty."""
    with cluster.connect() as connection:
        rows = {name: connection.execute(sql).fetchall() for name, sql in _QUERIES.items()}
    jobs = {row[0]: Job(*row[:4], counters=dict(zip(_COUNTERS, row[4:], strict=True))) for row in rows["jobs"]}
    for job_id, *fields, payload, handling, replay_of, errors, warnings, changes, status, error_code in rows["items"]:
        codes = frozenset({error_code} if errors else ())
        telling = frozenset(warning["code"] for warning in warnings) & TELLING
        outcome = Outcome(status, codes, _changes(changes), telling)
        jobs[job_id].items.append(Item(*fields, outcome, payload, bool(warnings), handling, replay_of))
    edits = [Edit(*row[:4], changes=_changes(row[4])) for row in rows["edits"]]
    targets = {row[0]: ((row[1], row[2]), _state(*row[3:])) for row in rows["targets"]}
    return Recorded(list(jobs.values()), targets, edits, rows["idempotency"])


_COUNTERS = ("total", "Created", "Updated", "Cancelled", "Skipped", "Rejected", "warnings")
_QUERIES = {
    "jobs": """
        SELECT job.id, correlation_id, key, status, total_items, created_items, updated_items, cancelled_items,
            skipped_items, rejected_items, warning_items
        FROM importjobs_importjob AS job JOIN targets_sourcesystem AS system ON system.id = source_system_id
        ORDER BY job.id
    """,
    "items": """
        SELECT job_id, id, position, external_id, target_id, payload, handling, replay_of_id, errors,
            warnings, changes, status, error_code
        FROM importjobs_importitem ORDER BY job_id, position
    """,
    "targets": """
        SELECT target.id, key, external_id, title, description, customer_name, priority, estimated_work_minutes,
            custom_fields, status, cancellation_note, source_version,
            to_char(source_updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), corrections
        FROM targets_target AS target JOIN targets_sourcesystem AS system ON system.id = source_system_id
    """,
    "edits": "SELECT id, target_id, kind, reason, changes FROM targets_targetedit ORDER BY id",
    "idempotency": """
        SELECT token.name, record.key, status, nullif(body, '')::json
        FROM inbound_idempotencyrecord AS record JOIN inbound_apitoken AS token ON token.id = token_id
    """,
}
_COLUMNS = ("title", "description", "customer.name", "planning.priority", "planning.estimatedWorkMinutes")


def _changes(changes: list[Values]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["from"], change["to"]) for change in changes}


def _state(*row: Any) -> State:
    """Return the state that a row of targets has, from its columns in the order of the query."""
    columns, (custom_fields, status, note, version, moment, corrections) = row[: len(_COLUMNS)], row[len(_COLUMNS) :]
    values = {path: value for path, value in zip(_COLUMNS, columns, strict=True) if value not in (None, "")}
    values |= {f"customFields.{name}": value for name, value in custom_fields.items() if value is not None}
    sources = {path: (None if note["source"] == "" else note["source"]) for path, note in corrections.items()}
    return State(values, status, note, version, moment, sources)
