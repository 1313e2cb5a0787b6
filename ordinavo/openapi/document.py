"""Build the OpenAPI document from the routes of the API and the declared operations."""

import re
from importlib import import_module
from typing import Any

from django.conf import settings
from django.urls import URLPattern
from django.urls.converters import IntConverter

from ordinavo.common.limits import MAX_KEY_LENGTH
from ordinavo.common.scopes import Scope
from ordinavo.openapi import import_schemas, parameters, read_schemas, responses, tables
from ordinavo.openapi.json_schema import ID, Schema, text
from ordinavo.openapi.operations import OPERATIONS, Operation
from templates.models import KEY_PATTERN

SECURITY_SCHEME = "OrdinavoApiKey"
_TAGS = {
    "Importing": "Send targets, one by one or in batches.",
    "Reading back": "Import jobs, targets, and what the token may do.",
    "Templates": "What the custom fields of a target may be.",
    "Description": "This description, for tools and for people.",
}


def build() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all routes below the API's base URL, as data that can be written as JSON.

    Raises KeyError if a route has no declared operation, and AttributeError or ValueError if a view of the REST
    framework declares no known scope.
    """
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Ordinavo Connect",
            "version": settings.VERSION,
            "description": _description(),
            "contact": {"name": "The administrators of this service, who issue the tokens"},
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "servers": [
            {"url": "/api/connect/v1", "description": "The versioned base URL"},
            {"url": "/", "description": "The same at the root"},
        ],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": dict(_path_item(route) for route in import_module(settings.ROOT_URLCONF).api),
        "components": {
            "securitySchemes": {SECURITY_SCHEME: _security_scheme()},
            "schemas": import_schemas.components() | read_schemas.components(),
            "responses": responses.components(),
            "headers": responses.headers(),
            "parameters": parameters.components(),
        },
    }


def _path_item(route: URLPattern) -> tuple[str, dict[str, Any]]:
    """Return the path of a route, such as "/targets/{id}", and its Operation Objects by lower-case method.

    Raises KeyError if OPERATIONS has no such path, and AttributeError or ValueError if a view declares no known scope.
    """
    path = "/" + re.sub(r"<\w+:(\w+)>", lambda found: f"{{{_parameter_name(found[1])}}}", str(route.pattern))
    return path, {method: _operation(method, operation, route) for method, operation in OPERATIONS[path].items()}


def _parameter_name(name: str) -> str:
    """Return the documented name of a path parameter: "id" for Django's "pk", any other name unchanged."""
    return "id" if name == "pk" else name


def _operation(method: str, operation: Operation, route: URLPattern) -> dict[str, Any]:
    """Return the Operation Object (OpenAPI 3.1, section 4.8.10) of the declared operation of a lower-case method.

    The scope comes from the view. A plain Django view has none: its operation needs no token. Raises AttributeError or
    ValueError if a view of the REST framework declares no known scope.
    """
    declared: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_parameters(route), *operation.parameters, parameters.CORRELATION_ID],
        "responses": dict(sorted(operation.responses.items())),
    }
    if operation.body:
        declared["requestBody"] = operation.body
    view = getattr(route.callback, "cls", None)
    if view is None:  # a plain Django view, which needs no token
        return declared | {"description": f"{operation.description}\n\nNeeds no token.".strip(), "security": []}
    action = getattr(route.callback, "actions", {}).get(method)
    scope = Scope(getattr(view, "scope_of_action", {}).get(action, view.required_scope)).value
    return declared | {
        "description": f"{operation.description}\n\nScope: `{scope}`.".strip(),
        "security": [{SECURITY_SCHEME: []}],
        "x-required-scope": scope,
    }


def _parameters(route: URLPattern) -> list[dict[str, Any]]:
    """Return the Parameter Objects of the path, and for a list also those of its filters, `cursor` and `pageSize`."""
    in_path = [
        {"in": "path", "name": _parameter_name(name), "schema": _path_schema(converter), "required": True}
        for name, converter in route.pattern.converters.items()
    ]
    callback: Any = route.callback
    is_list = "list" in getattr(callback, "actions", {}).values()
    return in_path + (parameters.of_list(callback.cls.filterset_class) if is_list else [])


def _path_schema(converter: Any) -> Schema:
    """Return the schema of a path parameter: an id for Django's `int` converter, a key for every other one."""
    if isinstance(converter, IntConverter):
        return ID
    return text(MAX_KEY_LENGTH, pattern=f"^{KEY_PATTERN}$")


def _security_scheme() -> dict[str, Any]:
    """Return the Security Scheme Object of API tokens, which lists all scopes."""
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token issued in the admin or by `manage.py issue_token`. Its scopes open endpoints:\n\n"
        + "\n".join(f"- `{scope.value}`" for scope in Scope),
    }


def _description() -> str:
    """Return the description of the API in Markdown, with tables of all error and warning codes."""
    return "\n\n".join(
        [
            "The open intake for field work: send a target, and get back an import job that says what happened.",
            "Every path answers at the root and below `/api/connect/v1`. No path ends with a slash. Every answer is "
            "JSON and carries `X-Correlation-Id`. An unknown query parameter is a 400, a method that a path does not "
            "support is a 405 with `Allow`, and an unknown path is a 404. All errors have the same shape. Every GET "
            "may also be sent as HEAD. Accept members and values that you do not know: a later version may answer "
            "more. `/openapi-3.0.json` is this document for tools that do not read OpenAPI 3.1. `/healthz`, "
            "`/readyz` and `/metrics` are for the operators of the service, and not described here.",
            _folded(
                "Errors of the request",
                'No import job is recorded. Shape: `{"error": {"code", "message", "correlationId"}}`.',
                tables.request_errors(),
            ),
            _folded(
                "Errors of an item",
                "These are in `items[].errors`. The HTTP status is that of a single import.",
                tables.item_errors(),
            ),
            _folded("Warnings", "Warnings do not change the HTTP status.", tables.warnings()),
        ]
    )


def _folded(title: str, *paragraphs: str) -> str:
    """Return Markdown for a section with a title that is collapsed until the reader opens it."""
    return "\n\n".join([f"<details><summary><b>{title}</b></summary>", *paragraphs, "</details>"])
