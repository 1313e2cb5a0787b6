"""Create the schema by the product's migrations, and the rows that an import needs. Print the API token.

Usage, with the environment variables of the product: python -m tests.benchmarks.seeding RATE_LIMIT
"""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "ordinavo.settings"

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from inbound import tokens  # noqa: E402
from ordinavo.common.scopes import Scope  # noqa: E402
from targets.models import SourceSystem  # noqa: E402
from templates.models import CustomField, TargetTemplate  # noqa: E402
from tests.benchmarks import sql  # noqa: E402

FIELDS = [
    {"key": "delivery_weight_kg", "label": "Weight", "type": "decimal", "unit": "kg", "required": True},
    {"key": "package_count", "label": "Packages", "type": "integer", "required": True},
    {"key": "temperature_sensitive", "label": "Temperature sensitive", "type": "boolean"},
    {"key": "delivery_note", "label": "Delivery note", "type": "text"},
    {"key": "best_before", "label": "Best before", "type": "date"},
    {"key": "loaded_at", "label": "Loaded at", "type": "datetime"},
    {"key": "vehicle", "label": "Vehicle", "type": "choice", "choices": ["van", "truck"]},
]
_DEFAULTS = {"jsonb": "'{}'", "ARRAY": "'{}'", "boolean": "false", "timestamp with time zone": "now()"}


def seed(rate_limit: int) -> str:
    """Create templates, source systems and an API token, and return the token."""
    template = TargetTemplate.objects.create(key="delivery_stop", name="Delivery stop")
    for position, field in enumerate(FIELDS):
        CustomField.objects.create(template=template, position=position, **field)
    TargetTemplate.objects.create(key="retired", name="Retired", active=False)
    system = SourceSystem.objects.create(key="logistics_erp", name="Logistics ERP")
    SourceSystem.objects.create(key="another_erp", name="Another ERP")
    expires_at = timezone.now() + timedelta(days=2)
    return tokens.issue(
        name="Benchmark", scopes=Scope.values, source_systems=[system], expires_at=expires_at, rate_limit=rate_limit
    )[1]


def add_defaults() -> None:
    """Add a default to each new column that the benchmark's SQL does not name, so that its inserts still work."""
    known = {*sql.TARGET, *sql.JOB.split(", "), *sql.ITEM.split(", ")}
    with connection.cursor() as cursor:
        cursor.execute(sql.REQUIRED_WITHOUT_DEFAULT)
        for table, column, kind in cursor.fetchall():
            if column not in known:
                default = _DEFAULTS.get(kind, "0" if "int" in kind or kind == "numeric" else "''")
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}")


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    add_defaults()
    print(seed(int(sys.argv[1])))
