"""The numbers on the start page. Each of them links to the list that it counts."""

import json
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Field, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from importjobs import choice_requests, replays, silence
from importjobs.admin.rhythm_texts import ago, pause_sentence
from importjobs.background import overview
from importjobs.models import ImportJob
from ordinavo.admin.days import today_and_tomorrow
from ordinavo.common.admin.display import MAX_COUNTED_ROWS
from ordinavo.common.local_days import midnight
from targets.models import SourceSystem, Target

MAX_GIVEN_UP = 10
"""Jobs that the start page names because the workers gave them up."""
CHART_DAYS = 14
"""The number of days that the chart shows, today included."""
_OUTCOMES = ("created_items", "updated_items", "cancelled_items", "rejected_items")
_CHART_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "animation": False,
    "scales": {"x": {"stacked": True}, "y": {"stacked": True, "ticks": {"precision": 0}}},
}
# Of created, updated, cancelled and rejected items.
_COLOURS = ("#16a34a", "#2563eb", "#64748b", "#dc2626")


def add_numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the numbers that the user may see to the context of the start page, and return the same context.

    `days` (the stops of today and tomorrow) needs the permission to view targets. `attention` (tiles) needs the
    permissions to view targets and import items; its tile about requests for choices also needs that to change custom
    fields. `sources` (last import of each source system), `notes` (those of them that are silent or paused),
    `outcomes` (last 24 hours) and `chart` (last CHART_DAYS days), `waiting` (jobs that wait for a worker although none
    runs) and `given_up` (jobs that the workers gave up) need that to view import jobs. A key without permission is
    absent. `context` itself is changed. Unfold calls this function (DASHBOARD_CALLBACK).
    """
    may = request.user.has_perm
    now = timezone.now()
    if may("targets.view_target"):
        context["days"] = today_and_tomorrow()
    if may("targets.view_target") and may("importjobs.view_importitem"):
        context["attention"] = _attention()
        if may("templates.change_customfield"):
            context["attention"] += _requests()
    if may("importjobs.view_importjob"):
        sources = _sources(now)
        context |= {"sources": sources, "notes": _notes(sources)}
        context |= {"outcomes": _last_day(now), "chart": _chart(now)}
        context |= {"waiting": overview.waiting_without_worker(), "given_up": overview.given_up_jobs()[:MAX_GIVEN_UP]}
    return context


def _attention() -> list[dict[str, Any]]:
    """Return three tiles: each a dict of `title`, `link` and what `_bounded_count` returns.

    They count rejected items that were neither replayed nor dismissed, active targets with the warning
    missing_coordinates, and active targets with any warning.
    """
    warned = Target.objects.filter(~Q(warnings=[]), status=Target.Status.ACTIVE)
    causes, targets = reverse("admin:importjobs_importitem_causes"), _list("targets_target")
    return [
        {"title": _("Rejected items that nobody has handled"), "link": causes} | _bounded_count(replays.unhandled()),
        {"title": _("Active targets without coordinates"), "link": f"{targets}?warning=missing_coordinates"}
        | _bounded_count(warned.filter(warnings__contains=["missing_coordinates"])),
        {"title": _("Active targets with warnings"), "link": f"{targets}?warning=any"} | _bounded_count(warned),
    ]


def _requests() -> list[dict[str, Any]]:
    """Return a tile that counts the requests for choices which wait for an answer; an empty list if there are none."""
    counted = _bounded_count(choice_requests.waiting())
    link = reverse("admin:importjobs_importitem_causes") + "#requests"
    return [{"title": _("Choices that dispatchers ask for"), "link": link} | counted] if counted["count"] else []


def _bounded_count(rows: QuerySet[Any]) -> dict[str, Any]:
    """Return `count`, at most MAX_COUNTED_ROWS, and `has_more`, whether there are more rows than that.

    The count is bounded because counting millions is slow.
    """
    count = rows.order_by()[: MAX_COUNTED_ROWS + 1].count()
    return {"count": min(count, MAX_COUNTED_ROWS), "has_more": count > MAX_COUNTED_ROWS}


def _sources(now: datetime) -> list[dict[str, Any]]:
    """Return one dict for each source system, active or not, in order of name.

    `system` is the SourceSystem, and `link` the address of its jobs. `last` and `ago` are the time of its newest own
    import job and a text such as "5 minutes ago", or None if it has none; a job counts even if all its items were
    rejected, but no replay and no upload by staff. `silent` is True if the system is active, not paused, and has sent
    nothing for longer than expected or usual, or nothing ever. `usual` is then a sentence about that pause, or "" if
    none is known.
    """
    silent = {found.source_system_id: found for found in silence.silent_source_systems(now)}
    last = RawSQL(f"({silence.last_own_import('targets_sourcesystem.id')})", [])  # noqa: S611  a constant
    systems = SourceSystem.objects.annotate(last=last)
    jobs = _list("importjobs_importjob")
    return [
        {
            "system": system,
            "link": f"{jobs}?source_system__id__exact={system.pk}",
            "last": system.last,
            "ago": ago(now - system.last) if system.last else None,
            "silent": system.pk in silent or (system.last is None and system.active and not system.paused_at),
            "usual": pause_sentence(silent[system.pk]) if system.pk in silent else "",
        }
        for system in systems
    ]


def _notes(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of the dicts of `_sources` about which the page has a note: paused, or silent with a known pause."""
    return [source for source in sources if source["usual"] or (source["system"].paused_at and source["system"].active)]


def _last_day(now: datetime) -> list[dict[str, Any]]:
    """Return one dict each for the created, updated, cancelled and rejected items of the last 24 hours.

    The keys are `title`, `count` and `link`. Counted are the items of jobs that were received in the 24 hours
    before `now`; `count` is 0 if there are none.
    """
    since = now - timedelta(days=1)
    counts = ImportJob.objects.filter(created_at__gte=since).aggregate(**{name: Sum(name) for name in _OUTCOMES})
    return [
        {
            "title": _title(name),
            "count": counts[name] or 0,
            "link": f"{_items(name)}&received=24h",
        }
        for name in _OUTCOMES
    ]


def _chart(now: datetime) -> dict[str, Any]:
    """Return the numbers of created, updated, cancelled and rejected items on each of the last CHART_DAYS days.

    An item counts on the day, in the site's time zone, on which its job was received; the last day is today. `data` and
    `options` are JSON texts for Chart.js: `data` has one data set for each of the four outcomes, oldest day first.
    `days` are the rows of a table, newest first: dicts of `day`, `jobs` (the number of jobs), `link` (to these jobs)
    and `counts`, for each outcome a pair of its number and the link to the items. `titles` are the headings of
    `counts`. A day without imports has zeros.
    """
    today = timezone.localdate(now)
    days = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    by_day = _numbers_by_day(days[0])
    datasets = [
        {
            "label": _title(name),
            "backgroundColor": colour,
            "data": [by_day.get(day, {}).get(name, 0) for day in days],
        }
        for name, colour in zip(_OUTCOMES, _COLOURS, strict=True)
    ]
    jobs = _list("importjobs_importjob")
    return {
        "data": json.dumps({"labels": [date_format(day, "MONTH_DAY_FORMAT") for day in days], "datasets": datasets}),
        "options": json.dumps(_CHART_OPTIONS),
        "days": [
            {
                "day": day,
                "jobs": by_day.get(day, {}).get("jobs", 0),
                "counts": [(by_day.get(day, {}).get(name, 0), _items(name, day)) for name in _OUTCOMES],
                "link": f"{jobs}?created_at_from={day}&created_at_to={day}",
            }
            for day in reversed(days)
        ],
        "titles": [_title(name) for name in _OUTCOMES],
    }


def _numbers_by_day(first: date) -> dict[date, dict[str, Any]]:
    """Return for each day since `first` on which jobs were received, their number (`jobs`) and the sums of counters."""
    rows = (
        ImportJob.objects.filter(created_at__gte=midnight(first))
        .order_by()
        .values(day=TruncDate("created_at"))
        .annotate(jobs=Count("pk"), **{name: Sum(name) for name in _OUTCOMES})
    )
    return {row["day"]: dict(row) for row in rows}


def _title(name: str) -> str:
    """Return the translated label of a counter of import jobs such as "created_items", capitalized.

    Raises FieldDoesNotExist if ImportJob has no such field.
    """
    field = ImportJob._meta.get_field(name)
    return str(capfirst(cast("Field[Any, Any]", field).verbose_name))


def _items(name: str, day: date | None = None) -> str:
    """Return the address of the admin's list of items with the status that a counter such as "created_items" counts.

    With `day`, the list has only the items of jobs that were received on that day, else those of all days.
    """
    status = name.removesuffix("_items").capitalize()
    period = f"&job__created_at_from={day}&job__created_at_to={day}" if day else ""
    return f"{_list('importjobs_importitem')}?status__exact={status}{period}"


def _list(model: str) -> str:
    """Return the address of a model's list in the admin. `model` is such as "targets_target"."""
    return reverse(f"admin:{model}_changelist")
