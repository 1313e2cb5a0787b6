"""Every fixed limit of the API: lengths in characters, digits, counts and times. Messages and documents name these.

Limits that an operator may change (sizes of bodies and batches) are settings.
"""

MAX_EXTERNAL_ID_LENGTH = 128
MAX_KEY_LENGTH = 64
"""Of the key of a source system, template or custom field."""
MAX_BATCH_ID_LENGTH = 255
MAX_DEFAULT_TEXT_LENGTH = 255
"""Of a text field that declares no other limit."""
MAX_CUSTOM_TEXT_LENGTH = 10_000
MAX_CANCELLATION_NOTE_LENGTH = 255
MAX_PAUSE_REASON_LENGTH = 255
MAX_CORRELATION_ID_LENGTH = 128
MAX_IDEMPOTENCY_KEY_LENGTH = 255

MAX_INTEGER_DIGITS = 18
"""Of a whole number in a custom field."""
MAX_WHOLE_DIGITS = 20
"""Digits of a decimal before its point."""
MAX_DECIMAL_PLACES = 10
MAX_SOURCE_VERSION = 2**63 - 1
EARLIEST_YEAR = 1970
LATEST_YEAR = 2200
"""Of all dates and date-times, as they are written."""
MAX_WORK_MINUTES = 10_080
"""A week."""

MAX_JSON_DEPTH = 32
VALUES_PER_TARGET = 125
"""JSON values that a batch may have for each target of its largest number. One target may have more than others."""
MAX_JSON_VALUES = 10_000 * VALUES_PER_TARGET
"""Values in the body of a batch: objects, lists, and what they hold, but no keys."""
MAX_ITEM_VALUES = 100_000
"""Values in one target, counted likewise."""
MAX_MEMBERS = 1_000
"""Members of a target, of one of its sections, and of a batch, known or not."""
MAX_CUSTOM_FIELDS = 1_000
"""Custom fields that one item sends."""
MAX_NUMBER_LENGTH = 100
"""Characters of a number in JSON: sign, digits, point and exponent."""
MAX_GZIP_MEMBERS = 10_000
"""Of a body with `Content-Encoding: gzip`. Each one costs time, even an empty one."""
MAX_NUMBER_EXPONENT = 300
"""The largest power of ten of a number in JSON, and its negative the smallest."""

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000

MAX_FINDINGS_OF_A_KIND = 20
"""Findings of one kind that are named; the rest are counted."""

MAX_NAMED_LENGTH = 200
"""Characters of the name of an unknown field in a finding; the rest is cut."""

MAX_ANSWERED_FINDINGS = 20
"""Errors of an item that the answer to an import names, and also warnings; the rest are counted."""
MAX_ANSWERED_FINDING_BYTES = 1024 * 1024
"""JSON of all errors and warnings that the answer to an import names."""
MAX_ANSWERED_CHANGE_BYTES = 8 * 1024 * 1024
"""JSON of all changes that the answer to an import names."""
MAX_ANSWERED_ITEMS = 1_000
"""Items in the answer to GET /import-jobs/{id}."""

MAX_BULK_TARGETS = 5_000
"""Targets that staff change at once."""

DEFAULT_RATE_LIMIT = 6_000
"""Requests a minute of an API token."""
DEFAULT_TOKEN_DAYS = 365
MAX_TOKEN_DAYS = 3_650
MAX_ALLOWED_NETWORKS = 100
"""Networks of one API token."""

MAX_REQUEST_TARGET_BYTES = 16 * 1024
"""Of the path with its query."""
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
"""Bytes of the names and values of all headers of a request, and their number."""
MIN_BODY_BYTES_A_SECOND = 8 * 1024
"""A body may take a second longer for each so many bytes that have arrived."""
UNREAD_BODY_SECONDS = 10
"""For which the rest of a body is discarded after an early answer, so that the client can read that answer."""
MAX_BODIES_IN_MEMORY = 64 * 1024 * 1024
"""Bytes of all bodies that are being received by one web process. Beyond it, bodies are written to disk."""
MAX_BODIES_ON_DISK = 2 * 1024 * 1024 * 1024
"""Bytes of all bodies that one web process has on disk. Further ones are refused."""
IDLE_CONNECTION_SECONDS = 75
STALLED_SECONDS = 15
"""After which a worker that has not announced itself counts as gone."""

MAX_FILE_COLUMNS = 1_000
"""Columns of a CSV or XLSX file that is imported."""
MAX_CELL_LENGTH = 32_767
"""Characters of a cell in a file, as in Excel."""
MAX_ROW_LENGTH = 1024 * 1024
"""Characters of a line of a CSV file."""
MAX_WORKBOOK_ENTRIES = 2_000
"""Files within an XLSX file."""
MAX_WORKBOOK_BYTES = 1024 * 1024 * 1024
"""Of all files within an XLSX file, unpacked. They are not unpacked at once."""
MAX_WORKBOOK_RATIO = 250
"""How many times larger than packed a file within an XLSX file may be."""
MAX_WORKBOOK_STRINGS = 4_000_000
MAX_WORKBOOK_STRING_BYTES = 128 * 1024 * 1024
"""Different texts of an XLSX file, and their bytes, which are in memory together."""

MAX_EXPECTED_HOURS = 2_160
"""Hours within which staff expect an import of a source system: 90 days."""

MAX_SAVED_FILTERS = 30
"""Filters that a user may save for one list of the admin."""
MAX_FILTER_NAME_LENGTH = 60
MAX_FILTER_QUERY_LENGTH = 2_000
"""Of the query string of a saved filter."""
