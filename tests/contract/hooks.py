"""What schemathesis cannot know: which keys there are, and for what else a valid request may be refused."""

import itertools
import re
import uuid
from collections.abc import Iterator
from typing import Any

import schemathesis

_COUNTER = itertools.count()
SENT = {"sourceSystem": "logistics_erp", "templateKey": "delivery_stop"}
# What no schema can say (see targets.json_schema.UNSAID): it depends on what is stored, on two fields together, on
# the calendar, or is a limit of our reader of JSON.
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
    # A batch of cancels may have any templateKey; one of its items that is no cancel would read it.
    "invalid_field": r"sourceSystem|^templateKey$|sourceUpdatedAtUtc|customer\.email|planning\.(routeDate|\w+Utc)"
    r"|businessValue\.expectedRevenue",
}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """A random source system would end every import at the door, and most would fail for want of a title."""
    if isinstance(body, dict):
        for target in [body, *_targets(body)]:
            target |= {name: known for name, known in SENT.items() if _is_a_key(target.get(name))}
            if "externalId" in target:
                target.setdefault("title", "Delivery")
            _complete(target.get("address"))
    return body


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    if isinstance(query, dict):
        query |= {name: known for name, known in SENT.items() if _is_a_key(query.get(name))}
    return query


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A key is for one body: with the documented one every import but the first would be a conflict."""
    if case.meta and case.meta.generation.mode.is_positive and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.UUID(int=next(_COUNTER)))


def _targets(batch: dict[str, Any]) -> list[dict[str, Any]]:
    sent = [batch.get("targets"), batch.get("items")]
    return [target for some in sent if isinstance(some, list) for target in some if isinstance(target, dict)]


def _complete(address: Any) -> None:
    """One coordinate without the other is refused."""
    if isinstance(address, dict) and ("latitude" in address) != ("longitude" in address):
        address |= {"latitude": 51.45, "longitude": 7.01} | address


def _is_a_key(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64


@schemathesis.check
def refuses_of_what_is_valid_only_what_no_schema_can_say(context: Any, response: Any, case: Any) -> None:
    """Takes the place of positive_data_acceptance for 400 and 422, and looks into the items of a batch."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (207, 400, 422):
        return
    unexplained = [refusal for refusal in _refusals(response.json()) if not _is_explained(*refusal)]
    assert not unexplained, f"The schema allows this, the API does not: {unexplained}"


def _refusals(answer: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    if "error" in answer:
        yield answer["error"]["code"], answer["error"]["message"], REFUSALS
    for item in answer.get("items", []):
        for error in item.get("errors", []):
            yield error["code"], error["field"], ITEM_ERRORS


def _is_explained(code: str, said: str, known: dict[str, str]) -> bool:
    return code in known and re.search(known[code], said) is not None
