"""The page of a day in the admin, and the tiles of today and tomorrow on the start page."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from targets.models import Target
from tests.factories import SourceSystemFactory, StaffFactory, TargetFactory, TargetTemplateFactory
from tests.queries import count_queries

PAGE = "/admin/targets/target/day/"
DAY = date(2026, 11, 27)


def stop(number, hour=None, **values):
    """Make a target of DAY whose window begins at an hour of UTC and lasts two hours."""
    window = {}
    if hour is not None:
        start = datetime(2026, 11, 27, hour, tzinfo=UTC)
        window = {"time_window_start": start, "time_window_end": start + timedelta(hours=2)}
    place = {"city": "Essen", "latitude": 51.45, "longitude": 7.01}
    return TargetFactory(**{"external_id": number, "route_date": DAY, **window, **place, **values})


def numbers(staff, **query):
    """Return the external ids of the stops that the page shows, in their order."""
    groups = staff.get(PAGE, {"date": "2026-11-27", **query}).context["groups"]
    return [stop.target.external_id for group in groups for stop in group.stops]


def text(staff, **query):
    return " ".join(staff.get(PAGE, {"date": "2026-11-27", **query}).content.decode().split())


def test_the_page_has_the_stops_of_the_day_by_the_start_of_their_windows(staff, db):
    for number, hour in [("LATE", 14), ("NONE", None), ("EARLY", 7)]:
        stop(number, hour)
    stop("OTHER", route_date=DAY + timedelta(days=1))
    assert numbers(staff) == ["EARLY", "LATE", "NONE"]


@pytest.mark.parametrize(
    ("order", "expected"), [("city", ["B", "A"]), ("number", ["A", "B"]), ("window_end", ["B", "A"])]
)
def test_the_stops_can_be_sorted(staff, db, order, expected):
    stop("A", 14, city="Köln")
    stop("B", 7, city="Bonn")
    assert numbers(staff, order=order) == expected


def test_windows_are_shown_in_the_time_zone_of_the_site(staff, db):
    stop("A", 8)
    page = text(staff)
    assert "09:00–11:00" in page
    assert '<rect x="10.00%" width="20.00%"' in page  # the time line has the hours from 8 to 18


def test_without_a_date_the_page_shows_today(staff, db):
    stop("A", route_date=timezone.localdate())
    assert staff.get(PAGE).context["counts"].total == 1


def test_each_filter_leaves_only_matching_stops(staff, db):
    system, template = SourceSystemFactory(), TargetTemplateFactory()
    stop("A", source_system=system, template=template, priority="High", city="Köln")
    stop("B")
    queries = [{"source": system.pk}, {"template": template.pk}, {"priority": "High"}, {"city": "Köln"}]
    assert [numbers(staff, **query) for query in queries] == [["A"]] * 4


def cities(staff, **query):
    """Return the choices of the filter by city."""
    form = staff.get(PAGE, {"date": "2026-11-27", **query}).context["form"]
    return [label for _value, label in form.fields["city"].widget.choices]


def test_the_cities_are_sorted_as_in_a_dictionary(staff, db):
    for city in ("Ulm", "Öhringen", "Zell", "essen", "Olpe"):
        stop(f"A{city}", city=city)
    assert cities(staff) == ["All", "essen (1)", "Öhringen (1)", "Olpe (1)", "Ulm (1)", "Zell (1)"]


def test_the_cities_have_the_number_of_stops_that_the_other_filters_leave(staff, db):
    stop("A", city="Köln", priority="High")
    stop("B", city="Köln")
    stop("C", city="Bonn")
    assert cities(staff, priority="High", city="Bonn") == ["All", "Bonn (0)", "Köln (1)"]


def test_the_page_names_the_filters_that_are_set(staff, db):
    stop("A", city="Köln", priority="High")
    assert "Priority: High · City: Köln · As of " in text(staff, city="Köln", priority="High")
    assert "Remove the filters" in text(staff, city="Köln")
    assert "Remove the filters" not in text(staff)


def test_a_stop_without_coordinates_says_so_once(staff, db):
    stop("A", latitude=None, longitude=None, warnings=["missing_coordinates"])
    stop("B", latitude=None, longitude=None)
    rows = [stop.row() for group in staff.get(PAGE, {"date": "2026-11-27"}).context["groups"] for stop in group.stops]
    assert [("No coordinates" in row, "Without coordinates" in row) for row in rows] == [(True, False), (False, True)]


def test_the_notes_have_the_description_which_a_driver_needs(staff, db):
    stop("A", description="<b>Ring twice</b> " + "x" * 400)
    assert "&lt;b&gt;Ring twice&lt;/b&gt; xxx" in text(staff)
    assert "x" * 301 not in text(staff)


def test_the_counts_tell_cancelled_warned_corrected_and_unplaced_stops_apart(staff, db):
    stop("A", status=Target.Status.CANCELLED, warnings=["missing_coordinates"], latitude=None, longitude=None)
    stop("B", warnings=["missing_coordinates"], latitude=None, longitude=None)
    stop("C", corrections={"title": {"by": "dora"}})
    counts = staff.get(PAGE, {"date": "2026-11-27"}).context["counts"]
    found = (counts.total, counts.active, counts.cancelled, counts.without_coordinates, counts.warned, counts.corrected)
    assert found == (3, 2, 1, 1, 1, 1)


def test_a_stop_without_coordinates_is_listed_beside_the_map(staff, db):
    stop("UNPLACED", latitude=None, longitude=None)
    stop("PLACED")
    unplaced = staff.get(PAGE, {"date": "2026-11-27"}).context["unplaced"]
    assert [row.target.external_id for row in unplaced] == ["UNPLACED"]


def test_the_days_before_and_after_keep_the_filters(staff, db):
    page = text(staff, city="Köln")
    assert 'href="?date=2026-11-26&amp;city=K%C3%B6ln"' in page
    assert 'href="?date=2026-11-28&amp;city=K%C3%B6ln"' in page


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"date": "tomorrow"}, "This is not a date. Enter one such as 2026-11-27."),
        ({"date": "2026-02-30"}, "This is not a date."),
        ({"date": "0001-01-01"}, "Enter a date from the years 1970 to 2200."),
        ({"date": "9999-12-31"}, "Enter a date from the years 1970 to 2200."),
        ({"source": "x"}, "Select a valid choice."),
        ({"priority": "Burning"}, "Select a valid choice."),
        ({"city": "a\0b"}, "Null characters are not allowed."),
        ({"order": "password"}, "Select a valid choice."),
    ],
)
def test_a_value_that_cannot_be_used_gets_an_error_and_a_way_on(staff, db, query, message):
    page = text(staff, **query)
    assert message in page
    assert "Show today" in page


def test_the_page_says_how_many_stops_it_leaves_out(staff, db, monkeypatch):
    monkeypatch.setattr("targets.day.MAX_STOPS", 2)
    for number in "ABC":
        stop(number)
    assert "This day has 3 stops; the first 2 of them are shown." in text(staff)


def test_the_number_of_queries_does_not_depend_on_the_number_of_stops(staff, db):
    stop("A")
    few = count_queries(lambda: text(staff))
    for number in range(20):
        stop(f"B{number}", city=f"City {number}")
    assert (few, count_queries(lambda: text(staff))) == (11, 11)


def test_the_names_of_a_target_are_escaped(staff, db):
    stop("A", 8, title="<script>alert(1)</script>", city='"><b>')
    page = text(staff)
    assert "<script>alert" not in page
    assert '"><b>' not in page


def test_only_staff_who_may_view_targets_see_the_page(client, db):
    client.force_login(StaffFactory(is_superuser=False))
    assert client.get(PAGE).status_code == 403


def test_the_page_may_load_images_of_the_tile_server_and_no_other_page_may(staff, settings, db):
    settings.MAP_TILES_URL = "https://{s}.tiles.example.com/{z}/{x}/{y}.png"
    policies = [staff.get(path)["Content-Security-Policy"] for path in (PAGE, "/admin/targets/target/")]
    assert "img-src 'self' data: https://*.tiles.example.com;" in policies[0]
    assert "example.com" not in policies[1]


def test_without_a_tile_server_the_page_loads_nothing_from_elsewhere(staff, db):
    assert "img-src 'self' data:;" in staff.get(PAGE)["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "tiles.example.com/{z}/{x}/{y}.png",
        "https://tiles.example.com/{z}/{x}.png",
        "https://tiles.example.com/{z}/{x}/{y}/{key}.png",
        "javascript:alert({z}{x}{y})",
        "https://a.com; script-src *//{z}/{x}/{y}",
        "https://user@a.com/{z}/{x}/{y}",
    ],
)
def test_the_server_does_not_start_with_an_address_that_has_no_tiles(settings, address):
    settings.MAP_TILES_URL = address
    with pytest.raises(SystemCheckError, match="MAP_TILES_URL must be an address such as"):
        call_command("check")


def test_an_address_of_tiles_passes_the_check(settings, capsys):
    settings.MAP_TILES_URL = "http://10.0.0.5:8080/{z}/{x}/{y}{r}.png?key=1"
    call_command("check")
    assert "no issues" in capsys.readouterr().out


def test_the_start_page_shows_today_and_tomorrow(staff, db):
    today = timezone.localdate()
    stop("A", route_date=today)
    stop("B", route_date=today, status=Target.Status.CANCELLED)
    stop("C", route_date=today + timedelta(days=1), latitude=None, longitude=None)
    tiles = staff.get("/admin/").context["days"]
    found = [(t["counts"].active, t["counts"].cancelled, t["counts"].without_coordinates, t["link"]) for t in tiles]
    assert found == [(1, 1, 0, f"{PAGE}?date={today}"), (1, 0, 1, f"{PAGE}?date={today + timedelta(days=1)}")]
