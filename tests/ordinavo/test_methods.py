"""HEAD where there is GET. tests/access has the table of methods."""

import pytest

from tests.api import example

READ = ["/targets", "/targets/{target}", "/import-jobs", "/import-jobs/{job}", "/import-jobs/{job}/items"]
READ += ["/templates", "/templates/delivery_stop", "/integration/health", "/changes", "/openapi.json", "/docs"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]


@pytest.fixture
def ids(api, delivery_stop):
    answer = api.post(example("upsert")).json()
    return {"job": answer["importJobId"], "target": answer["items"][0]["targetId"]}


@pytest.mark.parametrize("base", ["", "/api/connect/v1"])
@pytest.mark.parametrize("path", READ)
def test_head_has_the_status_and_headers_of_get_and_no_body(api, ids, base, path):
    address = base + path.format(**ids)
    got = api.client.get(address, headers=api.headers)
    head = api.client.head(address, headers=api.headers)
    different_each_time = {"X-Correlation-Id", "X-RateLimit-Remaining"}
    headers = [{name: answer[name] for name in answer.headers} for answer in (head, got)]
    assert headers[0].keys() == headers[1].keys()
    same = headers[0].keys() - different_each_time
    assert {name: headers[0][name] for name in same} == {name: headers[1][name] for name in same}
    assert (head.status_code, head.content, int(head["Content-Length"])) == (200, b"", len(got.content))


def test_an_unknown_path_is_not_found_with_any_method(api):
    assert {api.client.generic(method, "/nowhere", headers=api.headers).status_code for method in METHODS} == {404}
