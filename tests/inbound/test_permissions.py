"""Scopes: one table of what each scope gives access to, and that nothing else does."""

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import path
from rest_framework.views import APIView

from ordinavo.common.scopes import Scope
from tests.api import Api
from tests.factories import ApiTokenFactory, TargetFactory, TargetTemplateFactory

ENDPOINTS = [
    ("POST", "/inbound/targets", Scope.TARGETS_WRITE, 201),
    ("POST", "/inbound/targets/batch", Scope.BATCH_WRITE, 200),
    ("GET", "/templates", Scope.TEMPLATES_READ, 200),
    ("GET", "/templates/{template}", Scope.TEMPLATES_READ, 200),
    ("GET", "/import-jobs", Scope.IMPORT_JOBS_READ, 200),
    ("GET", "/import-jobs/{job}", Scope.IMPORT_JOBS_READ, 200),
    ("GET", "/import-jobs/{job}/items", Scope.IMPORT_JOBS_READ, 200),
    ("GET", "/targets", Scope.TARGETS_READ, 200),
    ("GET", "/targets/{target}", Scope.TARGETS_READ, 200),
    ("GET", "/changes", Scope.TARGETS_READ, 200),
    ("GET", "/integration/health", Scope.HEALTH_READ, 200),
]


@pytest.fixture
def paths(api, erp):
    job = api.post({"externalId": "JOB-1", "title": "Delivery"}).json()["importJobId"]
    target = TargetFactory(source_system=erp)
    return {"job": job, "target": target.pk, "template": TargetTemplateFactory().key}


def call(api, method, path):
    sent = {"externalId": "NEW-1", "title": "Delivery"}
    return api.get(path) if method == "GET" else api.post({"targets": [sent]} if "batch" in path else sent, path)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize(("method", "path", "required", "status"), ENDPOINTS)
def test_a_scope_gives_access_to_its_endpoints_and_no_others(erp, paths, scope, method, path, required, status):
    api = Api(ApiTokenFactory(scopes=[scope], source_systems=[erp]))
    response = call(api, method, path.format(**paths))
    if scope == required:
        assert response.status_code == status
    else:
        assert response.status_code == 403
        assert response["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
        assert response.json()["error"]["code"] == "missing_scope"
        assert response.json()["error"]["requiredScope"] == required


@pytest.mark.parametrize(("method", "path", "required", "status"), ENDPOINTS)
def test_no_endpoint_is_accessible_without_a_token(paths, method, path, required, status):
    assert call(Api(), method, path.format(**paths)).status_code == 401


def test_a_refused_token_is_reported_before_a_malformed_body(erp):
    api = Api(ApiTokenFactory(scopes=[Scope.BATCH_WRITE], source_systems=[erp]))
    assert [sender.post(b'{"title": ').status_code for sender in (Api(), api)] == [401, 403]


class ViewWithoutScope(APIView):
    pass


urlpatterns = [path("open", ViewWithoutScope.as_view())]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_declares_no_scope_is_an_error_at_start_up():
    assert [error.id for error in run_checks(tags=["security"]) if not error.is_silenced()] == ["inbound.E001"]
