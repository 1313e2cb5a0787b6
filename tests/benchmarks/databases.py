"""A database of the product's schema, put into the same state before each measurement."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from . import payloads, servers, sql
from .cluster import Cluster

_KEYS = """
INSERT INTO targets_target ({columns})
SELECT {values} FROM targets_target AS first, generate_series(0, {keys}) AS n WHERE first.id = 1
"""


@dataclass
class Database:
    cluster: Cluster
    name: str
    token: str
    is_full: bool = False
    """Filled once with a million targets; then it only grows."""

    @property
    def url(self) -> str:
        return self.cluster.url(self.name)

    def connect(self) -> Any:
        return self.cluster.connect(self.name)

    def prepare(self, kind: str) -> None:
        """No rows, or 10,000 known targets; no dead rows, and nothing left to be written by a checkpoint."""
        with self.connect() as connection:
            if not self.is_full:
                connection.execute(sql.EMPTY)
                if kind == "existing":
                    self._add_keys(connection)
                connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def _add_keys(self, connection: Any) -> None:
        connection.execute(sql.single(literals(connection, payloads.external_id(999_999_999))))
        values = {column: f"first.{column}" for column in sql.TARGET} | {
            "external_id": "'DEL-2026-' || lpad(n::text, 9, '0')"
        }
        columns, chosen = ", ".join(sql.TARGET), ", ".join(values[column] for column in sql.TARGET)
        connection.execute(_KEYS.format(columns=columns, values=chosen, keys=payloads.KEYS))

    def next_start(self) -> int:
        """A number above all externalIds, so that the next are new."""
        if not self.is_full:
            return payloads.KEYS
        with self.connect() as connection:
            last = connection.execute("SELECT max(external_id) FROM targets_target").fetchone()[0]
        return int(last.rpartition("-")[2]) + 1


def make(cluster: Cluster, name: str) -> Database:
    cluster.create(name)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.seeding"],
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
        "payload": _quoted(dumps(document)),
    }
    return values | own


def dumps(value: Any) -> str:
    import json

    return json.dumps(value)


def _quoted(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return "NULL" if value is None else str(value).lower()
    text = dumps(value) if isinstance(value, dict) else str(value)
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
