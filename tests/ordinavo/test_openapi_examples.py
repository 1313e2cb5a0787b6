"""Each documented answer is what the API answers, except for ids and times.

`make docs` sets UPDATE_EXAMPLES=1: then an answer that differs is written to its file in docs/examples.
"""

import json
import os
import re

import pytest

from ordinavo.common.codes import Code, Kind
from ordinavo.common.scopes import Scope
from tests import provocations
from tests.api import EXAMPLES, example
from tests.queries import wait_until_earlier_transactions_have_ended

UPDATE = os.environ.get("UPDATE_EXAMPLES") == "1"
DIFFERENT_EACH_TIME = {
    "importJobId", "targetId", "id", "importJob", "createdAt", "updatedAt", "finishedAt", "serverTime", "expiresAt",
    "correlationId", "cursor",
    "jsonSchema",  # shortened in the example, because it lists every field
}  # fmt: skip


def stable(answer, documented):
    """Return the answer with the documented values of what differs each time."""
    if isinstance(answer, dict) and isinstance(documented, dict):
        return {
            key: documented[key]
            if key in DIFFERENT_EACH_TIME and key in documented
            else stable(value, documented.get(key))
            for key, value in answer.items()
        }
    if isinstance(answer, list) and isinstance(documented, list):
        return [stable(*pair) for pair in zip(answer, [*documented, *[None] * len(answer)], strict=False)]
    return answer


def documented(name):
    return example(name) if (EXAMPLES / f"{name}.json").exists() else {}


def write(name, answer):
    (EXAMPLES / f"{name}.json").write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


def assert_documented(response, status, name):
    assert response.status_code == status
    answer = stable(response.json(), documented(name))
    if UPDATE and answer != documented(name):
        write(name, answer)
    assert answer == example(name), "Run: make docs"


def test_a_target_is_created_updated_read_and_cancelled_as_documented(api, delivery_stop):
    created = api.post(example("upsert"))
    assert_documented(created, 201, "upsert-answer")
    assert_documented(api.post(example("update")), 200, "update-answer")
    assert_documented(api.get(f"/targets/{created.json()['items'][0]['targetId']}"), 200, "target")
    assert_documented(api.get(created.json()["links"]["importJob"]), 200, "import-job")
    assert_documented(api.post(example("cancel")), 200, "cancel-answer")


def test_lists_are_answered_as_documented(api, delivery_stop):
    job = api.post(example("upsert")).json()
    assert_documented(api.get("/import-jobs"), 200, "import-jobs")
    assert_documented(api.get("/targets"), 200, "targets")
    assert job["importJobId"] == api.get("/import-jobs").json()["results"][0]["importJobId"]


def test_the_items_of_a_job_are_answered_as_documented(api):
    job = api.post(example("batch"), "/inbound/targets/batch").json()
    items = api.get(f"{job['links']['importJob']}/items?status=Rejected&payload=true")
    assert_documented(items, 200, "import-job-items")


@pytest.mark.django_db(transaction=True)  # changes are answered after their commit
def test_changes_are_answered_as_documented(api, delivery_stop):
    api.post(example("upsert"))
    wait_until_earlier_transactions_have_ended()
    assert_documented(api.get("/changes"), 200, "changes")


def test_a_template_is_answered_as_documented(api, delivery_stop):
    assert_documented(api.get("/templates/delivery_stop"), 200, "template")
    assert_documented(api.get("/templates"), 200, "templates")


def test_a_batch_in_the_background_is_answered_and_aborted_as_documented(api):
    accepted = api.post(example("batch"), "/inbound/targets/batch", Prefer="respond-async")
    assert_documented(accepted, 202, "batch-accepted-answer")
    assert_documented(api.delete(accepted["Location"]), 200, "import-job-aborted")


def test_a_rehearsal_is_answered_as_documented(api, delivery_stop):
    answer = api.post(example("upsert"), "/inbound/targets?validateOnly=true")
    assert_documented(answer, 201, "rehearsal-answer")


def test_an_import_that_is_older_than_the_target_is_answered_as_documented(api, delivery_stop):
    api.post(example("upsert") | {"sourceVersion": 2})
    assert_documented(api.post(example("upsert") | {"sourceVersion": 1}), 200, "skipped-answer")


def test_a_batch_without_mistakes_and_one_with_nothing_else_are_answered_as_documented(api):
    *good, bad = example("batch")["targets"]
    batch = "/inbound/targets/batch"
    assert_documented(api.post(example("batch") | {"targets": good}, batch), 200, "batch-completed-answer")
    assert_documented(api.post(example("batch") | {"targets": [bad]}, batch), 422, "batch-failed-answer")


def test_a_batch_is_answered_as_documented(api):
    assert_documented(api.post(example("batch"), "/inbound/targets/batch"), 200, "batch-answer")


def test_a_rejected_import_is_answered_as_documented(api, delivery_stop):
    assert_documented(api.post(example("rejected")), 422, "rejected-answer")


def test_an_unknown_target_and_an_existing_one_are_answered_as_documented(api, delivery_stop):
    assert_documented(api.post(example("update")), 404, "unknown-answer")
    api.post(example("upsert"))
    assert_documented(api.post(example("upsert") | {"operation": "create"}), 409, "exists-answer")


def test_the_health_is_answered_as_documented(api, token):
    token.scopes.remove(Scope.METRICS_READ)  # which an ERP has no use for
    token.save()
    assert_documented(api.get("/integration/health"), 200, "health")


def request_error(code, api):
    """Return the answer with the code, with the documented seconds to wait, which differ each time."""
    known = documented("request-errors").get(code, {})
    answer = stable(provocations.REQUEST_ERRORS[code](api).json(), known)
    if seconds := re.search(r"\d+ s,", known.get("error", {}).get("message", "")):
        answer["error"]["message"] = re.sub(r"\d+ s,", seconds[0], answer["error"]["message"])
    return answer


@pytest.mark.parametrize("code", [one for one in Code.of_kind(Kind.REQUEST) if one not in provocations.SERVER_ERRORS])
def test_a_request_error_is_answered_as_documented(api, code):
    answer = request_error(code, api)
    known = documented("request-errors")
    if UPDATE and answer != known.get(code):
        known[code.value] = answer
        write("request-errors", {name: known[name] for name in Code.of_kind(Kind.REQUEST) if name in known})
    assert answer == example("request-errors")[code], "Run: make docs"


def test_only_known_request_errors_are_documented():
    assert example("request-errors").keys() <= set(Code.of_kind(Kind.REQUEST))
