"""The OpenAPI document: public, valid, complete, and in agreement with the API and its examples."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import URLPattern
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from ordinavo import urls
from ordinavo.common.codes import Code, Kind
from ordinavo.common.scopes import Scope
from tests import schemas
from tests.access.table import API
from tests.api import Api, example

BASES = ["", "/api/connect/v1"]
DOCUMENTS = ["/openapi.json", "/openapi-3.0.json"]
TARGET = {"$ref": "#/components/schemas/InboundTargetDto"}


@pytest.fixture(scope="module")
def description():
    return Client().get("/openapi.json").json()


def operations(description):
    return [
        (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def answers(description, operation):
    """Return the responses by status. References to shared responses are resolved."""
    shared = description["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def accepts(description, schema):
    return schemas.validator(description, schema).is_valid


@pytest.mark.parametrize("base", BASES)
def test_the_document_is_openapi_3_1_and_needs_no_token(base):
    response = Client().get(f"{base}/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["X-Correlation-Id"]
    assert response.json()["openapi"].startswith("3.1.")


def test_the_document_conforms_to_the_openapi_3_1_schema(description):
    assert [str(error) for error in OpenAPIV31SpecValidator(description).iter_errors()] == []


def test_the_same_document_in_openapi_3_0_conforms_to_its_schema(description):
    older = Client().get("/openapi-3.0.json").json()
    assert older["openapi"] == "3.0.3"
    assert [str(error) for error in OpenAPIV30SpecValidator(older).iter_errors()] == []
    assert older["paths"].keys() == description["paths"].keys()
    assert older["info"] == description["info"]


def test_openapi_3_0_says_null_by_a_flag_and_leaves_examples_as_they_are(description):
    older = Client().get("/openapi-3.0.json").json()
    target = older["components"]["schemas"]["InboundTargetDto"]["properties"]
    assert (target["title"]["type"], target["title"]["nullable"]) == ("string", True)
    customer = {"type": "object", "nullable": True, "allOf": [{"$ref": "#/components/schemas/Customer"}]}
    assert target["customer"] == customer
    bodies = [
        document["paths"]["/inbound/targets"]["post"]["requestBody"]["content"]["application/json"]["examples"]
        for document in (description, older)
    ]
    assert bodies[0] == bodies[1]


def test_the_document_lists_all_codes_and_no_others(description):
    components = description["components"]["schemas"]
    request_error = components["ErrorResponse"]["properties"]["error"]["properties"]
    assert request_error["code"]["x-extensible-enum"] == Code.of_kind(Kind.REQUEST)
    assert components["ItemError"]["properties"]["code"]["x-extensible-enum"] == Code.item_errors()
    assert components["ItemWarning"]["properties"]["code"]["x-extensible-enum"] == Code.of_kind(Kind.WARNING)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_client_that_cached_the_document_gets_304(path):
    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-Correlation-Id"]
    assert "max-age=300" in first["Cache-Control"]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_document_can_be_asked_for_by_head(path):
    answer = Client().head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == Client().get(path)["ETag"]


@pytest.mark.parametrize("path", [*DOCUMENTS, "/docs"])
def test_another_method_is_answered_with_405_in_json(path):
    response = Client(enforce_csrf_checks=True).post(path)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("base", BASES)
def test_the_page_loads_only_files_of_this_service(base):
    response = Client().get(f"{base}/docs")
    assert response.status_code == 200
    assert "//" not in response.content.decode()
    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', response.content.decode())
    assert len(loaded) == 4
    assert all(finders.find(name) for name in loaded)


def test_the_page_loads_the_document_beside_it():
    script = Path(finders.find("openapi/docs.js")).read_text()
    assert 'url: "openapi.json"' in script
    assert "://" not in script


def test_the_document_has_the_paths_of_the_api_and_no_others(description):
    names = {"<int:pk>": "{id}", "<key:key>": "{key}"}
    paths = {"/" + re.sub("<.*>", lambda m: names[m[0]], str(entry.pattern)) for entry in urls.api}
    assert all(isinstance(entry, URLPattern) for entry in urls.api)
    assert description["paths"].keys() == paths


def test_every_operation_names_the_scope_that_it_requires(description):
    named = {
        (method, re.sub("{.*}", "{}", path)): operation["x-required-scope"]
        for method, path, operation in operations(description)
        if operation["security"]
    }
    assert named == {
        (method, "/" + re.sub("<.*>", "{}", route)): endpoint.scope_of_method.get(method, endpoint.scope)
        for route, endpoint in API.items()
        if endpoint.versioned  # /metrics is for operators
        for method in endpoint.methods.keys() - {"HEAD"}
        if endpoint.scope
    }
    assert all(f"`{scope.value}`" in str(description["components"]["securitySchemes"]) for scope in Scope)


def test_every_response_declares_its_headers(description):
    for method, path, operation in operations(description):
        for status, answer in answers(description, operation).items():
            expected = {"X-Correlation-Id"}
            expected |= {"Retry-After"} if status in ("429", "503") else set()
            expected |= {"WWW-Authenticate"} if status in ("401", "403") else set()
            expected |= {"Accept-Encoding"} if status == "415" else set()
            expected |= {"X-RateLimit-Reset"} if operation["security"] else set()
            assert expected <= answer["headers"].keys(), (method, path, status)


def contents(description):
    """Yield the operation, the status (None for the request) and the media type of each body."""
    for method, path, operation in operations(description):
        bodies = {None: operation.get("requestBody", {})} | answers(description, operation)
        for status, body in bodies.items():
            for content in body.get("content", {}).values():
                yield f"{method} {path}", status, content


def test_every_body_and_every_answer_of_every_operation_has_an_example(description):
    without = [(name, status) for name, status, content in contents(description) if not examples_of(content)]
    assert without == []


def examples_of(content):
    single = {"example": content["example"]} if "example" in content else {}
    return single | {name: documented["value"] for name, documented in content.get("examples", {}).items()}


def test_every_example_is_valid_by_its_schema(description):
    for name, status, content in contents(description):
        for value in examples_of(content).values():
            assert accepts(description, content["schema"])(value), (name, status)


def test_every_example_of_an_answer_has_only_members_and_values_that_the_document_names(description):
    strict = schemas.closed(description)
    for name, status, content in contents(description):
        for value in examples_of(content).values() if status else []:
            errors = schemas.validator(strict, schemas.closed(content["schema"])).iter_errors(value)
            assert [error.message for error in errors] == [], (name, status)


def test_every_example_of_a_parameter_is_valid_by_its_schema(description):
    for parameter in description["components"]["parameters"].values():
        assert "example" not in parameter or accepts(description, parameter["schema"])(parameter["example"])


def test_a_client_that_was_generated_yesterday_accepts_what_is_answered_tomorrow(description):
    answer = example("rejected-answer")
    item = answer["items"][0] | {"status": "Postponed", "errorCode": "new_code", "more": {}}
    accepted = accepts(description, {"$ref": "#/components/schemas/ImportJob"})
    assert accepted(answer | {"status": "Sleeping", "more": 1, "items": [item]})
    assert not accepted(answer | {"items": [{"externalId": 1}]})


def test_no_schema_of_an_answer_is_closed(description):
    def check(node):
        assert node.get("additionalProperties") is not False
        assert "oneOf" not in node
        assert "allOf" not in node

    schemas.walk(description["components"]["schemas"], check)


def test_only_fields_of_requests_list_the_values_that_they_may_have(description):
    components = description["components"]["schemas"]
    closed = {f"#/components/schemas/{name}" for name, schema in components.items() if '"enum"' in json.dumps(schema)}
    assert closed == {f"#/components/schemas/{name}" for name in ("Operation", "Priority", "DefaultPriority")}
    users = {name for name, schema in components.items() if any(ref in json.dumps(schema) for ref in closed)}
    assert users == {"InboundTargetDto", "BatchImport", "Planning", "Location"}


@pytest.mark.parametrize("name", ["upsert", "update", "cancel", "rejected", "batch"])
def test_the_schema_of_a_body_accepts_what_the_schema_of_the_template_accepts(description, api, delivery_stop, name):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    for sent in example(name).get("targets", [example(name)]):
        of_template = Draft202012Validator(schema).is_valid(sent)
        assert accepts(description, TARGET)(sent) or not of_template


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"planning": {"priority": "high"}}, False),
        ({"planning": None, "customer": {"phone": None}}, True),
        ({"operation": "delete"}, False),
        ({"externalId": 1}, False),
        ({"address": {"country": "Germany"}}, False),
        ({"customFields": {"anything": [1, {"a": None}]}}, True),
    ],
)
def test_the_schema_of_a_body_accepts_what_the_api_accepts(description, change, valid):
    body = example("upsert") | change
    assert accepts(description, TARGET)(body) is valid


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"targets": [{"externalId": "A", "title": "A"}]}, True),
        ({"targets": [{"externalId": "A"}], "operation": "cancel"}, True),
        ({"targets": []}, False),
        ({"targets": None}, False),
        ({}, False),
    ],
)
def test_a_batch_needs_its_list_of_targets(description, body, valid):
    assert accepts(description, {"$ref": "#/components/schemas/BatchImport"})(body) is valid


def test_reading_the_document_does_not_count_against_the_rate_limit(token):
    token.rate_limit = 1
    token.save()
    assert [Api(token).get("/openapi.json").status_code for _ in range(3)] == [200, 200, 200]


def test_the_version_is_that_of_the_service(description):
    assert description["info"]["version"] == settings.VERSION
