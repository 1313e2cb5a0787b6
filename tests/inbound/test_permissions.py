"""What comes before what in a request, and that each view declares its scope. tests/access has the table of scopes."""

from django.core.checks import run_checks
from django.test import override_settings
from django.urls import path
from rest_framework.views import APIView

from ordinavo.common.scopes import Scope
from tests.api import Api
from tests.factories import ApiTokenFactory


def test_a_refused_token_is_reported_before_a_malformed_body(erp):
    api = Api(ApiTokenFactory(scopes=[Scope.BATCH_WRITE], source_systems=[erp]))
    assert [sender.post(b'{"title": ').status_code for sender in (Api(), api)] == [401, 403]


class ViewWithoutScope(APIView):
    pass


urlpatterns = [path("open", ViewWithoutScope.as_view())]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_declares_no_scope_is_an_error_at_start_up():
    assert [error.id for error in run_checks(tags=["security"]) if not error.is_silenced()] == ["inbound.E001"]
