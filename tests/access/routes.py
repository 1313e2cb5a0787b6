"""Find all routes of the service, so that the tests of access notice a new one."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver

VERSIONED_BASE = "api/connect/v1/"
_APP_LIST = "(?P<app_label>"


def all_routes() -> list[str]:
    """Return the route of every view, as the URL conf declares it, without the versioned base URL of the API.

    The one route of the admin for the lists of its apps becomes one route for each app.
    """
    return list(dict.fromkeys(_without_base(route) for route in _walk(get_resolver()) if route != VERSIONED_BASE))


def versioned_routes() -> set[str]:
    """Return the routes below the versioned base URL, without that base."""
    return {route.removeprefix(VERSIONED_BASE) for route in _walk(get_resolver()) if route.startswith(VERSIONED_BASE)}


def bulk_actions() -> set[tuple[str, str]]:
    """Return each model that the admin shows, such as "targets.target", with each action that a form there can name.

    That are the actions of the model's admin and of the site, and Unfold's buttons beside "Save", also those that
    nobody is offered. Unfold's other buttons are pages, with routes of their own.
    """
    names_of_site = {name for name, _action in admin.site.actions}
    return {
        (model._meta.label_lower, name)
        for model in apps.get_models()
        if admin.site.is_registered(model)
        for name in names_of_site | _own_actions(admin.site.get_model_admin(model))
    }


def _own_actions(model_admin: Any) -> set[str]:
    declared = {*(model_admin.actions or []), *(model_admin.actions_submit_line or [])}
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_superuser=True)
    return {getattr(action, "__name__", action) for action in declared} | model_admin.get_actions(request).keys()


def _without_base(route: str) -> str:
    return route.removeprefix(VERSIONED_BASE)


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif _APP_LIST in route:
            labels = route.partition(_APP_LIST)[2].partition(")")[0].split("|")
            yield from (f"{prefix}{label}/" for label in labels)
        else:
            yield route
