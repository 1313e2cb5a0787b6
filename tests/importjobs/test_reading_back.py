"""GET /import-jobs and GET /import-jobs/{id} answer what an import recorded."""

import pytest

from importjobs.models import ImportJob
from tests.api import Api, example
from tests.factories import ApiTokenFactory, SourceSystemFactory


@pytest.fixture
def stranger(db):
    return Api(ApiTokenFactory(source_systems=[SourceSystemFactory(key="shop")]))


@pytest.mark.parametrize(
    "document",
    [
        example("upsert"),
        {"externalId": "DEL-1", "operation": "cancel"},
        {"externalId": "DEL-1", "title": 7, "extra": 1},
    ],
    ids=["created", "unknown", "rejected"],
)
def test_a_job_reads_back_as_the_import_was_answered(api, delivery_stop, document):
    answer = api.post(document, **{"X-Correlation-Id": "nightly-7"}).json()
    read = api.get(answer["links"]["importJob"]).json()
    job = ImportJob.objects.get()
    assert read.pop("createdAt") <= read.pop("finishedAt")
    assert read == answer | {
        "sourceSystem": "logistics_erp",
        "operation": document.get("operation", "upsert"),
        "correlationId": "nightly-7",
    }
    assert job.submitted_by == "ERP nightly push"


def test_an_updated_job_reads_back_its_changes(api):
    api.send()
    answer = api.post({"externalId": "DEL-1", "title": "Pickup", "planning": {"dueAtUtc": "2026-06-25T10:00:00Z"}})
    assert len(answer.json()["items"][0]["changes"]) == 2
    assert api.get(answer.json()["links"]["importJob"]).json()["items"] == answer.json()["items"]


def test_jobs_of_another_source_system_are_not_found(api, stranger):
    job = api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["importJobId"]
    hidden, absent = stranger.get(f"/import-jobs/{job}"), stranger.get("/import-jobs/999999")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["error"]["message"] == absent.json()["error"]["message"]
    assert stranger.get("/import-jobs").json()["results"] == []


def test_jobs_are_listed_newest_first_in_pages(api):
    for number in range(5):
        api.send(f"DEL-{number}")
    first = api.get("/import-jobs?pageSize=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    pages = [first, second, third]
    ids = [job["importJobId"] for page in pages for job in page["results"]]
    assert ids == sorted(ids, reverse=True)
    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]


@pytest.fixture
def jobs(api):
    """Return the ids of two jobs by name."""
    return {
        "completed": api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["importJobId"],
        "failed": api.post({"externalId": "DEL-2"}).json()["importJobId"],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Completed", ["completed"]),
        ("status=Failed", ["failed"]),
        ("externalId=DEL-2", ["failed"]),
        ("externalId=DEL", []),
        ("sourceSystem=logistics_erp", ["failed", "completed"]),
        ("createdAfter=2020-01-01T00:00:00Z", ["failed", "completed"]),
        ("createdAfter=2100-01-01T00:00:00Z", []),
        ("createdBefore=2020-01-01T00:00:00Z", []),
        ("createdBefore=2100-01-01T00:00:00%2B02:00&status=Failed", ["failed"]),
    ],
)
def test_jobs_are_filtered(api, jobs, query, found):
    results = api.get(f"/import-jobs?{query}").json()["results"]
    assert [job["importJobId"] for job in results] == [jobs[name] for name in found]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=Pending2", "status"),
        ("status=Completed&status=Failed", "status"),
        ("sourceSystem=shop", "sourceSystem"),
        ("createdAfter=yesterday", "createdAfter"),
        ("createdAfter=2026-06-25T10:00:00+02:00", "createdAfter"),
        ("createdBefore=2026-06-25", "createdBefore"),
        ("externalId=%00", "externalId"),
        ("state=Completed", "state"),
        ("cursor=abc", "cursor"),
        ("cursor=cD1hYmM%3D", "cursor"),
        ("pageSize=0", "pageSize"),
        ("pageSize=1001", "pageSize"),
        ("pageSize=0000010000000", "pageSize"),
        ("externalId=%20", "externalId"),
        ("pageSize=ten", "pageSize"),
    ],
)
def test_an_unreadable_filter_is_an_error_that_names_it(api, stranger, jobs, query, named):
    response = api.get(f"/import-jobs?{query}")
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] == "invalid_parameter"
    assert error["message"].startswith(named)
