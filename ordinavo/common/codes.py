"""Every error and warning code of the API. docs/errors.md, the OpenAPI document and the admin are made from it."""

from enum import Enum, StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ordinavo.common.limits import (
    MAX_CANCELLATION_NOTE_LENGTH,
    MAX_EXTERNAL_ID_LENGTH,
    MAX_ITEM_VALUES,
    MAX_JSON_DEPTH,
    MAX_JSON_VALUES,
    MAX_MEMBERS,
)


class Kind(Enum):
    """What a code is about."""

    REQUEST = "request"
    """The whole request was refused; no import job was recorded."""
    ITEM = "item"
    """One target of an import was rejected; the job is recorded."""
    WARNING = "warning"
    """The import succeeded, but somebody should look at it."""


def _mebibytes(size: int) -> str:
    """Return a size in bytes as text in MiB, such as "32 MiB"."""
    return f"{size / 2**20:g} MiB"


_CORRECT_VALUE = _("Correct the value.")


class Code(StrEnum):
    """One code: its HTTP status, what it means, and what the caller can do about it.

    `http` of an item code is the status of a single import with this error; a warning has none. `staff_remedy` is
    what staff can do in the admin or in a file, translated. `badge` is the admin's short name of an item error, or
    of a warning that an import item can carry.
    """

    kind: Kind
    http: int | None
    meaning: str
    remedy: str
    staff_remedy: Any
    badge: Any

    def __new__(
        cls,
        value: str,
        kind: Kind,
        http: int | None,
        meaning: str,
        remedy: str,
        staff_remedy: Any = "",
        badge: Any = "",
    ) -> "Code":
        """Make a member from the row that declares it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind, member.http, member.meaning, member.remedy = kind, http, meaning, remedy
        member.staff_remedy, member.badge = staff_remedy, badge
        return member

    # Errors of the request
    MALFORMED_JSON = (
        "malformed_json",
        Kind.REQUEST,
        400,
        "The body is not one strict JSON object. It is not JSON or not UTF-8, has a key twice, has NaN or Infinity, or "
        f"is nested deeper than {MAX_JSON_DEPTH} levels. Or its gzip data is broken.",
        "Send one JSON object in UTF-8.",
    )
    INVALID_PARAMETER = (
        "invalid_parameter",
        Kind.REQUEST,
        400,
        "A query parameter is unknown, sent twice or cannot be read, or the header `Idempotency-Key` cannot be read.",
        "Correct the parameter as the message says.",
    )
    BAD_REQUEST = (
        "bad_request",
        Kind.REQUEST,
        400,
        "The address or a header cannot be read, such as an unknown `Host`.",
        "Correct the address and the headers.",
    )
    REQUEST_TIMEOUT = (
        "request_timeout",
        Kind.REQUEST,
        408,
        "The headers or the body of the request arrived too slowly. Nothing was imported.",
        "Send the request again. Split a large batch if the connection is slow.",
    )
    URI_TOO_LONG = (
        "uri_too_long",
        Kind.REQUEST,
        414,
        "The path and query of the request are too long.",
        "Send fewer or shorter filters.",
    )
    HEADERS_TOO_LARGE = (
        "headers_too_large",
        Kind.REQUEST,
        431,
        "The headers of the request are too large, or too many.",
        "Send fewer or shorter headers.",
    )
    UNAUTHORIZED = (
        "unauthorized",
        Kind.REQUEST,
        401,
        "The token is absent, unknown, expired, revoked or forged. The answer has `WWW-Authenticate: Bearer`.",
        "Send a valid token as `Authorization: Bearer …`.",
    )
    MISSING_SCOPE = (
        "missing_scope",
        Kind.REQUEST,
        403,
        "The token lacks the scope of the endpoint; `requiredScope` names it.",
        "Ask an administrator for a token that has the scope.",
    )
    SOURCE_SYSTEM_NOT_ALLOWED = (
        "source_system_not_allowed",
        Kind.REQUEST,
        403,
        "The token may not import for this `sourceSystem`, or the source system is inactive or does not exist.",
        "Send a source system that `GET /integration/health` lists.",
    )
    SOURCE_SYSTEM_PAUSED = (
        "source_system_paused",
        Kind.REQUEST,
        403,
        "An administrator paused the source system; the message gives the reason. Nothing was imported.",
        "Send the request again when the source system is no longer paused.",
    )
    ADDRESS_NOT_ALLOWED = (
        "address_not_allowed",
        Kind.REQUEST,
        403,
        "The token may be used only from other networks than the one that the request came from.",
        "Send from an allowed network, or ask an administrator to allow this one.",
    )
    HTTPS_REQUIRED = (
        "https_required",
        Kind.REQUEST,
        403,
        "The request used `http://`, and the service answers only at `https://`. It is not redirected, because a "
        "redirected POST loses its body. A token that was sent has crossed the network in the clear.",
        "Use the `https://` address, and have a token that was sent replaced.",
    )
    NOT_FOUND = (
        "not_found",
        Kind.REQUEST,
        404,
        "Nothing exists at this path, or the token may not see it.",
        "Check the id and the path. No path ends with a slash.",
    )
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        Kind.REQUEST,
        405,
        "The path does not support this method.",
        "Use one of the methods in the header `Allow`.",
    )
    NOT_ACCEPTABLE = (
        "not_acceptable",
        Kind.REQUEST,
        406,
        "The answer is JSON, but `Accept` excludes JSON.",
        "Send `Accept: application/json`, or no `Accept`.",
    )
    IDEMPOTENCY_IN_PROGRESS = (
        "idempotency_in_progress",
        Kind.REQUEST,
        409,
        "The first request with this `Idempotency-Key` is still running.",
        "Send the same request again after `Retry-After` seconds.",
    )
    PAYLOAD_TOO_LARGE = (
        "payload_too_large",
        Kind.REQUEST,
        413,
        "The body is too large, as it was sent or after unpacking, or has too many JSON values, or the batch has too "
        "many targets or other members.",
        f"Send at most {_mebibytes(settings.MAX_BODY_BYTES)} and {MAX_ITEM_VALUES:,} JSON values, or in a batch at "
        f"most {_mebibytes(settings.MAX_BATCH_BODY_BYTES)}, {MAX_JSON_VALUES:,} JSON values, "
        f"{settings.MAX_BATCH_ITEMS:,} targets and {MAX_MEMBERS:,} members.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        Kind.REQUEST,
        415,
        "The body is not declared as JSON in UTF-8, or has a `Content-Encoding` other than gzip.",
        "Send `Content-Type: application/json`, and the body as it is or with `Content-Encoding: gzip`.",
    )
    MISSING_SOURCE_SYSTEM = (
        "missing_source_system",
        Kind.REQUEST,
        422,
        "The body has no `sourceSystem`, and the token does not serve exactly one source system. In a batch, the "
        "targets name none or several.",
        "Send `sourceSystem`.",
    )
    EMPTY_BATCH = (
        "empty_batch",
        Kind.REQUEST,
        422,
        "The batch has no targets.",
        "Send at least one target in `targets`.",
    )
    INVALID_BATCH = (
        "invalid_batch",
        Kind.REQUEST,
        422,
        "The batch itself cannot be read, for example because `batchId` is a number, or one of its targets is too "
        "large for a single import.",
        "Correct the batch as the message says.",
    )
    IDEMPOTENCY_CONFLICT = (
        "idempotency_conflict",
        Kind.REQUEST,
        422,
        "This `Idempotency-Key` was used with another body.",
        "Use a new key for a new body.",
    )
    RATE_LIMITED = (
        "rate_limited",
        Kind.REQUEST,
        429,
        "The token sent too many requests in this minute, or the address failed to authenticate too often.",
        "Continue after `Retry-After` seconds.",
    )
    INTERNAL_ERROR = (
        "internal_error",
        Kind.REQUEST,
        500,
        "The service failed. Nothing of the request, or of this item of a batch, was imported.",
        "Send it again. If it fails again, report the `correlationId`.",
        _("The service failed. Try again; if it fails again, report the correlation id of the job."),
        _("Service failed"),
    )
    IMPORT_JOB_ENDED = (
        "import_job_ended",
        Kind.REQUEST,
        409,
        "`DELETE /import-jobs/{id}` aborts a job in the background, but this one has ended.",
        "Nothing. `GET /import-jobs/{id}` says what it did.",
    )
    UNAVAILABLE = (
        "unavailable",
        Kind.REQUEST,
        503,
        "The database cannot be reached, or the service is busy. `GET /changes` also after the database was restored.",
        "Send the request again after `Retry-After` seconds. With the same `Idempotency-Key` it is not imported twice.",
    )

    # Errors of an item
    MISSING_EXTERNAL_ID = (
        "missing_external_id",
        Kind.ITEM,
        422,
        "`externalId` is absent or blank.",
        "Send your own id of the order.",
        _("Enter the source system's own id of the order."),
        _("External id missing"),
    )
    INVALID_EXTERNAL_ID = (
        "invalid_external_id",
        Kind.ITEM,
        422,
        "`externalId` is not a string, is too long, or has an invisible character, which the message names.",
        f"Send a string of 1 to {MAX_EXTERNAL_ID_LENGTH} visible characters.",
        _("Enter the id as a text of 1 to 128 characters."),
        _("External id not usable"),
    )
    MISSING_TITLE = (
        "missing_title",
        Kind.ITEM,
        422,
        "A new target has no title, or the import would empty the title.",
        "Send a title.",
        _("Enter a title."),
        _("Title missing"),
    )
    INVALID_OPERATION = (
        "invalid_operation",
        Kind.ITEM,
        422,
        "`operation` is none of `create`, `update`, `upsert` and `cancel`.",
        "Send one of these four, or leave the field out for `upsert`.",
        _("Enter create, update, upsert or cancel."),
        _("Unknown operation"),
    )
    INVALID_FIELD = (
        "invalid_field",
        Kind.ITEM,
        422,
        "A field cannot hold the value that was sent, or the target is not an object.",
        "Correct the value as the message says.",
        _CORRECT_VALUE,
        _("Value not usable"),
    )
    CONFLICTING_FIELDS = (
        "conflicting_fields",
        Kind.ITEM,
        422,
        "Two names of the same field, such as `address.city` and `location.city`, were sent with different values.",
        "Send one of the two, or the same value in both.",
        _("Remove one of the two fields."),
        _("Two different values"),
    )
    INVALID_TIME_WINDOW = (
        "invalid_time_window",
        Kind.ITEM,
        422,
        "With this import the time window of the target would not end after it starts.",
        "Send both ends, with the end after the start.",
        _("Let the window end after it starts."),
        _("Window ends before it starts"),
    )
    INCOMPLETE_COORDINATES = (
        "incomplete_coordinates",
        Kind.ITEM,
        422,
        "With this import the target would have a latitude without a longitude, or the reverse.",
        "Send both, or neither.",
        _("Enter both coordinates, or remove both."),
        _("One coordinate missing"),
    )
    UNKNOWN_TEMPLATE = (
        "unknown_template",
        Kind.ITEM,
        422,
        "No active template has this `templateKey`.",
        "Send a key that `GET /templates` lists, or have the template created.",
        _("Create or activate the template, or enter another one."),
        _("Unknown template"),
    )
    INVALID_CUSTOM_FIELD = (
        "invalid_custom_field",
        Kind.ITEM,
        422,
        "The type of a custom field cannot read the value that was sent.",
        "Send a value in a form that the message lists.",
        _("Correct the value, or change the field of the template."),
        _("Value of a custom field not usable"),
    )
    MISSING_CUSTOM_FIELD = (
        "missing_custom_field",
        Kind.ITEM,
        422,
        "A custom field that the template requires has no value, or the import would empty it.",
        "Send a value.",
        _("Enter the value, or make the field optional in the template."),
        _("Required field empty"),
    )
    EXTERNAL_ID_EXISTS = (
        "external_id_exists",
        Kind.ITEM,
        409,
        "A create names a target that exists already.",
        "Send `upsert` or `update`, or check the id.",
        _("The target exists. Use the operation upsert to update it, or leave it as it is."),
        _("Target exists already"),
    )
    EXTERNAL_ID_UNKNOWN = (
        "external_id_unknown",
        Kind.ITEM,
        404,
        "An update or cancel names a target that was never imported.",
        "Send `upsert` or `create` first, or check the id.",
        _("No such target exists. Check the id, or use the operation upsert to create it."),
        _("Unknown target"),
    )
    VERSION_CONFLICT = (
        "version_conflict",
        Kind.ITEM,
        409,
        "The stored target has this `sourceVersion` already, with other content.",
        "Send a higher version with each change.",
        _("Compare it with the target. Enter a higher version, or leave the target as it is."),
        _("Same version, other content"),
    )

    # Warnings
    UNKNOWN_FIELD = (
        "unknown_field",
        Kind.WARNING,
        None,
        "The API does not know this field and ignored it.",
        "Correct the name, or leave the field out.",
        "",
        _("Unknown field"),
    )
    UNKNOWN_CUSTOM_FIELD = (
        "unknown_custom_field",
        Kind.WARNING,
        None,
        "The template does not define this custom field. It is stored as it was sent.",
        "Correct the name, or have the field added to the template.",
        "",
        _("Unknown custom field"),
    )
    MISSING_COORDINATES = (
        "missing_coordinates",
        Kind.WARNING,
        None,
        "The address has no latitude and longitude, so no route can be planned to it yet.",
        "Send both, if you know them.",
        "",
        _("No coordinates"),
    )
    DUE_OUTSIDE_TIME_WINDOW = (
        "due_outside_time_window",
        Kind.WARNING,
        None,
        "`dueAtUtc` is before the time window starts or after it ends. A `dueDate` is not compared with the window.",
        "Check the three times.",
        "",
        _("Due outside window"),
    )
    IMPLAUSIBLE_COORDINATES = (
        "implausible_coordinates",
        Kind.WARNING,
        None,
        "The coordinates are 0/0, or lie outside the country of the address.",
        "Check latitude and longitude. The message says if they are swapped.",
        "",
        _("Check coordinates"),
    )
    IMPLAUSIBLE_POSTAL_CODE = (
        "implausible_postal_code",
        Kind.WARNING,
        None,
        "The postal code does not have the format of the country.",
        "Check the postal code; a leading zero may be lost. Check the country, too.",
        "",
        _("Check postal code"),
    )
    WINDOW_NOT_ON_ROUTE_DATE = (
        "window_not_on_route_date",
        Kind.WARNING,
        None,
        "The time window does not touch the route date, in the time zone of the source system.",
        "Check the date, the times and their offset.",
        "",
        _("Window on another day"),
    )
    IMPLAUSIBLE_EMAIL = (
        "implausible_email",
        Kind.WARNING,
        None,
        "The email is not an address. It is stored as it was sent.",
        "Correct the email.",
        "",
        _("Check email"),
    )
    ASSUMED_UTC = (
        "assumed_utc",
        Kind.WARNING,
        None,
        "The time has no offset and was read as UTC.",
        "Send `Z` or an offset such as `+02:00`.",
        "",
        _("Assumed UTC"),
    )
    CONTACT_EMAIL_USED = (
        "contact_email_used",
        Kind.WARNING,
        None,
        "`customer.email` and `contact.email` were sent with different values. A target has one email, and that of the "
        "contact was stored.",
        "Nothing. To have the other one stored, send only `customer.email`.",
        "",
        _("Email of contact used"),
    )
    EXTERNAL_TYPE_CHANGED = (
        "external_type_changed",
        Kind.WARNING,
        None,
        "The target had another `externalType`. Two number ranges of your system may overwrite each other.",
        "Check whether both are the same order. If not, make their ids different, for example by a prefix.",
        "",
        _("Type changed"),
    )
    NOTE_SHORTENED = (
        "note_shortened",
        Kind.WARNING,
        None,
        f"The title of a cancel is longer than a note of {MAX_CANCELLATION_NOTE_LENGTH} characters, and was cut.",
        "Nothing, or send a shorter title.",
        "",
        _("Note shortened"),
    )
    UNTYPED_CUSTOM_FIELD = (
        "untyped_custom_field",
        Kind.WARNING,
        None,
        "A custom field was stored before the template defined it, and its type cannot read the stored value, which "
        "stays as it is.",
        "Send the field again with a value in a form that the message lists.",
        "",
        _("Untyped custom field"),
    )
    PROCESSED_SYNCHRONOUSLY = (
        "processed_synchronously",
        Kind.WARNING,
        None,
        "The `async` of a batch cannot be read, so that the batch was processed before it was answered.",
        "Send `async` as true or false, or the header `Prefer: respond-async`.",
    )
    ALREADY_CANCELLED = (
        "already_cancelled",
        Kind.WARNING,
        None,
        "The target was cancelled before; nothing was changed.",
        "Nothing.",
        "",
        _("Cancelled before"),
    )
    TARGET_REOPENED = (
        "target_reopened",
        Kind.WARNING,
        None,
        "The target had been cancelled, and this import made it active again.",
        "Nothing, if that was intended.",
        "",
        _("Reopened"),
    )
    KEPT_CORRECTION = (
        "kept_correction",
        Kind.WARNING,
        None,
        "Staff corrected this field, and the import did not overwrite it.",
        "Nothing, or correct the value in your system too.",
        "",
        _("Correction kept"),
    )
    STALE_VERSION = (
        "stale_version",
        Kind.WARNING,
        None,
        "The import is older than the stored target. Nothing was changed, and the item is `Skipped`, whatever else is "
        "wrong with it.",
        "Nothing. A newer version was imported before.",
        "",
        _("Outdated"),
    )
    SAME_MOMENT = (
        "same_moment",
        Kind.WARNING,
        None,
        "The stored target has the same `sourceUpdatedAtUtc` with other content. This import arrived later and won.",
        "Nothing. To rule out a wrong order within a second, send `sourceVersion`.",
        "",
        _("Same moment"),
    )
    CANCELLED_BEFORE_IMPORT = (
        "cancelled_before_import",
        Kind.WARNING,
        None,
        "A versioned cancel names a target that was never imported. The cancel is remembered.",
        "Nothing. If an older create arrives later, it is skipped.",
        "",
        _("Cancelled before import"),
    )

    @classmethod
    def of_kind(cls, kind: Kind) -> "list[Code]":
        """Return the codes of one kind, in the order of the documentation."""
        return [code for code in cls if code.kind is kind]

    @classmethod
    def item_errors(cls) -> "list[Code]":
        """Return every code that a rejected item can have.

        INTERNAL_ERROR is one of them: an item of a batch that fails unexpectedly is rejected with it.
        """
        return [*cls.of_kind(Kind.ITEM), cls.INTERNAL_ERROR]
