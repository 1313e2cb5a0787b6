"""Use the generated Python client as a customer's program does: python steps.py BASE_URL TOKEN. Checked by mypy."""

import sys
import uuid

from connect_client import AuthenticatedClient
from connect_client.api.importing import import_target, import_targets
from connect_client.api.reading_back import list_import_items, list_targets, read_health, read_import_job, read_target
from connect_client.models import (
    Address,
    BatchImport,
    CustomFields,
    ErrorResponse,
    ImportItem,
    ImportItemPage,
    ImportJob,
    InboundTargetDto,
    IntegrationHealthResponse,
    Operation,
    Planning,
    Priority,
    Target,
    TargetPage,
)

ORDER_ID = f"PY-{uuid.uuid4()}"


def order(**fields: str) -> InboundTargetDto:
    """Return a target to send."""
    return InboundTargetDto(
        external_id=fields.get("external_id", ORDER_ID),
        title=fields.get("title", "Delivery"),
        operation=Operation.UPSERT,
        template_key="delivery_stop",
        address=Address(city="Essen", country="DE", latitude=51.45, longitude=7.01),
        planning=Planning(priority=Priority.HIGH, estimated_work_minutes=25),
        custom_fields=CustomFields.from_dict({"package_count": "8", "temperature_sensitive": True}),
    )


def main(base_url: str, token: str) -> None:
    """Take the client through the life of an order. Raises AssertionError if an answer is not as documented."""
    client = AuthenticatedClient(base_url=base_url, token=token, raise_on_unexpected_status=True)
    check_health(client)
    job = send_twice_with_a_key(client)
    read_back(client, job)
    update(client)
    rehearse(client)
    send_a_batch(client)
    make_mistakes(client)


def check_health(client: AuthenticatedClient) -> None:
    """Read what the token may do."""
    health = read_health.sync(client=client)
    assert isinstance(health, IntegrationHealthResponse)
    assert health.status == "ok"
    assert "logistics_erp" in health.token.source_systems


def job_of(parsed: ImportJob | ErrorResponse | None) -> ImportJob:
    """Return the import job of an answer."""
    assert isinstance(parsed, ImportJob), parsed
    return parsed


def send_twice_with_a_key(client: AuthenticatedClient) -> ImportJob:
    """Send an order, and repeat the request as after a lost answer: it is imported once."""
    key = str(uuid.uuid4())
    first = import_target.sync_detailed(client=client, body=order(), idempotency_key=key)
    again = import_target.sync_detailed(client=client, body=order(), idempotency_key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    job = job_of(first.parsed)
    assert job_of(again.parsed).import_job_id == job.import_job_id
    assert again.headers["Idempotent-Replayed"] == "true"
    item: ImportItem = job.items[0]
    assert (item.external_id, item.status, item.warnings) == (ORDER_ID, "Created", [])
    return job


def read_back(client: AuthenticatedClient, job: ImportJob) -> None:
    """Read the job and the target."""
    assert job.import_job_id is not None
    read = read_import_job.sync(job.import_job_id, client=client)
    assert isinstance(read, ImportJob)
    assert (read.source_system, read.operation) == ("logistics_erp", "upsert")
    target_id = read.items[0].target_id
    assert isinstance(target_id, int)
    target = read_target.sync(target_id, client=client)
    assert isinstance(target, Target)
    assert (target.external_id, target.status, target.planning.priority) == (ORDER_ID, "Active", "High")
    assert target.custom_fields["package_count"] == 8
    page = list_targets.sync(client=client, external_id=ORDER_ID)
    assert isinstance(page, TargetPage)
    assert [found.id for found in page.results] == [target_id]


def update(client: AuthenticatedClient) -> None:
    """Change the title, and read what changed."""
    job = job_of(import_target.sync(client=client, body=order(title="Pickup")))
    changes = job.items[0].changes
    assert isinstance(changes, list)
    assert [(change.field, change.from_, change.to) for change in changes] == [("title", "Delivery", "Pickup")]


def rehearse(client: AuthenticatedClient) -> None:
    """Rehearse an order: the answer is that of an import, without a job."""
    answer = import_target.sync_detailed(client=client, body=order(external_id=f"{ORDER_ID}-R"), validate_only=True)
    job = job_of(answer.parsed)
    assert (answer.status_code, job.import_job_id, job.validate_only) == (201, None, True)


def send_a_batch(client: AuthenticatedClient) -> None:
    """Send a batch with one mistake: the others are imported, and the mistake is named."""
    targets = [order(external_id=f"{ORDER_ID}-B"), order(external_id="")]
    body = BatchImport(targets=targets, source_system="logistics_erp", batch_id=ORDER_ID)
    answer = import_targets.sync_detailed(client=client, body=body)
    job = job_of(answer.parsed)
    assert (answer.status_code, job.status, job.created_items) == (200, "PartiallyFailed", 1)
    assert [item.index for item in job.items] == [0, 1]
    rejected = job.items[1]
    assert isinstance(rejected.errors, list)
    assert (rejected.error_code, rejected.errors[0].field) == ("missing_external_id", "externalId")
    assert job.import_job_id is not None
    page = list_import_items.sync(job.import_job_id, client=client, external_id=f"{ORDER_ID}-B", payload=True)
    assert isinstance(page, ImportItemPage)
    [created] = page.results
    assert isinstance(created.payload, dict)
    assert (created.index, created.status, created.payload["title"]) == (0, "Created", "Delivery")


def make_mistakes(client: AuthenticatedClient) -> None:
    """Look at an order that is rejected, a target that is unknown, and requests that are refused."""
    unknown = InboundTargetDto(external_id=f"{ORDER_ID}-U", operation=Operation.UPDATE)
    answer = import_target.sync_detailed(client=client, body=unknown)
    assert (answer.status_code, job_of(answer.parsed).items[0].error_code) == (404, "external_id_unknown")
    rejected = import_target.sync_detailed(client=client, body=order(external_id=f"{ORDER_ID}-F", title=""))
    assert (rejected.status_code, job_of(rejected.parsed).items[0].error_code) == (422, "missing_title")
    key = str(uuid.uuid4())
    import_target.sync(client=client, body=order(), idempotency_key=key)
    conflict = import_target.sync_detailed(client=client, body=unknown, idempotency_key=key)
    assert isinstance(conflict.parsed, ErrorResponse)
    assert (conflict.status_code, conflict.parsed.error.code) == (422, "idempotency_conflict")
    forged = client.with_headers({})
    forged.token = "forged"
    refused = read_health.sync(client=forged)
    assert isinstance(refused, ErrorResponse)
    assert refused.error.code == "unauthorized"
    assert refused.error.correlation_id


if __name__ == "__main__":
    main(*sys.argv[1:])
