"""Find the source systems that have sent nothing for longer than they usually do.

Many source systems send every night but not on weekends, or all day but not at night. The current pause is therefore
compared with the longest pause that followed an import on the same day of the week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
class Silence:
    """A source system that has sent nothing for longer than usual."""

    source_system_id: int
    last_import: datetime
    usual_pause: timedelta | None = None
    """The longest pause of the last WEEKS, 0 if all were shorter than SHORTEST_PAUSE, None if it is not known."""
    weekday: int | None = None
    """The day of the week (0 is Monday) whose pauses were compared, or None if those of all days were."""


class _Import(NamedTuple):
    """A row of the query _WALK: a source system, its time zone, the time of an import, and the pause after it."""

    source_system_id: int
    time_zone: str
    at: datetime
    pause: timedelta | None

    @property
    def local_time(self) -> datetime:
        """The time of the import in the time zone of its source system, or of the installation if it has none."""
        return self.at.astimezone(ZoneInfo(self.time_zone or settings.TIME_ZONE))


def silent_source_systems(now: datetime) -> list[Silence]:
    """Return the active source systems that have sent nothing for longer than usual, in no particular order.

    Leaves out paused source systems and those that have never sent anything. Makes one query. Its cost does not grow
    with the number of jobs: it reads at most two jobs for each hour of the last WEEKS, and only of source systems that
    have sent nothing for SHORTEST_PAUSE + SMALLEST_MARGIN.
    """
    limits = {
        "silent_since": now - SHORTEST_PAUSE - SMALLEST_MARGIN,
        "step": SHORTEST_PAUSE,
        "period": timedelta(weeks=WEEKS),
    }
    rows = sorted((_Import(*row) for row in execute(_WALK, limits)), key=lambda row: (row.source_system_id, row.at))
    found = (_silence(list(imports)) for _system, imports in groupby(rows, key=lambda row: row.source_system_id))
    return [silence for silence in found if now - silence.last_import > _allowed(silence.usual_pause)]


# Walks back from the last import. Each step goes to the newest import that is at least one hour older, so it cannot
# miss a pause of an hour or longer. Each step is two look-ups in the index of source system and time.
_WALK = """
WITH RECURSIVE walk AS (
    SELECT system.id, system.time_zone, job.created_at, NULL::timestamptz AS next, job.created_at - %(period)s AS start
    FROM targets_sourcesystem AS system
    CROSS JOIN LATERAL (
        SELECT created_at FROM importjobs_importjob WHERE source_system_id = system.id
        ORDER BY created_at DESC LIMIT 1
    ) AS job
    WHERE system.active AND system.paused_at IS NULL AND job.created_at < %(silent_since)s
    UNION ALL
    SELECT walk.id, walk.time_zone, earlier.created_at, later.created_at, walk.start
    FROM walk
    CROSS JOIN LATERAL (
        SELECT created_at FROM importjobs_importjob
        WHERE source_system_id = walk.id AND created_at BETWEEN walk.start AND walk.created_at - %(step)s
        ORDER BY created_at DESC LIMIT 1
    ) AS earlier
    CROSS JOIN LATERAL (
        SELECT created_at FROM importjobs_importjob
        WHERE source_system_id = walk.id AND created_at > earlier.created_at
        ORDER BY created_at LIMIT 1
    ) AS later
)
SELECT id, time_zone, created_at, next - created_at FROM walk
"""


def _silence(imports: Sequence[_Import]) -> Silence:
    """Return the last import and the usual pause of a source system. `imports` are its rows, oldest first."""
    *earlier, last = imports
    if len(imports) < FEWEST_IMPORTS or last.at - imports[0].at < SHORTEST_HISTORY:
        return Silence(last.source_system_id, last.at)
    weekday = last.local_time.weekday()
    same_weekday = [row for row in earlier if row.local_time.weekday() == weekday]
    if len({row.local_time.date() for row in same_weekday}) >= FEWEST_DAYS:
        return Silence(last.source_system_id, last.at, _longest_pause(same_weekday), weekday)
    return Silence(last.source_system_id, last.at, _longest_pause(earlier))


def _longest_pause(imports: Sequence[_Import]) -> timedelta:
    """Return the longest pause that followed one of the imports, or 0 if all were shorter than SHORTEST_PAUSE."""
    longest = max(row.pause or timedelta(0) for row in imports)
    return longest if longest >= SHORTEST_PAUSE else timedelta(0)


def _allowed(usual_pause: timedelta | None) -> timedelta:
    """Return the pause after which a source system with this usual pause is silent."""
    if usual_pause is None:
        return SILENT_AFTER
    expected = max(usual_pause, SHORTEST_PAUSE)
    return expected + max(SMALLEST_MARGIN, expected / 10)
