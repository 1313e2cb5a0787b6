"""What schemathesis cannot know: the keys that exist, and why a request that is valid by its schema may be refused."""

import itertools
import json
import os
import re
import urllib.request
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import schemathesis
from jsonschema import Draft202012Validator

from tests import schemas

_COUNTER = itertools.count()
SENT = {"sourceSystem": "logistics_erp", "templateKey": "delivery_stop"}
# Rules that a schema cannot say (see targets.json_schema.UNSAID). They depend on stored data, on two fields together
# or on the calendar, or are limits of the JSON parser. By code: a pattern of the message, and of the field.
REFUSALS = {
    "malformed_json": r"null character|surrogate pair|exponent over 300",
    "invalid_parameter": r"(sourceSystem|templateKey): Select a valid choice|^(cursor|after) is not "
    r"|has no value|must not (contain the invisible character|be blank)|must be from 1970-01-01 to 2200-12-31",
    "invalid_batch": "batchId must not contain the invisible character",
}
ITEM_ERRORS = {
    "missing_external_id": "externalId",
    "invalid_external_id": "externalId",
    "missing_title": "title",
    "invalid_time_window": r"planning\.(timeWindowEndUtc|preferredTimeWindowEnd)",
    "incomplete_coordinates": r"(address|location)\.(latitude|longitude)",
    "unknown_template": "templateKey",
    "invalid_custom_field": r"customFields\..*",
    "external_id_unknown": "externalId",
    "external_id_exists": "externalId",
    "version_conflict": "sourceVersion|sourceUpdatedAtUtc",
    "conflicting_fields": ".*",
    "invalid_field": r"sourceSystem|^templateKey$|sourceUpdatedAtUtc|\w+\.externalId|customer\.customerNumber"
    r"|(address|location)\.country|planning\.(routeDate|dueDate|\w+Utc|preferredTimeWindow\w+)"
    r"|businessValue\.expectedRevenue",
}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Send keys that exist, and a title. Otherwise nearly every import would be refused for one of these."""
    if isinstance(body, dict):
        for target in [body, *_targets(body)]:
            target |= {name: known for name, known in SENT.items() if _is_a_key(target.get(name))}
            if "externalId" in target:
                target.setdefault("title", "Delivery")
            _complete(target.get("address"))
            _complete(target.get("location"))
    return body


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Filter by keys that exist."""
    if isinstance(query, dict):
        query |= {name: known for name, known in SENT.items() if _is_a_key(query.get(name))}
    return query


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send a new Idempotency-Key each time. With the documented key every import but the first would be a conflict."""
    if case.meta and case.meta.generation.mode.is_positive and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.UUID(int=next(_COUNTER)))


def _targets(batch: dict[str, Any]) -> list[dict[str, Any]]:
    lists = [batch.get("targets"), batch.get("items")]
    return [target for found in lists if isinstance(found, list) for target in found if isinstance(target, dict)]


def _complete(address: Any) -> None:
    """Add the missing coordinate: one without the other is refused."""
    if isinstance(address, dict) and ("latitude" in address) != ("longitude" in address):
        address |= {"latitude": 51.45, "longitude": 7.01} | address


def _is_a_key(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64


@schemathesis.check
def refuses_valid_requests_only_for_known_reasons(context: Any, response: Any, case: Any) -> None:
    """Replace positive_data_acceptance for 400 and 422, and check each item of a batch."""
    if case.meta is None or not case.meta.generation.mode.is_positive or "json" not in _content_type(response):
        return
    unexplained = [refusal for refusal in _refusals(response) if not _is_explained(*refusal)]
    assert not unexplained, f"The schema allows this, the API does not: {unexplained}"


@schemathesis.check
def imports_only_what_the_schema_of_the_template_allows(context: Any, response: Any, case: Any) -> None:
    """Replace negative_data_rejection for imports, for which the document names one type of each field."""
    if case.method != "POST" or response.status_code not in (200, 201) or not isinstance(case.body, dict):
        return
    defaults = {name: case.body[name] for name in ("sourceSystem", "operation", "templateKey") if name in case.body}
    targets = _targets(case.body) if case.operation.path.endswith("/batch") else [case.body]
    for sent, item in zip(targets, response.json()["items"], strict=True):
        target = defaults | sent
        if item["status"] in ("Rejected", "Skipped") or target.get("templateKey") != SENT["templateKey"]:
            continue  # nothing of it was imported, or another schema applies
        errors = list(_template_schema().iter_errors(target))
        assert not errors, f"The API imports this, the schema of the template refuses it: {errors[0].message}"


@schemathesis.check
def answers_only_what_the_document_names(context: Any, response: Any, case: Any) -> None:
    """Compare an answer with its schema, closed: the schemas are open only for clients of later versions."""
    document = _closed_document()
    operation = document["paths"][case.operation.path].get(case.method.lower(), {})  # none for an unknown method
    answer = operation.get("responses", {}).get(str(response.status_code), {})
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    if schema := answer.get("content", {}).get("application/json", {}).get("schema"):
        errors = list(schemas.validator(document, schema).iter_errors(response.json()))
        assert not errors, f"The document does not name this: {errors[0].message}"


@cache
def _closed_document() -> dict[str, Any]:
    document: dict[str, Any] = schemas.closed(_get("/openapi.json"))
    return document


@cache
def _template_schema() -> Draft202012Validator:
    """Return the validator of what may be sent for the template."""
    return Draft202012Validator(_get(f"/templates/{SENT['templateKey']}")["jsonSchema"])


def _get(path: str) -> Any:
    """Return what the server answers at a path below its base URL."""
    headers = {"Authorization": f"Bearer {os.environ['CONTRACT_TOKEN']}"}
    request = urllib.request.Request(os.environ["CONTRACT_URL"] + path, headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def _content_type(response: Any) -> str:
    return ",".join(response.headers.get("content-type", []))


def _refusals(response: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    answer = response.json()
    if "error" in answer and response.status_code in (400, 422):
        yield answer["error"]["code"], answer["error"]["message"], REFUSALS
    for item in answer.get("items", []):
        for error in item.get("errors", []):
            yield error["code"], error["field"], ITEM_ERRORS


def _is_explained(code: str, text: str, known: dict[str, str]) -> bool:
    return code in known and re.search(known[code], text) is not None
