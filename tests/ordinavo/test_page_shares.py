"""Pages in a browser take only their share of threads and connections, and say so if the database fails them."""

import urllib.error
import urllib.request
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

NARROW = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4", "DATABASE_POOL_SIZE": "2", "REQUEST_QUEUE_SECONDS": "1"}


def get(server, path, **headers):
    request = urllib.request.Request(server.base_url + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_pages_leave_threads_and_a_connection_to_the_api(start_server):
    with start_server(**NARROW) as server, server.connect() as other, ThreadPoolExecutor() as pool:
        get(server, "/admin/login/")  # loads what is imported late
        other.execute("LOCK TABLE django_session")
        headers = {"Cookie": "sessionid=x", "Accept-Language": "de"}
        pages = [pool.submit(get, server, "/admin/login/?next=/admin/", **headers) for _ in range(4)]
        token = {"Authorization": f"Bearer {server.token}"}
        healths = [get(server, "/integration/health", **token)[0] for _ in range(20)]
        wait(pages, return_when=FIRST_COMPLETED)
        other.rollback()
        answers = [page.result() for page in pages]
    refused = [page for page in answers if "Gerade werden zu viele Seiten gleichzeitig geöffnet." in page[2]]
    assert {(status, int(headers["Retry-After"]) > 0) for status, headers, _page in refused} == {(503, True)}
    assert set(healths) == {200}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_whose_query_fails_is_answered_503_with_advice(staff, language):
    def fail(run, sql, params, many, context):
        if "targets_target" in sql:
            raise OperationalError("gone")
        return run(sql, params, many, context)

    with connection.execute_wrapper(fail):
        response = staff.get(reverse("admin:targets_target_changelist"), headers={"Accept-Language": language})
    assert (response.status_code, int(response["Retry-After"]) > 0) == (503, True)
    assert f'<html lang="{language}">' in response.content.decode()
