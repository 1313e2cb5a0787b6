"""Find the source systems that have sent nothing for longer than staff expect, or than they usually do.

Many source systems send every night but not on weekends, or all day but not at night. The current pause is therefore
compared with the longest pause that followed an import on the same day of the week, unless staff have set how long it
may be. Only the source system's own imports count: neither replays nor files that staff uploaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from ordinavo.common.sql import execute

WEEKS = 6
"""The number of weeks before the last import whose pauses are compared."""
SHORTEST_PAUSE = timedelta(hours=1)
"""Shorter pauses are not measured. A usual pause counts as at least this long."""
SMALLEST_MARGIN = timedelta(hours=1)
"""The current pause must exceed the usual one by this, or by a tenth if that is more. It covers a clock change."""
SILENT_AFTER = timedelta(days=1)
"""A source system whose usual pause is not known is silent after this pause."""
SHORTEST_HISTORY = timedelta(days=6)
"""The usual pause is not known if the imports cover less time than this, which includes a weekend."""
FEWEST_IMPORTS = 5
"""The usual pause is not known if there are fewer imports than this, counted at least SHORTEST_PAUSE apart."""
FEWEST_DAYS = 3
"""With imports on at least this many Mondays, a pause after a Monday is compared only with those after Mondays."""


@dataclass(frozen=True)
class Rhythm:
    """When a source system sent its last own import, and how long its pauses usually are."""

    source_system_id: int
    last_import: datetime
    expected_pause: timedelta | None = None
    """The longest pause that staff expect, or None if they have not set it."""
    usual_pause: timedelta | None = None
    """The longest pause of the last WEEKS, 0 if all were shorter than SHORTEST_PAUSE, None if it is not known.

    It is not looked for if there is an expected pause.
    """
    weekday: int | None = None
    """The day of the week (0 is Monday) whose pauses were compared, or None if those of all days were."""

    @property
    def allowed_pause(self) -> timedelta:
        """The pause after which the source system counts as silent."""
        if self.expected_pause is not None:
            return self.expected_pause
        if self.usual_pause is None:
            return SILENT_AFTER
        usual = max(self.usual_pause, SHORTEST_PAUSE)
        return usual + max(SMALLEST_MARGIN, usual / 10)

    def is_silent(self, now: datetime) -> bool:
        """Return whether the source system has sent nothing for longer than the allowed pause."""
        return now - self.last_import > self.allowed_pause


class _Import(NamedTuple):
    """A row of the query _WALK: a source system, its time zone, the time of an import, and the pause after it."""

    source_system_id: int
    time_zone: str
    expected_pause: timedelta | None
    at: datetime
    pause: timedelta | None

    @property
    def local_time(self) -> datetime:
        """The time of the import in the time zone of its source system, or of the installation if it has none."""
        return self.at.astimezone(ZoneInfo(self.time_zone or settings.TIME_ZONE))


# The jobs that their source systems sent: neither replays nor uploads by staff. All items of a replay name the items
# that they replay, so the first one tells. Further conditions may follow with AND.
_OWN_JOBS = """
importjobs_importjob AS job WHERE (
    NOT EXISTS (SELECT FROM importjobs_fileimport AS file WHERE file.job_id = job.id AND file.origin = 'upload')
    AND (SELECT replay_of_id FROM importjobs_importitem WHERE job_id = job.id ORDER BY position LIMIT 1) IS NULL
)
"""


def last_own_import(source_system_id: str) -> str:
    """Return the SQL query of the time of a source system's last own import, which has no row if there is none.

    `source_system_id` is SQL, such as the name of a column.
    """
    return f"""
    SELECT created_at FROM {_OWN_JOBS} AND source_system_id = {source_system_id} ORDER BY created_at DESC LIMIT 1
    """  # noqa: S608  constants


def silent_source_systems(now: datetime) -> list[Rhythm]:
    """Return the active source systems that have sent nothing for longer than allowed, in no particular order.

    Leaves out paused source systems and those that have never sent anything. Makes one query. Its cost does not grow
    with the number of their own jobs: it reads at most two of them for each hour of the last WEEKS, and only of source
    systems that have sent nothing for SHORTEST_PAUSE + SMALLEST_MARGIN or the expected pause.
    """
    condition = (
        "system.active AND system.paused_at IS NULL AND job.created_at < %(now)s - COALESCE(expected, %(least)s)"
    )
    return [rhythm for rhythm in _rhythms(now, condition) if rhythm.is_silent(now)]


def rhythm_of(source_system_id: int, now: datetime) -> Rhythm | None:
    """Return when a source system sent its last own import and how long its pauses are, or None if it sent nothing.

    Makes one query.
    """
    return next(iter(_rhythms(now, "system.id = %(system)s", system=source_system_id)), None)


def _rhythms(now: datetime, condition: str, **values: object) -> list[Rhythm]:
    """Return the rhythms of the source systems that have sent something and fulfil a condition. Makes one query.

    `condition` is SQL about `system`, `job` (its last own import) and `expected` (an interval, or NULL), with the
    parameters %(now)s, %(least)s and those in `values`.
    """
    limits = {
        "now": now,
        "least": SHORTEST_PAUSE + SMALLEST_MARGIN,
        "step": SHORTEST_PAUSE,
        "period": timedelta(weeks=WEEKS),
    }
    found = (_Import(*row) for row in execute(_WALK.replace("{condition}", condition), limits | values))
    rows = sorted(found, key=lambda row: (row.source_system_id, row.at))
    return [_rhythm(list(imports)) for _system, imports in groupby(rows, key=lambda row: row.source_system_id)]


# Walks back from the last import. Each step goes to the newest import that is at least one hour older, so it cannot
# miss a pause of an hour or longer. Each step is two look-ups in the index of source system and time.
_WALK = f"""
WITH RECURSIVE walk AS (
    SELECT system.id, system.time_zone, expected, job.created_at, NULL::timestamptz AS next,
        job.created_at - %(period)s AS start
    FROM targets_sourcesystem AS system
    CROSS JOIN LATERAL (SELECT make_interval(hours => system.expected_hours) AS expected) AS setting
    CROSS JOIN LATERAL ({last_own_import("system.id")}) AS job
    WHERE {{condition}}
    UNION ALL
    SELECT walk.id, walk.time_zone, walk.expected, earlier.created_at, later.created_at, walk.start
    FROM walk
    CROSS JOIN LATERAL (
        SELECT created_at FROM {_OWN_JOBS}
        AND source_system_id = walk.id AND created_at BETWEEN walk.start AND walk.created_at - %(step)s
        ORDER BY created_at DESC LIMIT 1
    ) AS earlier
    CROSS JOIN LATERAL (
        SELECT created_at FROM {_OWN_JOBS}
        AND source_system_id = walk.id AND created_at > earlier.created_at
        ORDER BY created_at LIMIT 1
    ) AS later
    WHERE walk.expected IS NULL
)
SELECT id, time_zone, expected, created_at, next - created_at FROM walk
"""  # noqa: S608  constants


def _rhythm(imports: Sequence[_Import]) -> Rhythm:
    """Return the last import and the pauses of a source system. `imports` are its rows, oldest first."""
    *earlier, last = imports
    known = Rhythm(last.source_system_id, last.at, last.expected_pause)
    if len(imports) < FEWEST_IMPORTS or last.at - imports[0].at < SHORTEST_HISTORY:
        return known
    weekday = last.local_time.weekday()
    same_weekday = [row for row in earlier if row.local_time.weekday() == weekday]
    if len({row.local_time.date() for row in same_weekday}) >= FEWEST_DAYS:
        return replace(known, usual_pause=_longest_pause(same_weekday), weekday=weekday)
    return replace(known, usual_pause=_longest_pause(earlier))


def _longest_pause(imports: Sequence[_Import]) -> timedelta:
    """Return the longest pause that followed one of the imports, or 0 if all were shorter than SHORTEST_PAUSE."""
    longest = max(row.pause or timedelta(0) for row in imports)
    return longest if longest >= SHORTEST_PAUSE else timedelta(0)
