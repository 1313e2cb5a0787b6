"""Values as senders write them: what is stored for those that are read, and what is said about those that are not."""

import pytest

from tests.api import error_codes, warning_codes
from tests.factories import CustomFieldFactory, TargetTemplateFactory

KINDS = ("integer", "decimal", "boolean", "date", "datetime")

READ = [
    ("planning.estimatedWorkMinutes", '"8"', 8),
    ("planning.estimatedWorkMinutes", '"8.0"', 8),
    ("planning.estimatedWorkMinutes", "8.0", 8),
    ("planning.estimatedWorkMinutes", '" 8 "', 8),
    ("businessValue.closeProbability", '"75.00"', 75),
    ("customFields.integer", '"8.0"', 8),
    ("customFields.integer", '" +8 "', 8),
    ("customFields.decimal", '"2500.10"', 2500.1),
    ("businessValue.expectedRevenue", '" 12.50 "', 12.5),
    *((f"{field}", word, True) for field in ("planning.fixedTime", "customFields.boolean")
      for word in ('"WAHR"', '"ja"', '"Yes"', '"TRUE"', '"1"', "1", "true", '" wahr "')),
    *((f"{field}", word, False) for field in ("planning.fixedTime", "customFields.boolean")
      for word in ('"FALSCH"', '"Nein"', '"no"', '"False"', '"0"', "0", "0.0", "false")),
    ("planning.dueAtUtc", '"2026-06-25T10:00:00+0200"', "2026-06-25T08:00:00Z"),
    ("planning.dueAtUtc", '"2026-06-25T10:00:00+02:00"', "2026-06-25T08:00:00Z"),
    ("planning.dueAtUtc", '"2026-06-25T10:00:00+02"', "2026-06-25T08:00:00Z"),
    ("planning.dueAtUtc", '"2026-06-25T08:00:00.1234567Z"', "2026-06-25T08:00:00.123456Z"),
    ("planning.dueAtUtc", '"2026-06-25T08:00:00.123456789Z"', "2026-06-25T08:00:00.123456Z"),
    ("customFields.datetime", '"2026-06-25T10:00:00.0000000+0200"', "2026-06-25T08:00:00Z"),
    ("planning.dueAtUtc", '"2201-01-01T13:59:59+14:00"', "2200-12-31T23:59:59Z"),
    ("planning.dueAtUtc", '"1969-12-31T10:00:00-14:00"', "1970-01-01T00:00:00Z"),
    ("planning.routeDate", '" 2026-06-25 "', "2026-06-25"),
    ("planning.routeDate", '"1970-01-01"', "1970-01-01"),
    ("planning.routeDate", '"2200-12-31"', "2200-12-31"),
    ("customer.email", '"nobody"', "nobody"),
    ("address.country", '"XK"', "XK"),
]  # fmt: skip

REFUSED = [
    ("businessValue.expectedRevenue", '"1234,5"', "a comma could be a decimal or a thousands separator; send 1234.5"),
    ("businessValue.expectedRevenue", '"1.234,50"', "a comma could be a decimal or a thousands separator"),
    ("businessValue.expectedRevenue", '"1 234.50"', "without thousands separators; send 1234.5"),
    ("businessValue.expectedRevenue", '"1\'234"', "without thousands separators"),
    ("businessValue.expectedRevenue", "0.30000000000000004", "rounded to at most 10 digits after the decimal point"),
    ("customFields.decimal", "0.30000000000000004", "rounded to at most 10 digits after the decimal point"),
    ("customFields.decimal", '"12,5"', "a comma could be a decimal or a thousands separator; send 1234.5"),
    ("customFields.integer", '"1,234"', "a comma could be a decimal or a thousands separator"),
    ("planning.estimatedWorkMinutes", '"8,5"', "a comma could be a decimal or a thousands separator"),
    ("planning.estimatedWorkMinutes", '"8.5"', "a whole number of minutes from 0 to 10,080"),
    ("address.latitude", '"51,4"', "a comma could be a decimal or a thousands separator"),
    ("planning.priority", '"high"', '"high" was sent; write High.'),
    ("planning.priority", '"URGENT"', '"URGENT" was sent; write Urgent.'),
    ("planning.priority", '"Normal"', '"Normal" was sent; write Medium.'),
    ("planning.priority", '"Asap"', "one of Low, Medium, High, Urgent"),
    *((field, f'"{day}{time}"', "must be from 1970-01-01 to 2200-12-31")
      for field, time in (("planning.routeDate", ""), ("planning.dueDate", ""), ("customFields.date", ""),
                          ("planning.dueAtUtc", "T00:00:00Z"), ("customFields.datetime", "T00:00:00"))
      for day in ("0001-01-01", "9999-12-31", "1969-12-31", "2201-01-01")),
    *((field, f'"{moment}"', "must be from 1970-01-01 to 2200-12-31 in UTC")
      for field in ("planning.dueAtUtc", "customFields.datetime")
      for moment in ("2200-12-31T23:59:59-14:00", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-01:00")),
    *((field, f'"2026-06-25T10:00:00{offset}"', "a date and time by RFC 3339")
      for field in ("planning.dueAtUtc", "customFields.datetime")
      for offset in ("+02:60", "+0260", "-02:99", "+24:00", "+2400", "+24", "+2", "+02:0")),
    ("planning.fixedTime", '"vielleicht"', "WAHR or FALSCH"),
    ("sourceVersion", "9223372036854775808", "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("sourceVersion", "1e30", "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("sourceUpdatedAtUtc", '"0001-01-01T00:00:00"', "must be from 1970-01-01 to 2200-12-31"),
]  # fmt: skip

CLEARED = [
    "planning.routeDate", "planning.dueAtUtc", "planning.estimatedWorkMinutes", "planning.priority",
    "planning.fixedTime", "businessValue.expectedRevenue", "address.country", "customer.externalId", "templateKey",
    *(f"customFields.{kind}" for kind in KINDS), "customFields.text", "customFields.unknown",
]  # fmt: skip

SPACES_CLEAR = {"routeDate", "dueAtUtc", "estimatedWorkMinutes", "fixedTime", "expectedRevenue", *KINDS}


@pytest.fixture
def template(erp):
    template = TargetTemplateFactory(key="visit")
    for kind in (*KINDS, "text"):
        CustomFieldFactory(template=template, key=kind, type=kind)
    erp.default_template = template
    erp.save()


def post(api, path, sent):
    """Import a target with a value of JSON text at a path, and return its item."""
    section, _, name = path.rpartition(".")
    part = f'"{section}": {{"{name}": {sent}}}' if section else f'"{name}": {sent}'
    return api.post(f'{{"externalId": "DEL-1", "title": "Delivery", {part}}}').json()["items"][0]


def read(target, path):
    for name in path.split("."):
        target = target.get(name)
    return target


@pytest.mark.parametrize(("path", "sent", "stored"), READ)
def test_a_value_is_read_as_its_sender_means_it(api, template, path, sent, stored):
    assert post(api, path, sent)["status"] == "Created"
    assert read(api.target(), path) == stored


@pytest.mark.parametrize(("path", "sent", "part"), REFUSED)
def test_a_value_is_refused_with_the_reason(api, template, path, sent, part):
    item = post(api, path, sent)
    (error,) = item["errors"]
    assert error["field"] == path
    assert error["message"].startswith(f"{path} must ")
    assert part in error["message"]


@pytest.mark.parametrize("path", CLEARED)
def test_an_empty_text_clears_a_field_as_null_does(api, template, path):
    for empty in ("null", '""'):
        full = {"templateKey": "visit", "customer": {"externalId": "C"}, "address": {"country": "DE"}}
        full["planning"] = {
            "routeDate": "2026-06-25", "dueAtUtc": "2026-06-25T10:00:00Z", "estimatedWorkMinutes": 5,
            "priority": "Low", "fixedTime": True,
        }  # fmt: skip
        full["businessValue"] = {"expectedRevenue": 1}
        full["customFields"] = {
            "integer": 1, "decimal": 1.5, "boolean": True, "date": "2026-06-25", "datetime": None, "text": "x",
            "unknown": "x",
        }  # fmt: skip
        api.send(**full)
        item = post(api, path, empty)
        assert (item["status"], item["warnings"]) == ("Updated", [])
        assert read(api.target(), path) is None


@pytest.mark.parametrize("path", [path for path in CLEARED if path.partition(".")[2] in SPACES_CLEAR])
def test_a_text_of_spaces_clears_a_number_a_date_or_a_boolean(api, template, path):
    assert post(api, path, '" \\t"')["status"] == "Created"
    assert read(api.target(), path) is None


def test_a_text_of_spaces_is_a_value_of_a_text_and_no_choice(api, template):
    api.send(customFields={"text": " ", "unknown": " "})
    assert api.target()["customFields"] == {"text": " ", "unknown": " "}
    assert error_codes(api.send(planning={"priority": " "})) == [("invalid_field", "planning.priority")]


@pytest.mark.parametrize("section", ["planning", "customFields"])
def test_an_empty_text_clears_a_whole_section(api, template, section):
    api.send(planning={"priority": "Low"}, customFields={"integer": 1})
    assert api.send(**{section: ""})["status"] == "Updated"
    assert not any(api.target()[section].values())


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_title_or_required_custom_field_is_missing(api, erp, empty):
    CustomFieldFactory(template=TargetTemplateFactory(key="t"), key="count", type="integer", required=True)
    item = api.item({"externalId": "A", "title": empty, "templateKey": "t", "customFields": {"count": empty}})
    assert error_codes(item) == [("missing_title", "title"), ("missing_custom_field", "customFields.count")]


def test_coordinates_may_be_sent_as_text(api):
    api.send(address={"latitude": "51.451300000000003", "longitude": " 7.0 "})
    address = api.target()["address"]
    assert (address["latitude"], address["longitude"]) == (51.4513, 7)


def test_a_time_without_an_offset_is_read_as_utc_with_a_warning(api, template):
    moment = "2026-06-25T10:00:00"
    item = api.send(
        planning={"dueAtUtc": moment, "timeWindowEndUtc": f"{moment}Z"},
        sourceUpdatedAtUtc=moment,
        customFields={"datetime": moment},
    )
    assert sorted(warning_codes(item)) == [
        ("assumed_utc", "customFields.datetime"),
        ("assumed_utc", "planning.dueAtUtc"),
        ("assumed_utc", "sourceUpdatedAtUtc"),
    ]
    assert api.target()["planning"]["dueAtUtc"] == f"{moment}Z"


def test_a_cancel_warns_only_about_the_time_that_it_reads(api):
    moment = "2026-06-25T10:00:00"
    api.send()
    item = api.send(operation="cancel", planning={"dueAtUtc": moment}, sourceUpdatedAtUtc=moment)
    assert warning_codes(item) == [("assumed_utc", "sourceUpdatedAtUtc")]


@pytest.mark.parametrize("version", [2**63 - 1, str(2**63 - 1)])
def test_a_source_version_may_have_63_bits(api, version):
    api.send(sourceVersion=version)
    assert api.target()["sourceVersion"] == 2**63 - 1
