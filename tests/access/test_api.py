"""Every route of the API × method × state of the token × scope × source system, as table.py says."""

import json
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.access import routes, states, token_states
from tests.access.answers import report
from tests.access.table import ALL_METHODS, API, LIST, ONE, PAGES, SOURCE_SYSTEMS, WRITES
from tests.factories import ApiTokenFactory, ImportJobFactory, SourceSystemFactory, TargetFactory, TargetTemplateFactory
from tests.queries import wait_until_earlier_transactions_have_ended

UNKNOWN_ID = 999_999_999
STORED_ROWS = 2 * (len(SOURCE_SYSTEMS) - 1)
"""A target and a job of each source system but the unknown one. An import adds rows."""
CLIENT = Client(raise_request_exception=False)
LIMITED = [route for route, endpoint in API.items() if endpoint.limited in (WRITES, ONE)]
SERVED = [name for name, answers in SOURCE_SYSTEMS.items() if answers[ONE] == 200]


class World(NamedTuple):
    """Source systems by the names of SOURCE_SYSTEMS, and the objects of each."""

    served: list[Any]
    ids: dict[str, dict[str, int]]
    """The ids of objects by the first part of the route, then by the name of their source system."""


@pytest.fixture
def world(db):
    systems = {name: SourceSystemFactory(key=name) for name in SOURCE_SYSTEMS if name != "unknown"}
    targets = {name: TargetFactory(source_system=system).pk for name, system in systems.items()}
    jobs = {name: ImportJobFactory(source_system=system).pk for name, system in systems.items()}
    TargetTemplateFactory(key="delivery_stop")
    systems["inactive"].active = False
    systems["paused"].paused_at, systems["paused"].paused_reason = timezone.now(), "It moves."
    for name in ("inactive", "paused"):
        systems[name].save()
    assert len(targets) + len(jobs) == STORED_ROWS
    return World([systems[name] for name in SERVED], {"targets": targets, "import-jobs": jobs})


def path_of(world, route, system="own"):
    ids = world.ids.get(route.partition("/")[0], {})
    filled = route.replace("<int:pk>", str(ids.get(system, UNKNOWN_ID))).replace("<key:key>", "delivery_stop")
    return f"/{filled}"


def send(method, path, sent, body=None):
    """Return the answer to a request."""
    headers = {} if sent.authorization is None else {"Authorization": sent.authorization}
    CLIENT.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: sent.session} if sent.session else {})
    return CLIENT.generic(
        method, path, json.dumps(body or {}), "application/json", headers=headers, REMOTE_ADDR=sent.address
    )


def summary(method, answer):
    """Return the status of an answer, with the code of its error if it has a body."""
    if method == "HEAD" or answer.status_code < 400:
        return (answer.status_code,)
    return answer.status_code, answer.json()["error"]["code"]


def deviation(method, path, state, sent, expected, body):
    """Send a request and undo it. Return a sentence if the answer or what is stored afterwards is not as expected."""
    with states.undone():
        answer = send(method, path, sent, body)
        imported = Target.objects.count() + ImportJob.objects.count() + ImportItem.objects.count() > STORED_ROWS
    expected = expected[:1] if method == "HEAD" else expected
    if summary(method, answer) != expected:
        return f"{method} {path} with the token {state!r}: {summary(method, answer)}, expected {expected}"
    if imported != (method == "POST" and answer.status_code < 300):
        return f"{method} {path} with the token {state!r}: the answer is {expected}, but imported is {imported}"
    return None


def expected_answer(endpoint, method, system="own"):
    """Return the answer to a valid token that has the scope of the route."""
    if method not in endpoint.methods:
        return 405, "method_not_allowed"
    answer = SOURCE_SYSTEMS[system].get(endpoint.limited)
    if answer == 404:
        return 404, "not_found"
    if isinstance(answer, tuple):
        return answer
    answer = endpoint.methods[method]
    return answer if isinstance(answer, tuple) else (answer,)


def cases(endpoint, systems, methods):
    """Yield a method with each state of a token: its name, what is sent, and the answer if the token decides it.

    The answer is None if something else decides. A public endpoint does not look at the token.
    """
    unauthorized = (401, "unauthorized") if endpoint.scope else None
    for scope in {endpoint.scope, *endpoint.scope_of_method.values()}:
        of_scope = [method for method in methods if endpoint.scope_of_method.get(method, endpoint.scope) == scope]
        states = [(state, sent, None) for state, sent in token_states.authorized(scope, systems).items()]
        for state, make in token_states.UNAUTHORIZED.items():
            states.append((state, make(ApiTokenFactory(source_systems=systems)), unauthorized))
        if scope:
            another = token_states.from_another_network(systems)
            states.append(("from another network", another, (403, "address_not_allowed")))
            for state, scopes in token_states.without_scope(scope).items():
                states.append((state, token_states.lacking(scopes, systems), (403, "missing_scope")))
        yield from ((method, *state) for state in states for method in of_scope)


def test_every_route_has_a_row():
    missing = set(routes.all_routes()) - API.keys() - PAGES.keys()
    assert not missing, (
        f"Add a row for {sorted(missing)} to tests/access/table.py: to API, with the scope that the view declares and "
        "the status of each method, or to PAGES if people open it in a browser, with who may open it and post to it."
    )


def test_every_row_is_of_a_route():
    assert API.keys() | PAGES.keys() == set(routes.all_routes()), "Remove the rows without a route."


def test_the_routes_below_the_versioned_base_are_those_of_the_table():
    assert routes.versioned_routes() == {route for route, endpoint in API.items() if endpoint.versioned}


@pytest.mark.parametrize("route", API)
def test_the_state_and_the_scope_of_the_token_decide_on_every_method(world, route):
    endpoint, path = API[route], path_of(world, route)
    body = endpoint.body | {"sourceSystem": "own"}
    report(
        deviation(method, path, state, sent, answer or expected_answer(endpoint, method), body)
        for method, state, sent, answer in cases(endpoint, world.served[:1], ALL_METHODS)
    )


@pytest.mark.parametrize("route", [route for route, endpoint in API.items() if endpoint.versioned])
def test_the_same_holds_below_the_versioned_base_url(world, route):
    endpoint, path = API[route], f"/{routes.VERSIONED_BASE}{path_of(world, route)[1:]}"
    body = endpoint.body | {"sourceSystem": "own"}
    report(
        deviation(method, path, state, sent, answer or expected_answer(endpoint, method), body)
        for method, state, sent, answer in cases(endpoint, world.served[:1], endpoint.methods)
    )


@pytest.mark.parametrize("route", LIMITED)
def test_the_source_system_decides_once_the_token_is_accepted(world, route):
    endpoint = API[route]
    report(
        deviation(
            method, path_of(world, route, system), f"{state}, source system {system}", sent,
            answer or expected_answer(endpoint, method, system), endpoint.body | {"sourceSystem": system},
        )
        for method, state, sent, answer in cases(endpoint, world.served, endpoint.methods)
        for system in SOURCE_SYSTEMS
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("route", [route for route, endpoint in API.items() if endpoint.limited == LIST])
def test_a_list_has_the_objects_of_the_source_systems_of_the_token(world, route):
    sent = token_states.authorized(API[route].scope, world.served)["all scopes"]
    wait_until_earlier_transactions_have_ended()  # /changes leaves out what may still be rolled back
    results = send("GET", path_of(world, route), sent).json()["results"]
    assert {result["sourceSystem"] for result in results} == set(SERVED)


@pytest.mark.parametrize("route", LIMITED)
def test_a_foreign_object_cannot_be_told_from_one_that_does_not_exist(world, route):
    endpoint = API[route]
    sent = token_states.authorized(endpoint.scope, world.served)["all scopes"]
    errors = []
    for system in ("foreign", "unknown"):
        body = endpoint.body | {"sourceSystem": system}
        answer = send(next(iter(endpoint.methods)), path_of(world, route, system), sent, body)
        errors.append({name: value for name, value in answer.json()["error"].items() if name != "correlationId"})
    assert errors[0] == errors[1]


@pytest.mark.parametrize("route", API)
def test_a_refusal_names_what_is_missing(world, route):
    endpoint, path = API[route], path_of(world, route)
    if endpoint.scope:
        assert send("GET", path, token_states.Sent(None))["WWW-Authenticate"] == "Bearer"
        lacking = send("GET", path, token_states.lacking([], world.served))
        assert lacking["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
        assert lacking.json()["error"]["requiredScope"] == endpoint.scope
    sent = token_states.authorized(endpoint.scope, world.served)["all scopes"]
    for method in set(ALL_METHODS) - endpoint.methods.keys():
        assert send(method, path, sent)["Allow"] == ", ".join(endpoint.methods)
