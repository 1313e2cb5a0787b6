"""What schemathesis cannot know: the keys that exist, and why a request that is valid by its schema may be refused."""

import itertools
import re
import uuid
from collections.abc import Iterator
from typing import Any

import schemathesis

_COUNTER = itertools.count()
SENT = {"sourceSystem": "logistics_erp", "templateKey": "delivery_stop"}
# Rules that a schema cannot say (see targets.json_schema.UNSAID). They depend on stored data, on two fields together
# or on the calendar, or are limits of the JSON parser. By code: a pattern of the message, and of the field.
REFUSALS = {
    "malformed_json": r"null character|surrogate pair|exponent over 300",
    "invalid_parameter": r"(sourceSystem|templateKey): Select a valid choice|^cursor is not one",
}
ITEM_ERRORS = {
    "missing_title": "title",
    "invalid_time_window": "planning.timeWindowEndUtc",
    "incomplete_coordinates": r"address\.(latitude|longitude)",
    "unknown_template": "templateKey",
    "invalid_custom_field": r"customFields\..*",
    "external_id_unknown": "externalId",
    "external_id_exists": "externalId",
    "version_conflict": "sourceVersion|sourceUpdatedAtUtc",
    # A batch of cancels may have any templateKey, but an item of it with another operation reads the key.
    "invalid_field": r"sourceSystem|^templateKey$|sourceUpdatedAtUtc|planning\.(routeDate|\w+Utc)"
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
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (200, 400, 422):
        return
    unexplained = [refusal for refusal in _refusals(response.json()) if not _is_explained(*refusal)]
    assert not unexplained, f"The schema allows this, the API does not: {unexplained}"


def _refusals(answer: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    if "error" in answer:
        yield answer["error"]["code"], answer["error"]["message"], REFUSALS
    for item in answer.get("items", []):
        for error in item.get("errors", []):
            yield error["code"], error["field"], ITEM_ERRORS


def _is_explained(code: str, text: str, known: dict[str, str]) -> bool:
    return code in known and re.search(known[code], text) is not None
