"""Every code that the API answers, with what it means and what its caller can do: the one list of them."""

from collections.abc import Iterable
from typing import NamedTuple


class ErrorCode(NamedTuple):
    http: int
    """Of an item: what a single import answers."""
    code: str
    meaning: str
    remedy: str


class WarningCode(NamedTuple):
    code: str
    meaning: str


REQUEST_ERRORS = [
    ErrorCode(
        400,
        "malformed_json",
        "The body is not one strict JSON object: no JSON, duplicate keys, NaN, or nested deeper than 32 levels.",
        "Send one JSON object in UTF-8.",
    ),
    ErrorCode(
        400,
        "invalid_parameter",
        "A query parameter or header is unknown here, was sent twice, or cannot be read.",
        "Correct the parameter as the message says.",
    ),
    ErrorCode(400, "bad_request", "The request as such cannot be read.", "Correct its address and headers."),
    ErrorCode(
        401,
        "unauthorized",
        "There is no token, or one that is unknown, expired, revoked or forged.",
        "Send a valid token as 'Authorization: Bearer …'.",
    ),
    ErrorCode(
        403, "missing_scope", "The token lacks the scope of the endpoint.", "Get a token that has the requiredScope."
    ),
    ErrorCode(
        403,
        "source_system_not_allowed",
        "The sourceSystem is not one of the token's, or does not exist.",
        "Send one that GET /integration/health lists.",
    ),
    ErrorCode(
        404,
        "not_found",
        "There is nothing at this path, or nothing that the token may see.",
        "Correct the path; none ends with a slash.",
    ),
    ErrorCode(405, "method_not_allowed", "The path has no such method.", "Use one that the header Allow names."),
    ErrorCode(406, "not_acceptable", "The answer would be JSON, which Accept excludes.", "Accept application/json."),
    ErrorCode(
        409,
        "idempotency_in_progress",
        "The first request with this Idempotency-Key still runs.",
        "Ask again after Retry-After seconds.",
    ),
    ErrorCode(
        413,
        "payload_too_large",
        "The body, or the list of targets, is over the limit.",
        "Send a body of at most 1 MiB; a batch of at most 32 MiB and 10,000 targets.",
    ),
    ErrorCode(
        415,
        "unsupported_media_type",
        "The body is not announced as JSON.",
        "Send it with Content-Type: application/json.",
    ),
    ErrorCode(
        422,
        "missing_source_system",
        "The body has no sourceSystem, and the token serves more than one.",
        "Name the source system.",
    ),
    ErrorCode(422, "empty_batch", "The batch has no targets.", "Send at least one, as a list in targets."),
    ErrorCode(422, "invalid_batch", "The batch as such cannot be read.", "Correct it as the message says."),
    ErrorCode(
        422,
        "idempotency_conflict",
        "This Idempotency-Key was used with another body.",
        "Take a new key for a new import.",
    ),
    ErrorCode(
        429,
        "rate_limited",
        "The token sent more requests than it may in this minute, or the address failed to authenticate too often.",
        "Go on after Retry-After seconds.",
    ),
    ErrorCode(
        500,
        "internal_error",
        "A fault of ours; nothing was imported.",
        "Send the request again, and if that does not help, tell us the correlationId.",
    ),
    ErrorCode(
        503,
        "unavailable",
        "The database cannot be reached, or is busy.",
        "Send the request again after Retry-After seconds.",
    ),
]
ITEM_ERRORS = [
    ErrorCode(422, "missing_external_id", "There is no externalId.", "Send the source system's own id of the target."),
    ErrorCode(
        422,
        "invalid_external_id",
        "The externalId is no string, too long, or has control characters.",
        "Send a string of 1 to 128 characters.",
    ),
    ErrorCode(422, "missing_title", "A target without a title cannot be, and it cannot be emptied.", "Send a title."),
    ErrorCode(422, "invalid_operation", "There is no such operation.", "Send create, update, upsert or cancel."),
    ErrorCode(422, "invalid_field", "A field has a value that it cannot hold.", "Correct it as the message says."),
    ErrorCode(
        422, "invalid_time_window", "The time window ends before, or as, it starts.", "Let it end after it starts."
    ),
    ErrorCode(422, "incomplete_coordinates", "Only one coordinate has a value.", "Send both, or neither."),
    ErrorCode(
        422,
        "unknown_template",
        "The templateKey is not one of an active template.",
        "Send one that GET /templates lists, or have the template made.",
    ),
    ErrorCode(
        422,
        "invalid_custom_field",
        "A custom field has a value that its type in the template cannot read.",
        "Send what the message says is accepted.",
    ),
    ErrorCode(
        422, "missing_custom_field", "A custom field that the template requires has no value.", "Send a value for it."
    ),
    ErrorCode(409, "external_id_exists", "A create of a target that exists.", "Send update or upsert to change it."),
    ErrorCode(
        404,
        "external_id_unknown",
        "An update or cancel of a target that was never imported.",
        "Check the id, or send create or upsert first.",
    ),
    ErrorCode(
        409,
        "version_conflict",
        "The target has this version already, with other content.",
        "Send a higher version with each change.",
    ),
    ErrorCode(
        500,
        "internal_error",
        "A fault of ours in one item of a batch; the others stand. Of a single import it is an error of the request.",
        "Send the item again, and if that does not help, tell us the correlationId.",
    ),
]
WARNINGS = [
    WarningCode("unknown_field", "Not a field of ours; it was ignored."),
    WarningCode("unknown_custom_field", "Not a field of the template; it is kept as sent."),
    WarningCode("missing_coordinates", "The address has no latitude and longitude, so no route can lead there yet."),
    WarningCode("due_outside_time_window", "It is due before the time window starts, or after it ends."),
    WarningCode("already_cancelled", "The target was cancelled before; nothing was changed."),
    WarningCode("target_reopened", "The target had been cancelled; this import made it active again."),
    WarningCode("stale_version", "Older than what is stored; nothing was changed."),
    WarningCode("cancelled_before_import", "The target had never come; the cancel is remembered."),
    WarningCode("kept_correction", "Staff corrected this field; it was not overwritten."),
]


def names(codes: Iterable[ErrorCode | WarningCode]) -> list[str]:
    return [code.code for code in codes]


def table(codes: Iterable[ErrorCode], first: str = "HTTP") -> str:
    """As Markdown, which a description may have."""
    rows = [f"| {code.http} | `{code.code}` | {code.meaning} | {code.remedy} |" for code in codes]
    return "\n".join([f"| {first} | code | what it means | what to do |", "| --- | --- | --- | --- |", *rows])


def warning_table() -> str:
    rows = [f"| `{warning.code}` | {warning.meaning} |" for warning in WARNINGS]
    return "\n".join(["| code | what it means |", "| --- | --- |", *rows])
