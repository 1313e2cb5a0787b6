"""The paths of the service. The API answers at the root and below its versioned base URL."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_POST
from django.views.generic import RedirectView
from django.views.i18n import set_language

from importjobs.api.views import ImportItemViewSet, ImportJobViewSet
from inbound.api.views import BatchImportViewSet, HealthView, TargetImportViewSet
from ordinavo.admin import login
from ordinavo.admin.palette import search_view
from ordinavo.api.conditional import with_etag
from ordinavo.api.metrics import MetricsView
from ordinavo.openapi import views as openapi
from targets.api.views import ChangesView, TargetTemplateViewSet, TargetViewSet
from templates.models import KEY_PATTERN

_READ = ["get", "head"]
"""The methods of a path that is read. Without OPTIONS, which the header Allow would name although it is refused."""


class KeyConverter(StringConverter):
    """The key of a template in a path. A path with anything else does not exist."""

    regex = KEY_PATTERN


def _post(viewset: Any) -> Callable[..., Any]:
    """Return the view of a path that accepts POST."""
    view: Callable[..., Any] = viewset.as_view({"post": "create"}, http_method_names=["post"])
    return view


def _list(viewset: Any) -> Callable[..., Any]:
    """Return the view of a list."""
    view: Callable[..., Any] = viewset.as_view({"get": "list"}, http_method_names=_READ)
    return view


def _one(viewset: Any, **actions: str) -> Callable[..., Any]:
    """Return the view of a single object, which answers conditional requests. `actions` are further methods."""
    return with_etag(viewset.as_view({"get": "retrieve"} | actions, http_method_names=[*_READ, *actions]))


register_converter(KeyConverter, "key")
handler400 = "ordinavo.error_pages.bad_request"
handler403 = "ordinavo.error_pages.permission_denied"
handler404 = "ordinavo.error_pages.page_not_found"
handler500 = "ordinavo.error_pages.server_error"
handler429 = "ordinavo.admin.login_attempts.locked_out_page"  # for allauth
api = [
    path("inbound/targets", _post(TargetImportViewSet)),
    path("inbound/targets/batch", _post(BatchImportViewSet)),
    path("import-jobs", _list(ImportJobViewSet)),
    path("import-jobs/<int:pk>", _one(ImportJobViewSet, delete="destroy")),
    path("import-jobs/<int:pk>/items", _list(ImportItemViewSet)),
    path("targets", _list(TargetViewSet)),
    path("targets/<int:pk>", _one(TargetViewSet)),
    path("changes", ChangesView.as_view(http_method_names=_READ)),
    path("templates", _list(TargetTemplateViewSet)),
    path("templates/<key:key>", _one(TargetTemplateViewSet)),
    path("integration/health", HealthView.as_view(http_method_names=_READ)),
    path("openapi.json", openapi.document),
    path("openapi-3.0.json", openapi.document_3_0),
    path("docs", openapi.page),
]
urlpatterns = [
    path("", include(api)),  # first, because nearly all requests are for the API
    path("api/connect/v1/", include(api)),
    # For operators. It is not in the OpenAPI document. /healthz and /readyz are answered by a middleware.
    path("metrics", MetricsView.as_view(http_method_names=_READ)),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("", include(login)),  # before the admin's own pages of these names
    path("admin/language/", require_POST(set_language), name="set_language"),
    path("admin/search/", admin.site.admin_view(search_view)),
    path("admin/", admin.site.urls),
]
