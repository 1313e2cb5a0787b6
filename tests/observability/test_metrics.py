"""The metrics for Prometheus: who may read them, what they count, and that several processes answer their sum."""

import os
import re
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from ordinavo.common.scopes import Scope
from ordinavo.observability import processes
from tests.api import Api
from tests.factories import ApiTokenFactory, ImportJobFactory, SourceSystemFactory
from tests.observability.http import samples, send
from tests.workers import work

ERP = "logistics_erp"


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="2", DATABASE_POOL_SIZE="2") as server:
        yield server


@pytest.fixture
def count(server):
    """Return a function that says how much the samples have grown since the beginning of the test."""

    def read():
        return samples(send(server.base_url + "/metrics", server.token).body.decode())

    before = read()
    return lambda name: read().get(name, 0) - before.get(name, 0)


def post(server, document, **headers):
    return send(server.base_url + "/inbound/targets", server.token, document, **headers)


def items(outcome):
    return f'ordinavo_import_items_total{{outcome="{outcome}",source_system="{ERP}"}}'


class TestPermission:
    def test_a_token_needs_the_scope(self, erp):
        others = Api(ApiTokenFactory(scopes=[s for s in Scope if s != Scope.METRICS_READ], source_systems=[erp]))
        assert others.get("/metrics").json()["error"]["requiredScope"] == "metrics.read"
        assert Api(ApiTokenFactory(scopes=[Scope.METRICS_READ])).get("/metrics").status_code == 200

    def test_a_request_without_a_token_is_refused_in_json(self, db):
        response = Api().get("/metrics")
        assert (response.status_code, response["Content-Type"]) == (401, "application/json")

    def test_the_answer_is_plain_text_whatever_formats_prometheus_prefers(self, api):
        response = api.get("/metrics", Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
        assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response["Content-Length"] == str(len(response.content))

    def test_a_query_parameter_and_other_methods_are_refused(self, api):
        assert api.get("/metrics?name=up").json()["error"]["code"] == "invalid_parameter"
        assert api.post({}, "/metrics")["Allow"] == "GET, HEAD"
        assert api.get("/api/connect/v1/metrics").status_code == 404


class TestRequests:
    def test_are_counted_by_route_not_by_path(self, server, count):
        statuses = [send(f"{server.base_url}/targets/{n}", server.token).status for n in (1, 10**9, 10**9 + 1)]
        send(f"{server.base_url}/api/connect/v1/targets/{10**9 + 2}", server.token)
        missing = 'ordinavo_http_requests_total{method="GET",route="/targets/<int:pk>",status="404"}'
        assert count(missing) == statuses.count(404) + 1
        assert count('ordinavo_http_request_duration_seconds_count{route="/targets/<int:pk>"}') == 4

    def test_of_unknown_paths_and_methods_have_one_value(self, server, count):
        assert {send(f"{server.base_url}/{path}").status for path in ("a", "b/c", "wp-login.php")} == {404}
        assert count('ordinavo_http_requests_total{method="GET",route="(none)",status="404"}') == 3

    @pytest.mark.django_db
    def test_with_invented_methods_have_one_value(self, api):
        assert [api.client.generic(method, "/nowhere").status_code for method in ("BREW", "WHEN")] == [404, 404]
        found = samples(api.get("/metrics").content.decode())
        assert found['ordinavo_http_requests_total{method="other",route="(none)",status="404"}'] >= 2
        assert not any("BREW" in name for name in found)


class TestImports:
    def test_are_counted_by_outcome_over_all_processes(self, server, count):
        for number in range(10):  # each on a connection of its own, so that both processes get some
            assert post(server, {"externalId": f"METRIC-{number}", "title": "Delivery"}).status == 201
        batch = {"targets": [{"externalId": f"METRIC-{number}", "title": "Delivery"} for number in range(5)]}
        assert send(server.base_url + "/inbound/targets/batch", server.token, batch).status == 200
        assert (count(items("Created")), count(items("Updated"))) == (10, 5)

    def test_count_rejections_and_warnings_by_code(self, server, count):
        assert post(server, {"externalId": "METRIC-X"}).status == 422
        assert post(server, {"externalId": "METRIC-Y", "title": "Delivery", "colour": "red"}).status == 201
        labels = f'source_system="{ERP}"'
        assert count(items("Rejected")) == 1
        assert count(f'ordinavo_import_rejections_total{{code="missing_title",{labels}}}') == 1
        assert count(f'ordinavo_import_warnings_total{{code="unknown_field",{labels}}}') == 1

    def test_are_counted_once_if_a_key_is_repeated_and_not_at_all_if_they_are_rehearsed(self, server, count):
        document = {"externalId": "METRIC-KEY", "title": "Delivery"}
        first, second = (post(server, document, **{"Idempotency-Key": "metric-1"}) for _ in range(2))
        assert (first.status, second.headers["Idempotent-Replayed"]) == (201, "true")
        assert send(server.base_url + "/inbound/targets?validateOnly=true", server.token, document).status == 200
        assert (count(items("Created")), count(items("Updated"))) == (1, 0)

    def test_that_fail_when_they_are_committed_are_not_counted(self, server, count):
        with server.connect(autocommit=True) as database:
            database.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; "
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON importjobs_importjob DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
            document = {"externalId": "METRIC-NO", "title": "Delivery"}
            statuses = {post(server, document, **headers).status for headers in ({}, {"Idempotency-Key": "metric-2"})}
            database.execute("DROP TRIGGER refuse ON importjobs_importjob")
        assert statuses == {500}
        assert count(items("Created")) == 0


class TestSourceSystems:
    def test_have_the_seconds_since_their_last_import(self, api, erp):
        ImportJobFactory(source_system=erp, created_at=timezone.now() - timedelta(hours=30))
        never = SourceSystemFactory(key="never")
        found = samples(api.get("/metrics").content.decode())
        assert 29 * 3600 < found[f'ordinavo_seconds_since_last_import{{source_system="{ERP}"}}'] < 31 * 3600
        assert found[f'ordinavo_source_system_silent{{source_system="{ERP}"}}'] == 1
        assert f'ordinavo_seconds_since_last_import{{source_system="{never.key}"}}' not in found

    def test_say_that_they_are_paused(self, api, erp):
        erp.paused_at, erp.paused_reason = timezone.now(), "Migration"
        erp.save()
        found = samples(api.get("/metrics").content.decode())
        assert found[f'ordinavo_source_system_paused{{source_system="{ERP}"}}'] == 1

    def test_do_not_show_if_they_are_inactive(self, token):
        SourceSystemFactory(key="old_erp", active=False)
        assert "old_erp" not in Api(token).get("/metrics").content.decode()


def test_open_rejected_items_are_counted(api):
    api.post({"externalId": "DEL-1"})
    assert samples(api.get("/metrics").content.decode())["ordinavo_open_rejected_items"] == 1


def test_a_failing_query_leaves_the_other_metrics(server):
    with server.connect(autocommit=True) as database:
        database.execute("ALTER TABLE importjobs_importitem RENAME COLUMN handled_at TO hidden")
        answer = send(server.base_url + "/metrics", server.token)
        database.execute("ALTER TABLE importjobs_importitem RENAME COLUMN hidden TO handled_at")
    found = samples(answer.body.decode())
    assert (answer.status, found["ordinavo_database_metrics_up"]) == (200, 0)
    assert "ordinavo_db_pool_size" in found
    assert "ordinavo_open_rejected_items" not in found


def test_the_pools_of_all_processes_are_added_up(server, count):
    def both_report():
        return samples(send(server.base_url + "/metrics", server.token).body.decode())["ordinavo_db_pool_max_size"]

    while both_report() != 4:  # each process reports at regular intervals
        pass
    assert send(server.base_url + "/targets", server.token).status == 200
    assert count("ordinavo_db_pool_requests_total") > 0


def pool_limits(server):
    """Return the ids of the processes in the metrics, and the sum of the limits of their pools.

    Returns None while a connection goes to a worker that was killed.
    """
    try:
        text = send(server.base_url + "/metrics", server.token).body.decode()
    except OSError:
        return None
    return set(re.findall(r'pid="(\d+)"', text)), samples(text)["ordinavo_db_pool_max_size"]


def test_the_gauges_of_a_worker_that_was_killed_are_removed(server):
    while len((before := pool_limits(server))[0]) < 2:
        pass
    killed = before[0].pop()
    os.kill(int(killed), signal.SIGKILL)
    while (now := pool_limits(server)) is None or killed in now[0] or len(now[0]) < 2 or now[1] < 4:
        pass
    assert now[1] == 4


def test_the_folder_of_the_metrics_is_private_and_removed_at_the_end(monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with processes.shared_folder() as folder:
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


@pytest.mark.django_db(transaction=True)
class TestBackground:
    def test_jobs_and_tasks_that_wait_without_a_worker_are_counted(self, api, erp):
        api.post({"targets": [{"externalId": "DEL-1", "title": "Delivery"}], "async": True}, "/inbound/targets/batch")
        found = samples(api.get("/metrics").content.decode())
        assert found['ordinavo_background_jobs{state="waiting"}'] == 1
        assert (found["ordinavo_background_tasks_waiting"], found["ordinavo_background_workers"]) == (1, 0)
        assert found["ordinavo_background_oldest_task_seconds"] > 0
        work()
        after = samples(api.get("/metrics").content.decode())
        assert (after['ordinavo_background_jobs{state="waiting"}'], after["ordinavo_background_tasks_waiting"]) == (
            0,
            0,
        )
