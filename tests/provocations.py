"""How a client gets each code of the API: a request for each request error, a document for each item error and warning.

The tests go through all members of `Code`, so a new code needs an entry here.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import override_settings

from ordinavo.common.codes import Code
from targets import corrections, pauses
from targets.models import Target
from tests.api import Api
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    SourceSystemFactory,
    TargetTemplateFactory,
)

BATCH = "/inbound/targets/batch"
NEW = {"externalId": "NEW-1", "title": "Delivery"}


def make_inserts_fail(table: str, sqlstate: str) -> None:
    """Let PostgreSQL answer each INSERT into a table with an error of this SQLSTATE."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '{sqlstate}'; END $$"
        )
        cursor.execute(f"CREATE TRIGGER fail BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail()")


def _with_failing_jobs(sqlstate: str) -> Callable[[Api], Any]:
    def send(api: Api) -> Any:
        make_inserts_fail("importjobs_importjob", sqlstate)
        return api.post(NEW)

    return send


def _over_http(api: Api) -> Any:
    with override_settings(SECURE_SSL_REDIRECT=True):
        return api.get("/targets")


def _without_scope(api: Api) -> Any:
    return Api(ApiTokenFactory(scopes=["targets.read"])).post({})


def _for_a_paused_source_system(api: Api) -> Any:
    paused = SourceSystemFactory(key="old_erp")
    pauses.pause_source_system(source_system=paused, reason="The ERP moves to a new server.", by="dora")
    return Api(ApiTokenFactory(source_systems=[paused])).post(NEW)


def _from_another_network(api: Api) -> Any:
    return Api(ApiTokenFactory(allowed_networks=["192.0.2.0/24"])).get("/targets")


def _abort_of_an_ended_job(api: Api) -> Any:
    job = api.post(NEW).json()
    return api.delete(job["links"]["importJob"])


def _key_in_use(api: Api) -> Any:
    make_inserts_fail("inbound_idempotencyrecord", "55P03")  # what a lock that is not released in time raises
    return api.post(NEW, **{"Idempotency-Key": "1"})


def _too_large(api: Api) -> Any:
    with override_settings(MAX_BODY_BYTES=1_048_576):
        return api.post(b" " * 1_048_577)


def _several_source_systems(api: Api) -> Any:
    systems = [SourceSystemFactory(), SourceSystemFactory()]
    return Api(ApiTokenFactory(source_systems=systems)).post({"externalId": "A", "title": "A"})


def _key_of_another_body(api: Api) -> Any:
    api.post({"externalId": "A", "title": "A"}, **{"Idempotency-Key": "1"})
    return api.post({"externalId": "B", "title": "B"}, **{"Idempotency-Key": "1"})


def _over_the_rate_limit(api: Api) -> Any:
    limited = Api(ApiTokenFactory(rate_limit=1))
    return next(answer for answer in (limited.get("/targets") for _ in range(5)) if answer.status_code == 429)


REQUEST_ERRORS: dict[Code, Callable[[Api], Any]] = {
    Code.MALFORMED_JSON: lambda api: api.post(b'{"externalId": "DEL-1"'),
    Code.INVALID_PARAMETER: lambda api: api.get("/targets?colour=red"),
    Code.BAD_REQUEST: lambda api: api.get("/targets", Host="evil example"),
    Code.UNAUTHORIZED: lambda api: Api().get("/targets"),
    Code.MISSING_SCOPE: _without_scope,
    Code.SOURCE_SYSTEM_NOT_ALLOWED: lambda api: api.post({"sourceSystem": "another", "externalId": "A"}),
    Code.SOURCE_SYSTEM_PAUSED: _for_a_paused_source_system,
    Code.ADDRESS_NOT_ALLOWED: _from_another_network,
    Code.HTTPS_REQUIRED: _over_http,
    Code.NOT_FOUND: lambda api: api.get("/targets/1000000"),
    Code.METHOD_NOT_ALLOWED: lambda api: api.client.delete("/targets", headers=api.headers),
    Code.NOT_ACCEPTABLE: lambda api: api.get("/targets", Accept="text/html"),
    Code.IMPORT_JOB_ENDED: _abort_of_an_ended_job,
    Code.IDEMPOTENCY_IN_PROGRESS: _key_in_use,
    Code.PAYLOAD_TOO_LARGE: _too_large,
    Code.UNSUPPORTED_MEDIA_TYPE: lambda api: api.client.post(
        "/inbound/targets", data="a", content_type="text/plain", headers=api.headers
    ),
    Code.MISSING_SOURCE_SYSTEM: _several_source_systems,
    Code.EMPTY_BATCH: lambda api: api.post({"targets": []}, BATCH),
    Code.INVALID_BATCH: lambda api: api.post({"targets": {}}, BATCH),
    Code.IDEMPOTENCY_CONFLICT: _key_of_another_body,
    Code.RATE_LIMITED: _over_the_rate_limit,
    Code.INTERNAL_ERROR: _with_failing_jobs("XX000"),
    Code.UNAVAILABLE: _with_failing_jobs("53300"),
}

SERVER_ERRORS = {Code.REQUEST_TIMEOUT, Code.URI_TOO_LONG, Code.HEADERS_TOO_LARGE}
"""What the HTTP server answers before Django sees the request: tests/ordinavo/test_http_limits.py provokes these."""

STORED = {"externalId": "DEL-1", "externalType": "Order", "title": "Delivery", "sourceVersion": 2}
ITEM_ERRORS: dict[Code, dict[str, Any]] = {
    Code.MISSING_EXTERNAL_ID: {"title": "x"},
    Code.INVALID_EXTERNAL_ID: {"externalId": 1, "title": "x"},
    Code.MISSING_TITLE: {"externalId": "DEL-2"},
    Code.INVALID_OPERATION: STORED | {"operation": "delete"},
    Code.INVALID_FIELD: STORED | {"customer": "Anna"},
    Code.CONFLICTING_FIELDS: STORED | {"address": {"city": "Essen"}, "location": {"city": "Bochum"}},
    Code.INVALID_TIME_WINDOW: STORED
    | {"planning": {"timeWindowStartUtc": "2026-06-25T08:00:00Z", "timeWindowEndUtc": "2026-06-25T08:00:00Z"}},
    Code.INCOMPLETE_COORDINATES: STORED | {"address": {"latitude": 51.45}},
    Code.UNKNOWN_TEMPLATE: STORED | {"templateKey": "nothing"},
    Code.INVALID_CUSTOM_FIELD: STORED | {"templateKey": "visit", "customFields": {"count": "eight"}},
    Code.MISSING_CUSTOM_FIELD: {"externalId": "DEL-2", "title": "x", "templateKey": "visit"},
    Code.EXTERNAL_ID_EXISTS: STORED | {"operation": "create", "sourceVersion": 3},
    Code.EXTERNAL_ID_UNKNOWN: {"externalId": "DEL-2", "operation": "update"},
    Code.VERSION_CONFLICT: STORED | {"title": "Other"},
}
WARNINGS: dict[Code, dict[str, Any]] = {
    Code.UNKNOWN_FIELD: STORED | {"colour": "red"},
    Code.UNKNOWN_CUSTOM_FIELD: {"externalId": "DEL-2", "title": "x", "customFields": {"colour": "red"}},
    Code.MISSING_COORDINATES: {"externalId": "DEL-2", "title": "x", "address": {"city": "Essen"}},
    Code.DUE_OUTSIDE_TIME_WINDOW: {
        "externalId": "DEL-2",
        "title": "x",
        "planning": {"dueAtUtc": "2026-06-25T07:00:00Z", "timeWindowStartUtc": "2026-06-25T08:00:00Z"},
    },
    Code.ASSUMED_UTC: {"externalId": "DEL-2", "title": "x", "planning": {"dueAtUtc": "2026-06-25T07:00:00"}},
    Code.CONTACT_EMAIL_USED: {
        "externalId": "DEL-2",
        "title": "x",
        "customer": {"email": "office@example.com"},
        "contact": {"email": "kim@example.com"},
    },
    Code.IMPLAUSIBLE_COORDINATES: {
        "externalId": "DEL-2",
        "title": "x",
        "address": {"country": "DE", "latitude": 7.0116, "longitude": 51.4513},
    },
    Code.IMPLAUSIBLE_POSTAL_CODE: {
        "externalId": "DEL-2",
        "title": "x",
        "address": {"country": "DE", "postalCode": "4512"},
    },
    Code.WINDOW_NOT_ON_ROUTE_DATE: {
        "externalId": "DEL-2",
        "title": "x",
        "planning": {"routeDate": "2026-06-25", "timeWindowStartUtc": "2026-06-26T08:00:00Z"},
    },
    Code.IMPLAUSIBLE_EMAIL: {"externalId": "DEL-2", "title": "x", "customer": {"email": "anna"}},
    Code.EXTERNAL_TYPE_CHANGED: STORED | {"externalType": "Return", "sourceVersion": 3},
    Code.ALREADY_CANCELLED: {"externalId": "DEL-0", "operation": "cancel"},
    Code.TARGET_REOPENED: {"externalId": "DEL-0", "title": "x"},
    Code.KEPT_CORRECTION: STORED | {"sourceVersion": 3},
    Code.NOTE_SHORTENED: {"externalId": "DEL-0", "operation": "cancel", "title": "x" * 256},
    Code.UNTYPED_CUSTOM_FIELD: {"externalId": "DEL-0", "title": "x", "templateKey": "visit"},
    Code.STALE_VERSION: STORED | {"sourceVersion": 1},
    Code.SAME_MOMENT: {"externalId": "DEL-0", "title": "x", "sourceUpdatedAtUtc": "2026-06-25T08:00:00Z"},
    Code.CANCELLED_BEFORE_IMPORT: {"externalId": "DEL-2", "operation": "cancel", "sourceVersion": 1},
}


BATCH_WARNINGS: dict[Code, dict[str, Any]] = {
    Code.UNKNOWN_FIELD: {"targets": [NEW], "colour": "red"},
    Code.PROCESSED_SYNCHRONOUSLY: {"targets": [NEW], "async": "perhaps"},
}
"""By the code of a warning about the batch itself: a batch that has it."""


def prepare(api: Api) -> None:
    """Store what ITEM_ERRORS and WARNINGS refer to: a corrected target, a cancelled one, and a template."""
    template = TargetTemplateFactory(key="visit")
    CustomFieldFactory(template=template, key="count", type="integer", required=True)
    api.post(STORED)
    corrections.correct(target=Target.objects.get(external_id="DEL-1"), values={"title": "Staff's"}, by="dora")
    api.post({"externalId": "DEL-0", "title": "x", "customFields": {"count": "eight"}})
    api.post({"externalId": "DEL-0", "operation": "cancel", "sourceUpdatedAtUtc": "2026-06-25T08:00:00Z"})
