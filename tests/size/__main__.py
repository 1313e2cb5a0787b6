"""Measure how long the admin's pages take with many rows.

Usage: python -m tests.size [ROWS]. With ROWS, the database of DATABASE_URL is filled first. Use a new database for it:
the rows are not deleted.
"""

import logging
import os
import statistics
import sys
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

TARGETS = """
INSERT INTO targets_target (
    source_system_id, external_id, external_type, template_id, status, cancellation_note, title, description,
    customer_name, customer_contact_name, customer_phone, customer_email, street, postal_code, city, country,
    latitude, longitude, route_date, priority, customer_tier, custom_fields, corrections, warnings,
    created_at, updated_at
)
SELECT {system}, 'ORD-' || n, 'DeliveryOrder', {template}, CASE WHEN n % 50 = 0 THEN 'Cancelled' ELSE 'Active' END, '',
    'Delivery to customer ' || n % 5000, '', 'Customer ' || n % 5000, '', '+49 201 ' || n, '', 'Street ' || n % 900,
    lpad((n % 99999)::text, 5, '0'), 'City ' || n % 30, 'DE',
    CASE WHEN n % 20 > 0 THEN 51 + n % 100 / 100.0 END, CASE WHEN n % 20 > 0 THEN 7 + n % 100 / 100.0 END,
    date '2026-01-01' + n % 700, (ARRAY['Low', 'Medium', 'High', 'Urgent'])[1 + n % 4], '',
    jsonb_build_object('package_count', n % 9), '{{}}',
    CASE WHEN n % 20 > 0 THEN '{{}}' ELSE '{{missing_coordinates}}' END::varchar[], now(), now()
FROM generate_series(1, {rows}) AS n
"""
JOBS = """
INSERT INTO importjobs_importjob (
    source_system_id, operation, status, total_items, created_items, updated_items, cancelled_items, rejected_items,
    skipped_items, warning_items, warnings, submitted_by, correlation_id, created_at, finished_at
)
SELECT {system}, 'upsert', CASE WHEN n % 100 = 0 THEN 'Failed' ELSE 'Completed' END, 1,
    (n % 100 > 0)::int, 0, 0, (n % 100 = 0)::int, 0, 0, '[]', 'ERP', 'run-' || n,
    now() - ({rows} - n) * interval '30 days' / {rows}, now() - ({rows} - n) * interval '30 days' / {rows}
FROM generate_series(1, {rows}) AS n
"""
ITEMS = """
INSERT INTO importjobs_importitem (
    job_id, position, external_id, status, target_id, error_code, error_message, errors, warnings, changes, payload
)
SELECT job.id, 99, 'ORD-' || row, CASE WHEN row % 100 = 0 THEN 'Rejected' ELSE 'Created' END,
    CASE WHEN row % 100 > 0 THEN target.id END, CASE WHEN row % 100 = 0 THEN 'missing_title' ELSE '' END, '',
    '[]', CASE WHEN row % 10 = 0 THEN '[{{"code": "unknown_field", "field": "colour", "message": "Odd."}}]'
    ELSE '[]' END::jsonb, '[]', '{{"title": "Delivery"}}'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS row FROM importjobs_importjob) AS job
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS row FROM targets_target) AS target USING (row)
"""
PAGES = [
    "/admin/",
    "/admin/targets/target/",
    "/admin/targets/target/?p=90",
    "/admin/targets/target/?q=ORD-123456",
    "/admin/targets/target/?q=delivery",
    "/admin/targets/target/?q=customer+4711",
    "/admin/targets/target/?q=nothing",
    "/admin/targets/target/?warning=any",
    "/admin/targets/target/?status__exact=Cancelled",
    "/admin/targets/target/?day=today",
    "/admin/targets/target/?route_date__year=2026&route_date__month=6",
    "/admin/targets/target/?o=4",
    "/admin/targets/target/?o=-5",
    "/admin/targets/target/?priority__exact=Urgent&o=3",
    "/admin/importjobs/importjob/",
    "/admin/importjobs/importjob/?rejected=yes",
    "/admin/importjobs/importjob/?q=ORD-123456",
    "/admin/importjobs/importjob/?status__exact=PartiallyFailed",
    "/admin/importjobs/importitem/",
    "/admin/importjobs/importitem/?handling=open",
    "/admin/importjobs/importitem/?handling=Replayed",
    "/admin/importjobs/importitem/?status__exact=Skipped",
    "/admin/importjobs/importitem/?handling=open&received=24h",
    "/admin/importjobs/importitem/?status__exact=Created&received=24h",
    "/admin/importjobs/importitem/?q=ORD-123456",
    "/admin/importjobs/importitem/?warning=any",
    "/admin/importjobs/importitem/?warning=unknown_field",
    "/admin/importjobs/importitem/?warning=same_moment",
]


def fill(rows: int) -> None:
    """Migrate the database, and write so many targets, jobs and items."""
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT id FROM targets_sourcesystem LIMIT 1")
        system = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM templates_targettemplate LIMIT 1")
        template = cursor.fetchone()[0]
        for statement in (TARGETS, JOBS, ITEMS):
            cursor.execute(statement.format(rows=rows, system=system, template=template))
        cursor.execute("VACUUM ANALYZE")


def measure() -> None:
    """Print for each page the median time and the slowest query in milliseconds, and the number of queries."""
    logging.disable(logging.INFO)
    user, _ = User.objects.get_or_create(username="measurer", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    print(f"{'ms':>6} {'slowest query':>14} {'queries':>8}  page")
    for page in PAGES:
        times = []
        for _round in range(5):
            with CaptureQueriesContext(connection) as captured:
                started = time.perf_counter()
                response = client.get(page)
            times.append((time.perf_counter() - started) * 1000)
            assert response.status_code == 200, response
        slowest = max(float(query["time"]) for query in captured.captured_queries) * 1000
        print(f"{statistics.median(times):6.0f} {slowest:14.0f} {len(captured):8}  {page}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fill(int(sys.argv[1]))
    measure()
