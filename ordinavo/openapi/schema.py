"""Where drf-spectacular is told: named by settings."""

from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from ordinavo.common.scopes import Scope
from ordinavo.openapi import answers, codes, imports, operations, parameters, reading
from ordinavo.openapi.operations import Operation
from ordinavo.openapi.shapes import text


class OperationSchema(AutoSchema):
    """Takes from a view its path, method and scope, and the rest from its description in `operations`."""

    @property
    def described(self) -> Operation:
        return operations.of(self.method, self.path)

    def get_operation_id(self) -> str:
        return self.described.operation_id

    def get_summary(self) -> str:
        return self.described.summary

    @property
    def scope(self) -> str:
        return Scope(cast(Any, self.view).required_scope).value

    def get_description(self) -> str:  # type: ignore[override]
        return f"{self.described.description}\n\nScope: `{self.scope}`.".strip()

    def get_tags(self) -> list[str]:
        return [self.described.tag]

    def _get_parameters(self) -> list[dict[str, Any]]:
        own = [_bounded(p) if p["in"] == "path" else p for p in super()._get_parameters()]
        return [*own, *self.described.parameters, parameters.CORRELATION_ID]

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        view = cast(Any, self.view)
        return parameters.of_list(view.filterset_class) if getattr(view, "action", "") == "list" else []

    def _get_pagination_parameters(self) -> list[dict[str, Any]]:
        return []

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        return self.described.body

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        return dict(sorted(self.described.responses.items()))

    def get_extensions(self) -> dict[str, Any]:
        return {"x-required-scope": self.scope}


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "inbound.api.authentication.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token issued in the admin or by `manage.py issue_token`. Its scopes open endpoints:\n\n"
            + "\n".join(f"- `{scope.value}`" for scope in Scope),
        }


def only_at_the_root(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """The API answers below its versioned base URL as well, which `servers` says."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith("/api/connect/v1/")]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Adds what belongs to no view of the REST framework."""
    result["info"]["description"] = _description()
    result["paths"] |= _own_paths()
    result["components"] |= {
        "schemas": imports.components() | reading.components(),
        "responses": answers.responses(),
        "headers": answers.headers(),
        "parameters": parameters.components(),
    }
    return result


def _bounded(parameter: dict[str, Any]) -> dict[str, Any]:
    if parameter["name"] == "key":
        return parameter | {"schema": text(64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")}
    return parameter | {"schema": {"type": "integer", "minimum": 1}}


def _own_paths() -> dict[str, Any]:
    same = {"304": {"description": "Not changed since the ETag in If-None-Match.", "headers": answers.CORRELATED}}
    document = answers.in_public(
        "application/json", {"type": "object"}, "OpenAPI 3.1.", **{"ETag": "ETag", "Cache-Control": "Cache-Control"}
    )
    page = answers.in_public("text/html", text(), "Swagger UI, for a browser.")
    return {
        "/openapi.json": _public("readOpenApi", "This description", {"200": document} | same),
        "/docs": _public("readDocs", "This description, to read and try", {"200": page}),
    }


def _public(operation_id: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["Description"],
        "security": [],
        "parameters": [parameters.CORRELATION_ID],
        "responses": responses,
    }
    return {"get": operation}


def _description() -> str:
    return "\n\n".join(
        [
            "The open intake for field work: one target in, one import job out, which says exactly what happened.",
            "Every path answers at the root and below `/api/connect/v1`; none ends with a slash. Every answer is JSON "
            "and carries `X-Correlation-Id`. Unknown query parameters are a 400. A method that a path does not have is "
            "a 405 with `Allow`, a path that does not exist a 404, both in the shape of every error.",
            _folded(
                "Errors of the request",
                'They record no job: `{"error": {"code", "message", "correlationId"}}`.',
                codes.table(codes.REQUEST_ERRORS),
            ),
            _folded(
                "Errors of an item",
                "In `items[].errors`; the HTTP status is that of a single import.",
                codes.table(codes.ITEM_ERRORS),
            ),
            _folded("Warnings", "They change no status.", codes.warning_table()),
        ]
    )


def _folded(title: str, *paragraphs: str) -> str:
    """So that who opens the page sees what can be called, and not three tables first."""
    return "\n\n".join([f"<details><summary><b>{title}</b></summary>", *paragraphs, "</details>"])
