"""Call the API as a client does, with JSON and a token, inside the test process."""

import json
from pathlib import Path
from typing import Any

from django.test import Client

from inbound import tokens
from inbound.models import ApiToken
from ordinavo.common.codes import Code

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def example(name: str) -> dict[str, Any]:
    """Return the documented request body `docs/examples/<name>.json`."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


class Api:
    """A client of the API.

    It authenticates with `token`, or with `raw` as the bearer token itself, or not at all. An unhandled exception
    becomes an answer with status 500, as in production.
    """

    def __init__(self, token: ApiToken | None = None, raw: str | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        bearer = raw or (tokens.encode(token) if token else None)
        self.headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}

    def get(self, path: str, **headers: str):
        """Return the response to a GET request."""
        return _with_known_codes(self.client.get(path, headers=self.headers | headers))

    def post(self, body: Any, path: str = "/inbound/targets", **headers: str):
        """Return the response to a POST request. Text and bytes are sent as they are, all else as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return _with_known_codes(
            self.client.post(path, data=data, content_type="application/json", headers=self.headers | headers)
        )

    def delete(self, path: str, **headers: str):
        """Return the response to a DELETE request."""
        return _with_known_codes(self.client.delete(path, headers=self.headers | headers))

    def item(self, body: Any) -> dict[str, Any]:
        """Import one target and return its item of the import job."""
        return self.post(body).json()["items"][0]

    def send(self, external_id: str = "DEL-1", **fields: Any) -> dict[str, Any]:
        """Upsert a target with a title and the given fields, and return its item of the import job."""
        return self.item({"externalId": external_id, "title": "Delivery"} | fields)

    def target(self, external_id: str = "DEL-1") -> dict[str, Any]:
        """Return the one stored target with this external id, as the API lists it."""
        (target,) = self.get(f"/targets?externalId={external_id}").json()["results"]
        return target


def _with_known_codes(response: Any) -> Any:
    """Return the response. Raises ValueError if it has a code that is not a member of Code."""
    if response["Content-Type"] == "application/json":
        answer = response.json()
        items = answer.get("items", [])
        findings = [finding for item in items for finding in item.get("errors", []) + item["warnings"]]
        for finding in [*findings, *filter(None, [answer.get("error")])]:
            Code(finding["code"])
    return response


def error_codes(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the code and the field of each error of an item."""
    return [(error["code"], error["field"]) for error in item["errors"]]


def warning_codes(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the code and the field of each warning of an item."""
    return [(warning["code"], warning["field"]) for warning in item["warnings"]]
