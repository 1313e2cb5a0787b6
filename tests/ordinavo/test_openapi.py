"""The OpenAPI document: public, valid, complete, and in agreement with the API and its examples."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import URLPattern
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ordinavo import urls
from ordinavo.common.codes import Code, Kind
from ordinavo.common.scopes import Scope
from tests.api import Api, example
from tests.inbound.test_permissions import ENDPOINTS

BASES = ["", "/api/connect/v1"]


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
    return Draft202012Validator(schema | {"components": description["components"]}).is_valid


@pytest.mark.parametrize("base", BASES)
def test_the_document_is_openapi_3_1_and_needs_no_token(base):
    response = Client().get(f"{base}/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["X-Correlation-Id"]
    assert response.json()["openapi"].startswith("3.1.")


def test_the_document_conforms_to_the_openapi_3_1_schema(description):
    assert [str(error) for error in OpenAPIV31SpecValidator(description).iter_errors()] == []


def test_the_document_lists_all_codes_and_no_others(description):
    schemas = description["components"]["schemas"]
    request_error = schemas["RequestError"]["properties"]["error"]["properties"]
    assert request_error["code"]["enum"] == Code.of_kind(Kind.REQUEST)
    assert schemas["ItemError"]["properties"]["code"]["enum"] == Code.item_errors()
    assert schemas["Warning"]["properties"]["code"]["enum"] == Code.of_kind(Kind.WARNING)


def test_a_client_that_cached_the_document_gets_304():
    first = Client().get("/openapi.json")
    again = Client().get("/openapi.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-Correlation-Id"]
    assert "max-age=300" in first["Cache-Control"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
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
    assert named == {(method, re.sub("{.*}", "{}", path)): scope for method, path, scope, _ in ENDPOINTS}
    assert all(f"`{scope.value}`" in str(description["components"]["securitySchemes"]) for scope in Scope)


def test_every_response_declares_its_headers(description):
    for method, path, operation in operations(description):
        for status, answer in answers(description, operation).items():
            expected = {"X-Correlation-Id"}
            expected |= {"Retry-After"} if status in ("429", "503") else set()
            expected |= {"WWW-Authenticate"} if status in ("401", "403") else set()
            expected |= {"X-RateLimit-Reset"} if operation["security"] else set()
            assert expected <= answer["headers"].keys(), (method, path, status)


def documented_examples(description):
    for _method, _path, operation in operations(description):
        bodies = [operation.get("requestBody", {}), *answers(description, operation).values()]
        for content in [content for body in bodies for content in body.get("content", {}).values()]:
            for name, documented in content.get("examples", {}).items():
                yield name, content["schema"], documented["value"]


def test_every_example_is_valid_by_its_schema(description):
    examples = list(documented_examples(description))
    assert len(examples) > 60
    # One target of the batch has no externalId on purpose, so that its answer shows a rejected item.
    assert [name for name, schema, value in examples if not accepts(description, schema)(value)] == ["batch"]


def test_every_example_of_a_parameter_is_valid_by_its_schema(description):
    for parameter in description["components"]["parameters"].values():
        assert "example" not in parameter or accepts(description, parameter["schema"])(parameter["example"])


def test_the_schema_of_an_answer_refuses_wrong_answers(description):
    (answer,) = [value for name, _, value in documented_examples(description) if name == "upsert-answer"]
    created = description["paths"]["/inbound/targets"]["post"]["responses"]["201"]["content"]["application/json"]
    accepted = accepts(description, created["schema"])
    assert accepted(answer)
    assert not accepted(answer | {"more": 1})
    assert not accepted(answer | {"status": "Failed"})
    assert not accepted(answer | {"items": [answer["items"][0] | {"status": "Updated", "changes": []}]})
    assert not accepted(answer | {"items": [answer["items"][0] | {"index": 0}]})


@pytest.mark.parametrize("name", ["upsert", "update", "cancel", "rejected", "batch"])
def test_the_schema_of_a_body_accepts_the_same_as_the_schema_of_the_template(description, api, delivery_stop, name):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    for sent in example(name).get("targets", [example(name)]):
        of_template = Draft202012Validator(schema).is_valid(sent)
        of_any = accepts(description, {"$ref": "#/components/schemas/TargetImport"})(sent)
        assert of_any == of_template or sent.get("customFields")


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"planning": {"priority": "high"}}, False),
        ({"planning": None, "customer": {"phone": None}}, True),
        ({"operation": "delete"}, False),
        ({"operation": "cancel", "planning": {"priority": "high"}}, True),
        ({"externalId": " "}, False),
        ({"address": {"country": "XX"}}, False),
        ({"customFields": {"anything": [1, {"a": None}]}}, True),
    ],
)
def test_the_schema_of_a_body_accepts_what_the_api_accepts(description, change, valid):
    body = example("upsert") | change
    assert accepts(description, {"$ref": "#/components/schemas/TargetImport"})(body) is valid


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"items": [{"externalId": "A", "title": "A"}]}, True),
        ({"targets": [{"externalId": "A"}], "items": None, "operation": "cancel"}, True),
        ({"targets": []}, False),
        ({"targets": None}, False),
        ({"targets": [{"externalId": "A"}], "items": [{"externalId": "A"}]}, False),
    ],
)
def test_a_batch_has_one_list_with_either_of_two_names(description, body, valid):
    assert accepts(description, {"$ref": "#/components/schemas/BatchImport"})(body) is valid


def test_reading_the_document_does_not_count_against_the_rate_limit(token):
    token.rate_limit = 1
    token.save()
    assert [Api(token).get("/openapi.json").status_code for _ in range(3)] == [200, 200, 200]


def test_the_version_is_that_of_the_service(description):
    assert description["info"]["version"] == settings.VERSION
