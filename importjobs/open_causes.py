"""Group the open rejected items of all jobs by cause: error code, field and, where it matters, template and sent value.

Seven items that sent "crane" for a choice are one cause with seven items, because the choice may be added to the
template. Seven items with seven texts for a number are one cause, too: each value is to be corrected by its own.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from importjobs.replays import unhandled
from ordinavo.common.codes import Code
from ordinavo.common.local_days import midnight
from ordinavo.common.sql import execute
from targets.api.target_document import field_descriptions

MAX_SEARCHED_ITEMS = 200_000
"""The newest open items among which the filters by source system and day look."""
MAX_READ_ITEMS = 20_000
"""The newest of the items found that are read. Older ones are not grouped until some of these are handled."""
MAX_OPEN_CAUSES = 100
"""The largest number of causes that are returned, the most frequent ones."""
SHOWN_EXAMPLES = 3
MAX_EXAMPLE = 40
"""Characters of an example of a sent value."""
MAX_SHOWN_VALUE = 300
"""Characters of a sent value that are returned."""

_OF_VALUE = [Code.INVALID_FIELD, Code.INVALID_CUSTOM_FIELD, Code.UNKNOWN_TEMPLATE, Code.INVALID_OPERATION]
"""The codes of errors that are about the value of the field."""
_BY_VALUE = [Code.UNKNOWN_TEMPLATE, Code.INVALID_OPERATION]
"""The codes whose items are grouped by the value. Those of other codes are so only in a field with choices."""
_BY_TEMPLATE = [Code.INVALID_CUSTOM_FIELD, Code.MISSING_CUSTOM_FIELD]


@dataclass(frozen=True)
class Filter:
    """Which open items are looked at. None is no limit."""

    job: int | None = None
    source_system: int | None = None
    day: date | None = None
    """The day on which the job was received, in the site's time zone."""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the SQL."""
        start, end = midnight(self.day), midnight(self.day + timedelta(days=1) if self.day else None)
        limits = {"searched": MAX_SEARCHED_ITEMS, "items": MAX_READ_ITEMS}
        return limits | {"job": self.job, "system": self.source_system, "start": start, "end": end}


_KEY = re.compile("[0-9a-f]{32}")


class OpenCause(NamedTuple):
    """The same error in some open items."""

    key: str
    """Identifies the cause in addresses: a digest of code, field, template and value."""
    code: str
    field: str
    """The dotted path as the sender names the field, or empty."""
    template_key: str
    """The key of the template by which the field was read; empty for other fields than custom ones."""
    value: str
    """The sent value as text, cut to MAX_SHOWN_VALUE characters; empty if the cause is not about one value."""
    values: int
    """How many different values were sent; 1 if the cause is not about values."""
    examples: list[str]
    """The first of these values in alphabetical order, cut to MAX_EXAMPLE characters."""
    items: int
    """In how many open items it is."""
    message: str
    """The message of the newest of these items."""
    source_systems: list[int]
    """The ids of the source systems that sent them."""
    first: datetime
    """When the job of the oldest of these items was received."""
    last: datetime
    is_cut: bool
    """Whether there may be more open items than were searched or read."""
    causes: int
    """How many causes there are in all."""


def open_causes(chosen: Filter, *, also: Collection[str] = ()) -> list[OpenCause]:
    """Return the causes of the open items, the most frequent first. An item with several errors counts for each.

    Looks at the newest MAX_SEARCHED_ITEMS open items, of one job if the filter names one, reads the newest
    MAX_READ_ITEMS of those that the other filters leave, and returns MAX_OPEN_CAUSES causes and those whose keys are in
    `also`. Makes one query.
    """
    parameters = chosen.parameters() | {"causes": MAX_OPEN_CAUSES, "also": list(also)} | _constants()
    return [OpenCause(*row) for row in execute(_sql(chosen, _CAUSES), parameters)]


def are_all_searched() -> bool:
    """Return whether a filter looks at all open items, because they are few enough. Makes one query."""
    return unhandled()[:MAX_SEARCHED_ITEMS].count() < MAX_SEARCHED_ITEMS


def items_of(chosen: Filter, key: str) -> list[int]:
    """Return the ids of the open items of a cause in ascending order, as `open_causes` counts them. Makes one query."""
    rows = execute(_sql(chosen, _MEMBERS), chosen.parameters() | {"key": key} | _constants())
    return [pk for (pk,) in rows]


def find(chosen: Filter, key: str) -> OpenCause | None:
    """Return the cause with a key, or None if no open item has it any more, or if it is no key. Makes one query."""
    if not _KEY.fullmatch(key):
        return None
    return next((cause for cause in open_causes(chosen, also=[key]) if cause.key == key), None)


class SentValue(NamedTuple):
    """A value that items of a cause sent."""

    text: str
    items: list[int]
    """The ids of these items, in ascending order."""


def values_of(chosen: Filter, key: str) -> list[SentValue]:
    """Return the values that the open items of a cause sent, the most frequent first. Makes one query."""
    rows = execute(_sql(chosen, _VALUES), chosen.parameters() | {"key": key} | _constants())
    return [SentValue(text, items) for text, items in rows]


@cache
def _constants() -> dict[str, Any]:
    """Return the parameters of the SQL that are always the same."""
    return {
        "of_value": [str(code) for code in _OF_VALUE],
        "by_value": [str(code) for code in _BY_VALUE],
        "by_template": [str(code) for code in _BY_TEMPLATE],
        "with_choices": [name for field in field_descriptions() if field.choices for name in field.names],
        "shown": MAX_SHOWN_VALUE,
        "example": MAX_EXAMPLE,
        "examples": SHOWN_EXAMPLES,
    }


def _sql(chosen: Filter, query: str) -> str:
    """Return a query of the errors of the open items, one row for each error of an item."""
    return _FOUND.replace("{of_job}", "AND job_id = %(job)s" if chosen.job is not None else "") + query


_FOUND = """
WITH newest AS MATERIALIZED (
    SELECT id, job_id FROM importjobs_importitem
    WHERE status = 'Rejected' AND handled_at IS NULL {of_job} ORDER BY id DESC LIMIT %(searched)s
), item AS MATERIALIZED (
    SELECT newest.id, job.created_at, job.source_system_id
    FROM newest JOIN importjobs_importjob AS job ON job.id = newest.job_id
    WHERE (%(system)s::bigint IS NULL OR job.source_system_id = %(system)s::bigint)
    AND (%(start)s::timestamptz IS NULL OR job.created_at >= %(start)s AND job.created_at < %(end)s)
    ORDER BY newest.id DESC LIMIT %(items)s
), error AS (
    SELECT item.*, finding->>'code' AS code, finding->>'message' AS message,
        COALESCE(finding->>'field', '') AS field, stored.payload,
        COALESCE(NULLIF(stored.payload->>'templateKey', ''), own.key, standard.key, '') AS template
    FROM item
    JOIN importjobs_importitem AS stored ON stored.id = item.id
    JOIN targets_sourcesystem AS system ON system.id = item.source_system_id
    LEFT JOIN templates_targettemplate AS standard ON standard.id = system.default_template_id
    LEFT JOIN targets_target AS target
        ON target.source_system_id = item.source_system_id AND target.external_id = stored.external_id
    LEFT JOIN templates_targettemplate AS own ON own.id = target.template_id
    CROSS JOIN LATERAL jsonb_array_elements(stored.errors) AS finding
), choice AS MATERIALIZED (
    SELECT owner.key AS owner, 'customFields.' || own.key AS path
    FROM templates_customfield AS own JOIN templates_targettemplate AS owner ON owner.id = own.template_id
    WHERE own.type = 'choice'
), named AS (
    SELECT id, created_at, source_system_id, code, message, field,
        CASE WHEN code = ANY(%(by_template)s) THEN template ELSE '' END AS template,
        code = ANY(%(by_value)s) OR field = ANY(%(with_choices)s) OR choice.path IS NOT NULL AS is_by_value,
        CASE WHEN code <> ALL(%(of_value)s) THEN ''
            WHEN position('.' IN field) = 0 THEN COALESCE(payload->>field, '')
            ELSE COALESCE(payload->split_part(field, '.', 1)->>substr(field, position('.' IN field) + 1), '')
        END COLLATE "C" AS value
    FROM error LEFT JOIN choice ON choice.owner = error.template AND choice.path = error.field
), found AS (
    SELECT named.*,
        md5(concat_ws(chr(31), code, field, template, CASE WHEN is_by_value THEN value ELSE '' END)) AS key
    FROM named
)
"""
_CAUSES = """
, by_value AS (
    -- Many items send the same value. One group for each makes the groups of causes small, which need several sorts.
    SELECT key, code, field, template, value, source_system_id, count(DISTINCT id) AS items,
        max(lpad(id::text, 20, '0') || message COLLATE "C") AS newest, min(created_at) AS first, max(created_at) AS last
    FROM found GROUP BY key, code, field, template, value, source_system_id
), cause AS (
    SELECT key, code, field, template, sum(items)::bigint AS items, count(DISTINCT value) AS variants,
        CASE WHEN min(value) = max(value) THEN left(min(value), %(shown)s) ELSE '' END AS value,
        (array_agg(DISTINCT left(value, %(example)s)) FILTER (WHERE value <> ''))[1:%(examples)s] AS examples,
        substr(max(newest), 21) AS message,
        array_agg(DISTINCT source_system_id) AS systems, min(first) AS first, max(last) AS last
    FROM by_value GROUP BY key, code, field, template
), ranked AS (
    SELECT cause.*, count(*) OVER () AS causes,
        (SELECT count(*) FROM item) >= %(items)s OR (SELECT count(*) FROM newest) >= %(searched)s AS is_cut,
        row_number() OVER (ORDER BY items DESC, last DESC, key) AS rank
    FROM cause
)
SELECT key, code, field, template, value, variants, COALESCE(examples, '{}'), items, message, systems, first, last,
    is_cut, causes
FROM ranked WHERE rank <= %(causes)s OR key = ANY(%(also)s) ORDER BY rank
"""
_VALUES = """
SELECT value, array_agg(DISTINCT id ORDER BY id) FROM found WHERE key = %(key)s
GROUP BY value ORDER BY count(DISTINCT id) DESC, value
"""
_MEMBERS = "SELECT DISTINCT id FROM found WHERE key = %(key)s ORDER BY id"
