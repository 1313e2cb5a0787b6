"""Every page for staff × role, by GET and by POST, as table.py says. No GET and no refused post changes anything."""

import pytest

from tests.access.answers import report, status_or_login
from tests.access.table import OUTSIDERS, PAGES, SUPERUSER

OTHER_METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS"]


def path_of(route, objects):
    _admin, app, model, *_rest = [*route.split("/"), "", ""]
    number = str(objects.get(PAGES[route].object or f"{app}.{model}", ""))
    for parameter in (
        "<path:content_type_id>/<path:object_id>",
        "<path:object_id>",
        "<int:id>",
        "<int:pk>",
        "<str:key>",
        "<id>",
    ):
        route = route.replace(parameter, "1/1" if "content_type" in parameter else number)
    return "/" + route.replace("(?P<url>.*)$", "nothing-of-that-name/")


def expected(access, role):
    """Return the status of the answer to a role, or "login"."""
    if role in access.who:
        return access.answer
    return access.outsiders if role in OUTSIDERS else access.otherwise


def deviation(ask, role, method, path, access, data):
    """Send a request. Return a sentence if the answer or what is stored afterwards is not as expected."""
    answer, changed = ask(role, method, path, data)
    if status_or_login(answer) != expected(access, role):
        return f"{method} {path} as {role}: {status_or_login(answer)}, expected {expected(access, role)}"
    if changed != (method == "POST" and access.data is not None and role in access.who):
        return f"{method} {path} as {role}: the answer is {status_or_login(answer)}, but changed is {changed}"
    return None


@pytest.mark.parametrize("route", PAGES)
def test_each_role_may_do_what_the_table_says(objects, ask, sessions, route):
    page, path = PAGES[route], path_of(route, objects)
    data = page.post.data(objects) if page.post.data else {}
    cases = [("GET", page.get, {}), ("POST", page.post, data)]
    report(deviation(ask, role, method, path, access, sent) for role in sessions for method, access, sent in cases)


@pytest.mark.parametrize("route", [route for route, page in PAGES.items() if page.post.data])
def test_only_a_post_with_a_csrf_token_changes_anything(objects, ask, route):
    data, path = PAGES[route].post.data(objects), path_of(route, objects)
    forged, changed = ask(SUPERUSER, "POST", path, data, checks_csrf=True)
    assert (forged.status_code, changed) == (403, False)
    assert ask(SUPERUSER, "GET", path, data)[1] is False
    assert [ask(SUPERUSER, method, path)[1] for method in OTHER_METHODS] == [False] * len(OTHER_METHODS)
