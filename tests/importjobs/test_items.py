"""GET /import-jobs/{id}/items answers all items of a job, with everything that was found in them."""

import pytest

from tests.api import Api
from tests.factories import ApiTokenFactory, CustomFieldFactory, SourceSystemFactory, TargetTemplateFactory
from tests.queries import count_queries

BATCH = "/inbound/targets/batch"


def stop(number, **fields):
    return {"externalId": f"DEL-{number}", "title": "Delivery"} | fields


@pytest.fixture
def items(api):
    """Return a function that imports targets as a batch and returns the path of its items."""

    def send(*targets, **fields):
        job = api.post({"targets": list(targets)} | fields, BATCH).json()
        return f"/import-jobs/{job['importJobId']}/items"

    return send


def test_the_items_of_a_batch_are_those_of_its_answer(api):
    answer = api.post({"targets": [stop(1), {}, stop(1, title="Pickup", x=1)]}, BATCH).json()
    page = api.get(f"/import-jobs/{answer['importJobId']}/items").json()
    assert page == {"next": None, "previous": None, "results": answer["items"]}


def test_the_item_of_a_single_import_has_the_index_0(api):
    answer = api.post(stop(1)).json()
    page = api.get(f"/import-jobs/{answer['importJobId']}/items").json()
    assert page["results"] == [{"index": 0} | answer["items"][0]]


def test_pages_follow_the_order_sent(api, items):
    first = api.get(items(*[stop(number) for number in (5, 4, 3, 2, 1)]) + "?pageSize=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [[item["index"] for item in page["results"]] for page in (first, second, third)] == [[0, 1], [2, 3], [4]]
    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Rejected", [1, 3]),
        ("status=Created", [0]),
        ("errorCode=missing_title", [3]),
        ("externalId=DEL-1", [0, 2]),
        ("externalId=DEL", []),
        ("externalId=DEL-1&status=Updated", [2]),
    ],
)
def test_items_are_filtered(api, items, query, found):
    path = items(stop(1), {}, stop(1), {"externalId": "DEL-2"})
    assert [item["index"] for item in api.get(f"{path}?{query}").json()["results"]] == found


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=Pending", "status"),
        ("errorCode=oops", "errorCode"),
        ("externalId=%00", "externalId"),
        ("payload=yes", "payload"),
        ("payload=True", "payload"),
        ("sourceSystem=logistics_erp", "sourceSystem"),
        ("cursor=abc", "cursor"),
        ("cursor=cD1hYmM%3D", "cursor"),
        ("pageSize=1001", "pageSize"),
    ],
)
def test_an_unreadable_parameter_is_an_error_that_names_it(api, items, query, named):
    error = api.get(f"{items(stop(1))}?{query}").json()["error"]
    assert (error["code"], error["message"].split(":")[0].split()[0]) == ("invalid_parameter", named)


def test_a_payload_is_answered_as_it_was_sent(api):
    job = api.post('{"title": "B", "externalId": "1", "x": 0.10, "sourceVersion": 12345678901234567}').json()
    path = f"/import-jobs/{job['importJobId']}/items"
    sent = b'"payload":{"title":"B","externalId":"1","x":0.10,"sourceVersion":12345678901234567}'
    assert sent in api.get(f"{path}?payload=true").content
    assert b"payload" not in api.get(f"{path}?payload=false").content


def test_an_item_that_is_null_has_the_payload_null(api, items):
    path = items(None, stop(1))
    payloads = [item["payload"] for item in api.get(f"{path}?payload=true").json()["results"]]
    assert payloads == [None, stop(1)]


def test_items_of_another_source_system_are_not_found(api, items):
    path = items(stop(1))
    stranger = Api(ApiTokenFactory(source_systems=[SourceSystemFactory(key="shop")]))
    hidden, absent = stranger.get(path), stranger.get("/import-jobs/999999/items")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["error"]["message"] == absent.json()["error"]["message"]


def test_a_page_takes_the_same_three_queries_for_any_number_of_items(api, items):
    one, many = items(stop(1)), items(*[stop(number) for number in range(20)])
    assert [count_queries(lambda path=path: api.get(path + "?payload=true")) for path in (one, many)] == [3, 3]


@pytest.fixture
def faulty(db):
    """Return a document with 30 errors."""
    template = TargetTemplateFactory(key="visit")
    for number in range(30):
        CustomFieldFactory(template=template, key=f"field_{number}", type="integer")
    fields = {f"field_{number}": "eight" for number in range(30)}
    return {"externalId": "DEL-1", "title": "Delivery", "templateKey": "visit", "customFields": fields}


def test_an_import_answers_20_errors_of_an_item_and_counts_the_others(api, faulty):
    answer = api.post(faulty).json()
    (item,) = answer["items"]
    assert (len(item["errors"]), item["omittedFindings"]) == (20, 10)
    assert item["errors"][0]["message"] == item["errorMessage"]
    (stored,) = api.get(answer["links"]["items"]).json()["results"]
    assert (len(stored["errors"]), "omittedFindings" in stored) == (30, False)


def test_the_job_reads_back_as_shortened_as_the_import_was_answered(api, faulty):
    answer = api.post({"targets": [faulty, stop(2)]}, BATCH).json()
    read = api.get(answer["links"]["importJob"]).json()
    assert (read["items"], read["links"]) == (answer["items"], answer["links"])


def test_a_rehearsal_is_shortened_too_and_has_no_links(api, faulty):
    answer = api.post(faulty, "/inbound/targets?validateOnly=true").json()
    assert answer["items"][0]["omittedFindings"] == 10
    assert "links" not in answer


def test_an_answer_names_about_1_mib_of_findings(api, faulty):
    response = api.post({"targets": [faulty] * 1_000}, BATCH)
    answer = response.json()
    first, last = answer["items"][0], answer["items"][-1]
    assert (len(first["errors"]), first["omittedFindings"]) == (20, 10)
    assert (last["errors"], last["omittedFindings"], last["index"]) == ([], 30, 999)
    assert last["errorMessage"] == first["errorMessage"]
    frames = sum(len(item["errorMessage"]) + 200 for item in answer["items"])
    assert 1_000_000 < len(response.content) < 1024 * 1024 + frames
    assert len(api.get(f"{answer['links']['items']}?pageSize=1000").json()["results"][-1]["errors"]) == 30


def test_an_answer_names_about_8_mib_of_changes(api):
    def long(letter):
        return {"targets": [stop(number, description=letter * 10_000) for number in range(500)]}

    api.post(long("a"), BATCH)
    response = api.post(long("b"), BATCH)
    answer = response.json()
    assert (len(answer["items"][0]["changes"]), answer["items"][-1]["changes"]) == (1, [])
    assert answer["items"][-1]["omittedChanges"] == 1
    assert 8_000_000 < len(response.content) < 8_600_000
    assert len(api.get(f"{answer['links']['items']}?externalId=DEL-499").json()["results"][0]["changes"]) == 1


def test_a_job_of_more_than_1000_items_answers_the_first_ones_and_the_rejected_before_them(api):
    sent = {"targets": [*[stop(number) for number in range(1_005)], {}, {"externalId": "A"}]}
    answer = api.post(sent, BATCH).json()
    assert "items" not in answer["links"]
    read = api.get(answer["links"]["importJob"]).json()
    assert [item["index"] for item in read["items"]] == [1005, 1006, *range(998)]
    assert read["links"]["items"] == f"{answer['links']['importJob']}/items"


def test_a_job_of_1000_items_answers_all_of_them_in_the_order_sent(api):
    answer = api.post({"targets": [*[stop(number) for number in range(999)], {}]}, BATCH).json()
    read = api.get(answer["links"]["importJob"]).json()
    assert (read["items"], read["links"]) == (answer["items"], answer["links"])


def test_the_answer_of_a_batch_has_its_batch_id(api):
    assert api.post({"targets": [stop(1)], "batchId": " AM "}, BATCH).json()["batchId"] == "AM"
    assert "batchId" not in api.post({"targets": [stop(1)]}, BATCH).json()
