"""The description: complete, public, and true as far as can be seen without sending much."""

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
    """By status, with what is described once for all operations."""
    shared = description["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def accepts(description, schema):
    return Draft202012Validator(schema | {"components": description["components"]}).is_valid


@pytest.mark.parametrize("base", BASES)
def test_the_description_is_openapi_3_1_and_needs_no_token(base):
    response = Client().get(f"{base}/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["X-Correlation-Id"]
    assert response.json()["openapi"].startswith("3.1.")


def test_the_document_conforms_to_the_openapi_3_1_schema(description):
    assert [str(error) for error in OpenAPIV31SpecValidator(description).iter_errors()] == []


def test_the_description_is_sent_once_to_who_keeps_it():
    first = Client().get("/openapi.json")
    again = Client().get("/openapi.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-Correlation-Id"]
    assert "max-age=300" in first["Cache-Control"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_another_method_is_a_405_in_json(path):
    response = Client(enforce_csrf_checks=True).post(path)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("base", BASES)
def test_the_page_loads_only_files_of_ours(base):
    response = Client().get(f"{base}/docs")
    assert response.status_code == 200
    assert "//" not in response.content.decode()
    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', response.content.decode())
    assert len(loaded) == 4
    assert all(finders.find(name) for name in loaded)


def test_the_page_asks_for_the_description_beside_it():
    script = Path(finders.find("openapi/docs.js")).read_text()
    assert 'url: "openapi.json"' in script
    assert "://" not in script


def test_every_path_is_described_and_no_other(description):
    names = {"<int:pk>": "{id}", "<str:key>": "{key}"}
    paths = {"/" + re.sub("<.*>", lambda m: names[m[0]], str(entry.pattern)) for entry in urls.api}
    assert all(isinstance(entry, URLPattern) for entry in urls.api)
    assert description["paths"].keys() == paths


def test_every_operation_names_the_scope_that_opens_it(description):
    said = {
        (method, re.sub("{.*}", "{}", path)): operation["x-required-scope"]
        for method, path, operation in operations(description)
        if operation["security"]
    }
    assert said == {(method, re.sub("{.*}", "{}", path)): scope for method, path, scope, _ in ENDPOINTS}
    assert all(f"`{scope.value}`" in str(description["components"]["securitySchemes"]) for scope in Scope)


def test_every_answer_has_its_headers(description):
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


def test_every_example_is_what_its_schema_says(description):
    examples = list(documented_examples(description))
    assert len(examples) > 60
    # One target of the batch has no id, on purpose: its answer shows what becomes of that.
    assert [name for name, schema, value in examples if not accepts(description, schema)(value)] == ["batch"]


def test_every_example_of_a_parameter_is_what_its_schema_says(description):
    for parameter in description["components"]["parameters"].values():
        assert "example" not in parameter or accepts(description, parameter["schema"])(parameter["example"])


def test_the_schema_of_an_answer_bites(description):
    (answer,) = [value for name, _, value in documented_examples(description) if name == "upsert-answer"]
    created = description["paths"]["/inbound/targets"]["post"]["responses"]["201"]["content"]["application/json"]
    accepted = accepts(description, created["schema"])
    assert accepted(answer)
    assert not accepted(answer | {"more": 1})
    assert not accepted(answer | {"status": "Failed"})
    assert not accepted(answer | {"items": [answer["items"][0] | {"status": "Updated", "changes": []}]})
    assert not accepted(answer | {"items": [answer["items"][0] | {"index": 0}]})


@pytest.mark.parametrize("name", ["upsert", "update", "cancel", "rejected", "batch"])
def test_the_schema_of_a_body_says_the_same_as_the_template(description, api, delivery_stop, name):
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
def test_the_schema_of_a_body_is_that_of_the_templates(description, change, valid):
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
def test_the_schema_of_a_batch_has_one_list_under_either_name(description, body, valid):
    assert accepts(description, {"$ref": "#/components/schemas/BatchImport"})(body) is valid


def test_a_limited_token_is_not_counted_for_the_description(token):
    token.rate_limit = 1
    token.save()
    assert [Api(token).get("/openapi.json").status_code for _ in range(3)] == [200, 200, 200]


def test_the_version_is_the_services(description):
    assert description["info"]["version"] == settings.VERSION
