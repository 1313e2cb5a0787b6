"""Create databases with the product's schema, and restore the same state before each measurement."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import payloads, servers, sql
from tests.benchmarks.cluster import Cluster


@dataclass
class Database:
    """A database with the product's schema, one source system and one template."""

    cluster: Cluster
    name: str
    token: str
    """An API token for the source system."""
    keys: int = payloads.KEYS
    """The number of stored targets before a measurement. They have the numbers from 1."""
    is_large: bool = False
    """Whether the database was filled once by `filling`. Then it grows with each measurement."""

    @property
    def url(self) -> str:
        """Return the DATABASE_URL."""
        return self.cluster.url(self.name)

    def connect(self) -> Any:
        """Open a connection in autocommit mode."""
        return self.cluster.connect(self.name)

    def prepare(self) -> None:
        """Restore the state before a measurement: the stored targets, each with its job and item, and no dead rows.

        A checkpoint is done, so that none is due during the measurement. The tables are never empty: with empty tables,
        PostgreSQL would plan to check foreign keys by a sequential scan, and cache that plan.
        """
        with self.connect() as connection:
            if not self.is_large:
                connection.execute(sql.EMPTY)
                self._add_stored_targets(connection)
            connection.execute(sql.VACUUM if self.is_large else sql.VACUUM_ANALYZE)
            connection.execute("CHECKPOINT")

    def _add_stored_targets(self, connection: Any) -> None:
        """Add copies of the documented target, each with its job and item."""
        connection.execute(sql.single(literals(connection, "first")))
        own = {"external_id": "'DEL-2026-' || lpad(n::text, 9, '0')"}
        item = own | {"job_id": "one.job_id + n", "target_id": "one.target_id + n"}
        for table, changed in (
            ("targets_target", own),
            ("importjobs_importjob", {"correlation_id": "'run-' || n"}),
            ("importjobs_importitem", item),
        ):
            connection.execute(sql.copies(connection, table, changed, self.keys, 1))

    def next_start(self) -> int:
        """Return the highest number of a stored external id. The numbers above it are new."""
        if not self.is_large:
            return self.keys
        with self.connect() as connection:
            last = connection.execute("SELECT max(external_id) FROM targets_target WHERE external_id ~ '^DEL'")
            return int(last.fetchone()[0].rpartition("-")[2]) + 1


def create(cluster: Cluster, name: str, rate_limit: int) -> Database:
    """Create a database by the product's migrations. `rate_limit` is that of its token, in requests a minute."""
    cluster.create(name)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.seeding", str(rate_limit)],
        env=servers.environment(cluster.url(name)),
        cwd=servers.CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Database(cluster, name, done.stdout.split()[-1])


def literals(connection: Any, external_id: str) -> dict[str, str]:
    """Return the documented target as SQL expressions by column, for writers that do not use the product's code."""
    document = payloads.DOCUMENT
    system, template = connection.execute(
        "SELECT s.id, t.id FROM targets_sourcesystem s, templates_targettemplate t WHERE s.key = %s AND t.key = %s",
        [document["sourceSystem"], document["templateKey"]],
    ).fetchone()
    values = {column: _quoted(value) for column, value in target_values(document).items()}
    own = {
        "source_system_id": str(system),
        "template_id": str(template),
        "external_id": _quoted(external_id),
        "created_at": "now()",
        "updated_at": "now()",
        "submitted_by": "'Benchmark'",
        "correlation_id": "gen_random_uuid()::text",
        "payload": _quoted(json.dumps(document)),
    }
    return values | own


def _quoted(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return "NULL" if value is None else str(value).lower()
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    return "'" + text.replace("'", "''") + "'"


def target_values(document: dict[str, Any]) -> dict[str, Any]:
    """Return the values by column that the product stores for the documented target."""
    customer, address = document["customer"], document["address"]
    planning, value = document["planning"], document["businessValue"]
    return {
        "external_type": document["externalType"],
        "status": "Active",
        "cancellation_note": "",
        "title": document["title"],
        "description": document["description"],
        "customer_name": customer["name"],
        "customer_contact_name": customer["contactName"],
        "customer_phone": customer["phone"],
        "customer_email": customer["email"],
        "street": address["street"],
        "postal_code": address["postalCode"],
        "city": address["city"],
        "country": address["country"],
        "latitude": address["latitude"],
        "longitude": address["longitude"],
        "route_date": planning["routeDate"],
        "due_at": planning["dueAtUtc"],
        "time_window_start": planning["timeWindowStartUtc"],
        "time_window_end": planning["timeWindowEndUtc"],
        "estimated_work_minutes": planning["estimatedWorkMinutes"],
        "priority": planning["priority"],
        "fixed_time": planning["fixedTime"],
        "expected_revenue": value["expectedRevenue"],
        "customer_tier": value["customerTier"],
        "close_probability": value["closeProbability"],
        "custom_fields": {
            "delivery_weight_kg": 120,
            "package_count": 8,
            "temperature_sensitive": True,
            "delivery_note": "Use rear entrance.",
        },
        "corrections": {},
        "warnings": "{}",
    }
