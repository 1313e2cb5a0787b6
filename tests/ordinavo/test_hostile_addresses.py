"""Invalid addresses and forms never cause a server error in the admin."""

import pytest

from importjobs.models import ImportItem
from targets.models import Target
from tests.access.table import ACTIONS
from tests.api import example

LISTS = [
    "targets/target",
    "importjobs/importjob",
    "importjobs/importitem",
    "inbound/apitoken",
    "templates/targettemplate",
    "targets/sourcesystem",
    "auth/user",
    "exports/export",
]
QUERIES = [
    "p=abc", "p=99999999", "p=-1", "o=99", "o=a.b", "q=%00", "q=%27%26%7C%21%3A%2A", "q=" + "a" * 5000, "all=",
    "day=x", "warning=x", "corrected=x", "route_date_from=x", "route_date_to=2026-02-30", "route_date__year=x",
    "received=x", "rejected=x", "operation=x", "handling=x", "error=x", "created_at_from=x", "created_at_to=9999-12-31",
    "job__created_at_from=0001-01-01", "job__created_at_to=9999-12-31", "status__exact=x", "job__id__exact=x",
    "source_system__id__exact=x", "nonsense=1", "before=x", "job__id__exact=99999999999999999999999", "_facets=1",
    "created_at__year=0", "created_at__year=0&created_at__month=1", "route_date__year=0", "status__exact=%00",
    "title__regex=(", "name__regex=(", "payload__x=1", "state=x",
]  # fmt: skip


@pytest.fixture
def rows(api, delivery_stop):
    api.post(example("upsert"))
    api.post({"title": "no id"})
    return Target.objects.get(), ImportItem.objects.get(status="Rejected")


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("query", QUERIES)
def test_a_list_survives_any_query(staff, rows, listed, query):
    assert staff.get(f"/admin/{listed}/?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize("listed", LISTS[:3])
@pytest.mark.parametrize("query", ["created_at__year=0", "status__exact=%00", "title__regex=(", "external_id__regex=("])
def test_an_export_survives_any_query(staff, rows, listed, query):
    address = f"/admin/{listed}/export/?{query}"
    assert staff.get(address).status_code in (200, 302, 400)
    assert staff.post(address, {"format": "0"}).status_code in (200, 302, 400)


@pytest.mark.parametrize("query", ["before=x", "before=2026-01-01", "before=99999999999", "before=%00"])
def test_a_history_survives_any_query(staff, rows, query):
    assert staff.get(f"/admin/targets/target/{rows[0].pk}/history/?{query}").status_code == 200


@pytest.mark.parametrize("pk", ["0", "abc", "99999999999999999999999", "1/../2", "%00"])
@pytest.mark.parametrize(
    "page",
    [
        "targets/target/{}/change/", "targets/target/{}/history/", "targets/target/{}/cancel/",
        "importjobs/importitem/{}/change/",
        "inbound/apitoken/{}/change/",
        "importjobs/importjob/{}/change/", "importjobs/importjob/{}/replay/", "importjobs/importitem/{}/replay/",
        "importjobs/importitem/{}/dismiss/", "inbound/apitoken/{}/rotate/", "inbound/apitoken/{}/revoke/",
        "templates/targettemplate/{}/payload/", "exports/export/{}/", "exports/export/{}/progress/",
    ],
)  # fmt: skip
def test_a_page_of_an_id_that_does_not_exist_is_not_found(staff, rows, page, pk):
    assert staff.get("/admin/" + page.format(pk)).status_code in (200, 302, 404)


@pytest.mark.parametrize(
    "posted",
    [
        {}, {"opened_values": "{"}, {"opened_values": "[]"}, {"opened_values": "null"}, {"opened_values": "1"},
        {"follow": "nothing"}, {"follow": "address.city"}, {"due_at_0": "x"}, {"template": "x"},
        {"template": "99999999999999999999"}, {"route_date": "9999-99-99"}, {"expected_revenue": "NaN"},
        {"latitude": "inf", "longitude": "1"}, {"estimated_work_minutes": "9" * 30},
        {"customFields.package_count": "9" * 5000},
    ],
)  # fmt: skip
def test_an_invalid_form_changes_nothing(staff, rows, posted):
    target, _item = rows
    before = Target.objects.values().get()
    assert staff.post(f"/admin/targets/target/{target.pk}/change/", {"title": "x"} | posted).status_code == 200
    assert Target.objects.values().get() == before


@pytest.mark.parametrize("ids", [["x"], ["9" * 20], ["1", "x", "9" * 20], ["1", "\x00"], ["9" * 5000], ["1.5"], [""]])
@pytest.mark.parametrize(("model", "action"), ACTIONS)
def test_an_action_survives_any_choice_of_rows(staff, rows, model, action, ids):
    path = f"/admin/{model.replace('.', '/')}/"
    response = staff.post(path, {"action": action, "_selected_action": ids})
    assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize("numbers", ["1", "0", "-1", "9" * 30, "1," * 2000 + "1", "\x00"])
def test_a_replay_survives_any_list_of_items(staff, rows, numbers):
    response = staff.post("/admin/importjobs/importitem/replay-many/", {"items": numbers})
    assert response.status_code == 302


@pytest.mark.parametrize(
    "cursor",
    ["!", "@@@@", "-", "....", "%00", "%E2%80%8B", "!cD0x", "cD0x!", "eA%3D%3D", "eD0x", "cD0xJng9MQ=="],
)
@pytest.mark.parametrize("path", ["/targets", "/import-jobs", "/import-jobs/{job}/items", "/templates"])
def test_a_cursor_that_no_list_returned_is_refused_instead_of_read_as_the_first_page(api, path, cursor):
    job = api.send() and api.get("/import-jobs").json()["results"][0]["importJobId"]
    response = api.get(f"{path.format(job=job)}?cursor={cursor}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
    assert "cursor is not one that this list returned" in response.json()["error"]["message"]


def test_the_cursors_that_a_list_returns_lead_there_and_back(api):
    for number in range(5):
        api.send(f"DEL-{number}")
    pages = [api.get("/targets?pageSize=2").json()]
    while pages[-1]["next"]:
        pages.append(api.get(pages[-1]["next"].removeprefix("http://testserver")).json())
    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    back = api.get(pages[-1]["previous"].removeprefix("http://testserver")).json()
    assert back["results"] == pages[1]["results"]
