"""What users choose for a list of the admin: its columns, its rows on a page, and saved filters."""

import re

import pytest
from django.test import Client

from ordinavo.common import limits
from tests.factories import StaffFactory, TargetFactory

TARGETS = "/admin/targets/target/"
JOBS = "/admin/importjobs/importjob/"


def columns_of(client, url=TARGETS):
    return [name for name in client.get(url).context["cl"].list_display if name != "action_checkbox"]


def choose(client, *columns, rows=25, query=""):
    return client.post(f"{TARGETS}list/columns/{query}", {"columns": columns, "rows_on_page": rows})


def save(client, name, query):
    return client.post(f"{TARGETS}list/filters/?{query}", {"name": name})


def chips(client, url=TARGETS):
    found = re.findall(r'<a class="list-chip" href="\?([^"]*)"[^>]*>([^<]*)</a>', client.get(url).content.decode())
    return {name: query.replace("&amp;", "&") for query, name in found}


def test_a_list_shows_the_chosen_columns_after_the_first_one(staff, erp):
    TargetFactory(customer_phone="0231 5550", city="Dortmund")
    choose(staff, "customer_phone", "city")
    assert columns_of(staff) == ["number", "city", "customer_phone"]
    assert "0231 5550" in staff.get(TARGETS).content.decode()


def test_another_user_sees_the_usual_columns(staff, erp):
    choose(staff, "city")
    colleague = Client()
    colleague.force_login(StaffFactory(username="carl"))
    assert len(columns_of(colleague)) > 2


def test_the_usual_columns_come_back(staff, erp):
    usual = columns_of(staff)
    choose(staff, "city", rows=100)
    staff.post(f"{TARGETS}list/columns/", {"usual": "1"})
    assert columns_of(staff) == usual
    assert staff.get(TARGETS).context["cl"].list_per_page == 25


def test_a_page_has_25_rows_or_as_many_as_the_user_chose(staff, erp):
    TargetFactory.create_batch(30)
    assert len(staff.get(TARGETS).context["cl"].result_list) == 25
    choose(staff, rows=50)
    assert len(staff.get(TARGETS).context["cl"].result_list) == 30


@pytest.mark.parametrize("sent", [{"columns": ["password"], "rows_on_page": 25}, {"rows_on_page": 7}])
def test_an_unknown_choice_is_refused(staff, erp, sent):
    usual = columns_of(staff)
    assert staff.post(f"{TARGETS}list/columns/", sent).context["form"].errors
    assert columns_of(staff) == usual


def test_choosing_columns_leads_back_to_the_filtered_list_in_the_same_order(staff, erp):
    before = staff.get(TARGETS).context["cl"].list_display
    query = f"?city=Essen&o=-{before.index('city')}"
    answer = choose(staff, "city", query=query)
    after = staff.get(TARGETS).context["cl"].list_display
    assert answer.url == f"{TARGETS}?city=Essen&o=-{after.index('city')}"


def test_a_saved_filter_is_a_link_above_the_list(staff, erp):
    save(staff, "Urgent ones", "priority__exact=Urgent&q=&p=2")
    assert chips(staff) == {"All": "", "Urgent ones": "priority__exact=Urgent"}


def test_a_saved_filter_of_the_same_name_is_replaced(staff, erp):
    save(staff, "Mine", "priority__exact=Urgent")
    save(staff, "Mine", "priority__exact=Low")
    assert chips(staff)["Mine"] == "priority__exact=Low"


def test_a_saved_filter_is_of_one_user_and_one_list(staff, erp):
    save(staff, "Mine", "priority__exact=Urgent")
    colleague = Client()
    colleague.force_login(StaffFactory(username="carl"))
    assert chips(colleague) == chips(staff, JOBS) == {}


def test_a_saved_filter_is_deleted(staff, erp):
    save(staff, "Mine", "priority__exact=Urgent")
    staff.post(f"{TARGETS}list/filters/", {"delete": "Mine"})
    assert chips(staff) == {}


def test_a_saved_filter_stays_sorted_by_its_column_if_the_columns_change(staff, erp):
    save(staff, "By city", f"o={staff.get(TARGETS).context['cl'].list_display.index('city')}")
    choose(staff, "city")
    assert chips(staff)["By city"] == f"o={staff.get(TARGETS).context['cl'].list_display.index('city')}"


def test_a_saved_filter_is_not_sorted_by_a_column_that_is_not_shown_any_more(staff, erp):
    number = staff.get(TARGETS).context["cl"].list_display.index("city")
    save(staff, "By city", f"o={number}&priority__exact=Low")
    choose(staff, "title")
    assert chips(staff)["By city"] == "priority__exact=Low"


def test_too_many_saved_filters_are_refused(staff, erp):
    for number in range(limits.MAX_SAVED_FILTERS):
        save(staff, f"Filter {number}", "priority__exact=Low")
    refused = save(staff, "One more", "priority__exact=Low")
    assert refused.context["form"].errors["name"] == ["You have 30 saved filters for this list. Delete one first."]
    assert "One more" not in chips(staff)


def test_too_long_filters_are_refused(staff, erp):
    refused = save(staff, "Long", "q=" + "x" * limits.MAX_FILTER_QUERY_LENGTH)
    assert "longer than 2000 characters" in refused.context["form"].errors["name"][0]
    assert chips(staff) == {}


def test_a_name_is_shown_as_text(staff, erp):
    save(staff, "<script>", "priority__exact=Low")
    assert "&lt;script&gt;</a>" in staff.get(TARGETS).content.decode()


def test_a_cell_of_a_list_has_no_classes_of_the_theme(staff, erp):
    TargetFactory()
    assert "before:content-[attr(data-label)]" not in staff.get(TARGETS).content.decode().partition("result_list")[2]


def test_only_a_filtered_list_offers_to_show_all(staff, erp):
    TargetFactory(priority="Low")
    assert "(<a" not in staff.get(TARGETS).content.decode()
    assert "1 result (<a" in staff.get(f"{TARGETS}?priority__exact=Low").content.decode()
