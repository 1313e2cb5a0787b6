"""A database of the product's schema, put into the same state before each measurement."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from . import payloads, servers, sql
from .cluster import Cluster


@dataclass
class Database:
    cluster: Cluster
    name: str
    token: str
    keys: int = payloads.KEYS
    """How many targets are known, numbered from 1, where a measurement needs known ones."""
    is_full: bool = False
    """Filled once with all of them; then it only grows."""

    @property
    def url(self) -> str:
        return self.cluster.url(self.name)

    def connect(self) -> Any:
        return self.cluster.connect(self.name)

    def prepare(self) -> None:
        """The known targets, each with its job; no dead rows, and nothing left to be written by a checkpoint.

        Never empty tables: PostgreSQL would plan to read all of them (as it does for foreign keys), and keep to it."""
        with self.connect() as connection:
            if not self.is_full:
                connection.execute(sql.EMPTY)
                self._add_known(connection)
            connection.execute(sql.VACUUM if self.is_full else sql.VACUUM_ANALYZE)
            connection.execute("CHECKPOINT")

    def _add_known(self, connection: Any) -> None:
        """All like the documented target, as if it had been imported so often."""
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
        """A number above all externalIds, so that the next are new."""
        if not self.is_full:
            return self.keys
        with self.connect() as connection:
            last = connection.execute("SELECT max(external_id) FROM targets_target WHERE external_id ~ '^DEL'")
            return int(last.fetchone()[0].rpartition("-")[2]) + 1


def make(cluster: Cluster, name: str, rate_limit: int) -> Database:
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
    """The documented target as SQL expressions by column, for who writes it without our code."""
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
    """What the product stores of the documented target, by column."""
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
