"""The paths of the service. The API answers at the root and below its versioned base URL."""

from django.contrib import admin
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from importjobs.api.views import ImportJobViewSet
from inbound.api.views import BatchImportViewSet, HealthView, TargetImportViewSet
from ordinavo.openapi import views as openapi
from targets.api.views import ChangesView, TargetTemplateViewSet, TargetViewSet
from templates.models import KEY_PATTERN


class KeyConverter(StringConverter):
    """The key of a template in a path. A path with anything else does not exist."""

    regex = KEY_PATTERN


register_converter(KeyConverter, "key")
api = [
    path("inbound/targets", TargetImportViewSet.as_view({"post": "create"})),
    path("inbound/targets/batch", BatchImportViewSet.as_view({"post": "create"})),
    path("import-jobs", ImportJobViewSet.as_view({"get": "list"})),
    path("import-jobs/<int:pk>", ImportJobViewSet.as_view({"get": "retrieve"})),
    path("targets", TargetViewSet.as_view({"get": "list"})),
    path("targets/<int:pk>", TargetViewSet.as_view({"get": "retrieve"})),
    path("changes", ChangesView.as_view()),
    path("templates", TargetTemplateViewSet.as_view({"get": "list"})),
    path("templates/<key:key>", TargetTemplateViewSet.as_view({"get": "retrieve"})),
    path("integration/health", HealthView.as_view()),
    path("openapi.json", openapi.document),
    path("docs", openapi.page),
]
urlpatterns = [
    path("", include(api)),  # first, because nearly all requests are for the API
    path("api/connect/v1/", include(api)),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
