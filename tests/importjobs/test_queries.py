"""How many round trips to PostgreSQL a request takes, with BEGIN, SAVEPOINT and COMMIT."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api import example

# One reads the token, the target and the revision of the templates; the other writes target, job and item.
BUDGET = 2


def queries_of(call):
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code < 300
    return [query["sql"] for query in captured]


@pytest.mark.django_db(transaction=True)
def test_a_single_import_takes_two_queries(api, delivery_stop):
    changed = example("upsert") | {"title": "Another", "customFields": {"package_count": "9"}}
    without_template = {key: value for key, value in changed.items() if key != "templateKey"}
    imports = {
        "create": example("upsert"),
        "no change": example("upsert"),
        "update": changed | {"planning": None},
        "update by the stored template": without_template,
        "cancel": example("cancel"),
        "reopen": example("upsert"),
    }
    api.post({"externalId": "DEL-0"})  # loads the templates into the cache of the process
    spent = {name: len(queries_of(lambda sent=sent: api.post(sent))) for name, sent in imports.items()}
    assert spent == dict.fromkeys(imports, BUDGET)


def test_psycopg_can_cache_the_statements_of_a_single_import(api, delivery_stop):
    lengths = []

    def note_length(execute, sql, params, many, context):
        lengths.append(len(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note_length):
        for title in ("New", "Changed"):
            api.post(example("upsert") | {"title": title})
    # psycopg parses the placeholders of a longer statement again with each execution.
    assert max(lengths) <= 4096


@pytest.mark.django_db(transaction=True)
def test_a_large_document_is_not_read_before_its_token(api, delivery_stop):
    large = example("upsert") | {"customFields": {"package_count": "8", "notes": "x" * 16_384}}
    api.post(example("upsert"))
    assert len(queries_of(lambda: api.post(large))) == BUDGET + 1


@pytest.mark.django_db(transaction=True)
def test_a_changed_template_is_read_once(api, delivery_stop):
    api.post(example("upsert"))
    delivery_stop.fields.filter(key="package_count").update(required=True)
    assert [len(queries_of(lambda: api.post(example("upsert")))) for _ in range(2)] == [BUDGET + 1, BUDGET]


def test_a_list_takes_the_same_queries_for_any_number_of_rows(api, delivery_stop):
    def spent():
        return [len(queries_of(lambda path=path: api.get(path))) for path in ("/import-jobs", "/targets")]

    api.post(example("upsert"))
    one = spent()
    for number in range(5):
        api.post(example("upsert") | {"externalId": f"DEL-{number}"})
    assert spent() == one == [2, 2]


def test_reading_one_job_takes_three_queries_and_no_payloads(api):
    job = api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["links"]["importJob"]
    queries = queries_of(lambda: api.get(job))
    assert len(queries) == 3
    assert not [query for query in queries if '"payload"' in query]
