"""The filters and the search of the list of targets."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.timezone import localdate

from ordinavo.common.admin import display
from targets.models import Target
from tests.factories import TargetFactory

LIST = "/admin/targets/target/"
COLUMNS = ("day", "due_day", "window")


def found(staff, **filters):
    return [target.title for target in staff.get(LIST, filters).context["cl"].queryset.order_by("title")]


@pytest.fixture
def targets(api):
    today = localdate()
    day = {"late": -1, "now": 0, "next": 1, "soon": 6, "far": 7}
    for title, ahead in day.items():
        date = (today + timedelta(days=ahead)).isoformat()
        api.send(f"NO-{title}/1", title=title, planning={"routeDate": date}, address={"city": "Köln-Deutz"})
    api.send("NO-never", title="never", address={"street": "Am Alten Markt", "latitude": 50.9, "longitude": 6.9})
    api.send("NO-gone", title="gone", address={"city": "Essen"}, planning={"routeDate": "2020-01-01"})
    api.send("NO-gone", operation="cancel")


@pytest.mark.parametrize(
    ("day", "titles"),
    [
        ("overdue", ["late"]),
        ("today", ["now"]),
        ("tomorrow", ["next"]),
        ("week", ["next", "now", "soon"]),
        ("none", ["never"]),
    ],
)
def test_targets_are_filtered_by_day(staff, targets, day, titles):
    assert found(staff, day=day) == titles


@pytest.fixture
def due(api):
    """Import targets without a route date: one that was due yesterday by date, one by time, and others."""
    today = localdate()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    before, at = ((midnight - timedelta(seconds=ago)).isoformat() for ago in (1, 0))
    for title, planning in {
        "by date": {"dueDate": yesterday.isoformat()},
        "by time": {"dueAtUtc": before},
        "today": {"dueAtUtc": at},
        "both": {"dueDate": tomorrow.isoformat(), "dueAtUtc": before},
        "planned": {"dueDate": yesterday.isoformat(), "routeDate": tomorrow.isoformat()},
    }.items():
        api.send(f"NO-{title}", title=title, planning=planning)


def test_targets_without_a_route_date_are_listed_as_late_from_the_day_after_they_are_due(staff, due):
    assert found(staff, day="overdue") == ["by date", "by time"]


def test_cancelled_targets_are_not_listed_as_late(staff, api, due):
    api.send("NO-by date", operation="cancel")
    assert found(staff, day="overdue") == ["by time"]


@pytest.mark.parametrize(
    ("first", "last", "titles"),
    [
        (-1, -1, ["by date", "by time", "planned"]),
        (0, None, ["both", "today"]),
        (None, 0, ["by date", "by time", "planned", "today"]),
        (1, 2, ["both"]),
    ],
)
def test_targets_are_filtered_by_the_days_on_which_they_are_due(staff, targets, due, first, last, titles):
    limits = {"from": first, "to": last}
    days = {end: "" if ahead is None else localdate() + timedelta(days=ahead) for end, ahead in limits.items()}
    assert found(staff, **{f"due_date_{end}": str(day) for end, day in days.items()}) == titles


@pytest.mark.parametrize(
    ("planning", "cells"),
    [
        ({"dueDate": "2026-06-30", "dueAtUtc": "2026-06-25T22:30:00Z"}, ("–", "2026-06-30", "–")),
        ({"dueAtUtc": "2026-06-25T22:30:00Z"}, ("–", "2026-06-26", "–")),
        ({"routeDate": "2026-06-25", "timeWindowStartUtc": "2026-06-25T07:00:00Z"}, ("2026-06-25", "–", "09:00–…")),
        ({"timeWindowEndUtc": "2026-06-25T22:30:00Z"}, ("–", "–", "…– 2026-06-26 00:30")),
        (
            {"timeWindowStartUtc": "2026-06-25T07:00:00Z", "timeWindowEndUtc": "2026-06-25T10:00:00Z"},
            ("–", "–", "2026-06-25 09:00–12:00"),
        ),
        (
            {
                "routeDate": "2026-06-25",
                "timeWindowStartUtc": "2026-06-25T20:00:00Z",
                "timeWindowEndUtc": "2026-06-26T02:00:00Z",
            },
            ("2026-06-25", "–", "22:00– 2026-06-26 04:00"),
        ),
    ],
)
def test_the_list_shows_the_days_of_a_target_that_are_not_its_route_date(staff, api, planning, cells):
    api.send(planning=planning)
    content = staff.get(LIST).content.decode()
    shown = [re.search(rf'class="field-{name}[^>]*>(.*?)</td>', content, re.DOTALL) for name in COLUMNS]
    assert tuple(" ".join(strip_tags(cell[1]).split()) for cell in shown) == cells


@pytest.mark.parametrize("warning", ["any", "missing_coordinates"])
def test_only_active_targets_are_listed_for_their_warnings(staff, targets, warning):
    assert found(staff, warning=warning) == ["far", "late", "next", "now", "soon"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Müller", "mueller"), ("Mueller", "müller"), ("Groß", "gross"), ("Strasser", "straßer"), ("Höß", "hoess"),
        ("Köhlerstraße", "KOEHLERSTRASSE"), ("Weber", "weber"),
    ],
)  # fmt: skip
def test_umlauts_are_found_in_either_spelling(staff, name, typed):
    TargetFactory(title=name)
    TargetFactory(title="Muller")
    assert found(staff, q=typed) == [name]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("no-late/1", ["late"]),
        ("köln late", ["late"]),
        ("deutz soon", ["soon"]),
        ("markt alten", ["never"]),
        ("no nowhere", []),
        ("' & | ! :* \\", ["far", "gone", "late", "never", "next", "now", "soon"]),
    ],
)
def test_each_searched_word_must_begin_a_word_of_the_target(staff, targets, words, titles):
    assert found(staff, q=words) == titles


def test_targets_are_filtered_by_corrections(staff, targets):
    Target.objects.filter(title="now").update(corrections={"title": {"by": "dora", "source": "x"}})
    assert found(staff, corrected="yes") == ["now"]


def test_a_long_list_is_counted_up_to_a_limit(staff, monkeypatch, db):
    monkeypatch.setattr(display, "MAX_COUNTED_ROWS", 3)
    TargetFactory.create_batch(3)
    assert "3 targets" in staff.get(LIST).content.decode()
    TargetFactory()
    assert "More than 3 targets" in staff.get(LIST).content.decode()


@pytest.mark.parametrize("order", ["1", "3", "4", "-5"])
def test_the_list_is_sorted_by_each_sortable_column(staff, targets, order):
    assert staff.get(LIST, {"o": order}).status_code == 200


def test_a_range_of_days_accepts_german_dates(staff, targets):
    day = localdate() + timedelta(days=1)
    germans = {"headers": {"Accept-Language": "de"}}
    sent = {"route_date_from": f"{day:%d.%m.%Y}", "route_date_to": f"{day:%d.%m.%Y}"}
    assert [target.title for target in staff.get(LIST, sent, **germans).context["cl"].queryset] == ["next"]
    assert found(staff, route_date_from=f"{day:%Y-%m-%d}", route_date_to="") == ["far", "next", "soon"]


@pytest.mark.parametrize("page", ["", "export/"])
@pytest.mark.parametrize("drill", ["route_date__year=9999", "route_date__year=9999&route_date__month=12"])
def test_a_date_that_cannot_be_drilled_into_leads_back_to_the_list(staff, api, page, drill):
    api.send(planning={"routeDate": "9999-12-31"})
    shown = staff.get(f"{LIST}{page}?{drill}", follow=True)
    assert (shown.status_code, shown.request["PATH_INFO"], shown.request["QUERY_STRING"]) == (200, LIST, "e=1")
