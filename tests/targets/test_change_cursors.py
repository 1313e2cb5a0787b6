"""GET /changes: cursors and parameters that are refused, and cursors that outlive a server."""

import base64
import json
import re
import urllib.error
import urllib.request

import pytest

from tests.queries import wait_until_earlier_transactions_have_ended
from tests.servers import another_server


def rewritten(cursor, change):
    """Return a cursor whose plain text was changed, as text without a meaning again."""
    plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    return base64.urlsafe_b64encode(change(plain).encode()).decode().rstrip("=")


NOT_RETURNED = "after is not a cursor that this path returned. Start again without it."
FROM_ANOTHER_DATABASE = (
    "after is from another database, or from before this one was restored: changes could be missing. "
    "Start again without it."
)


@pytest.mark.parametrize(
    "broken",
    [
        "", "x", "abcd", "é", "%00", "A" * 20_000, "=", "1", "MQ", "None", "0", "%F0%9F%98%80",
    ],
)  # fmt: skip
def test_a_text_that_is_no_cursor_is_refused(api, broken):
    response = api.get(f"/changes?after={broken}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
    assert response.json()["error"]["message"] == NOT_RETURNED


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: "2" + plain[1:],
        lambda plain: plain + " ",
        lambda plain: plain + " 1:2",
        lambda plain: plain + " 99999999999999999999:1:1",
        lambda plain: plain + " 1:9999999999999999999:1",
        lambda plain: plain + " -1:1:1",
        lambda plain: plain + " ١:1:1",
        lambda plain: plain + "\n",
        lambda plain: plain + "\0",
    ],
)
def test_a_cursor_that_was_changed_is_refused(api, change):
    cursor = rewritten(api.get("/changes").json()["cursor"], change)
    response = api.get(f"/changes?after={cursor}")
    assert (response.status_code, response.json()["error"]["message"]) == (400, NOT_RETURNED)


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.replace(plain.split()[1], "0" * 16),
        lambda plain: re.sub(r" \d+:", f" {2**63}:", plain),
    ],
    ids=["another database", "transactions that have not begun"],
)
def test_a_cursor_from_before_a_restore_is_refused(api, change):
    cursor = rewritten(api.get("/changes").json()["cursor"], change)
    response = api.get(f"/changes?after={cursor}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
    assert response.json()["error"]["message"] == FROM_ANOTHER_DATABASE


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.0", "", "ten", "١", "9" * 5000, "1e2", " 1"])
def test_a_limit_outside_of_1_to_1000_is_refused(api, limit):
    response = api.get(f"/changes?limit={limit}")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "limit must be a whole number from 1 to 1,000."


@pytest.mark.parametrize("query", ["cursor=x", "pageSize=5", "After=x", "sourceSystem=logistics_erp"])
def test_an_unknown_parameter_is_refused(api, query):
    response = api.get(f"/changes?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["message"].endswith(" is not a parameter here; known are: after, limit.")


def test_a_parameter_that_is_sent_twice_is_refused(api):
    assert api.get("/changes?limit=1&limit=2").json()["error"]["message"] == "limit was sent 2 times. Send it once."


def changes_of(server, after=""):
    request = urllib.request.Request(
        f"{server.base_url}/changes?limit=1000&after={after}".removesuffix("&after="),
        headers={"Authorization": f"Bearer {server.token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def test_a_cursor_is_good_on_a_server_that_is_started_later(start_server):
    with start_server(WEB_CONCURRENCY="1") as server:
        before = changes_of(server)
        with server.connect(autocommit=True) as writer, another_server(server, WEB_CONCURRENCY="1") as later:
            [(changed,)] = writer.execute("UPDATE targets_target SET title = 'New' WHERE id = 1 RETURNING external_id")
            wait_until_earlier_transactions_have_ended(writer)
            after = changes_of(later, before["cursor"])
    assert [target["externalId"] for target in after["results"]] == [changed]


def test_a_cursor_is_refused_by_a_copy_of_its_database(start_server):
    with start_server(WEB_CONCURRENCY="1") as server, start_server(WEB_CONCURRENCY="1") as copy:
        cursor = changes_of(server)["cursor"]
        with pytest.raises(urllib.error.HTTPError) as refused:
            changes_of(copy, cursor)
    assert (refused.value.code, json.load(refused.value)["error"]["message"]) == (400, FROM_ANOTHER_DATABASE)
