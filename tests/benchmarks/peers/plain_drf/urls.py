"""URLs of the plain peer."""

from django.urls import path

from tests.benchmarks.peers.plain_drf.views import BatchImport, TargetImport

urlpatterns = [
    path("inbound/targets", TargetImport.as_view()),
    path("inbound/targets/batch", BatchImport.as_view()),
]
