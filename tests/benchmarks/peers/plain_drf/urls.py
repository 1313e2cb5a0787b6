from django.urls import path

from .views import BatchImport, TargetImport

urlpatterns = [
    path("inbound/targets", TargetImport.as_view()),
    path("inbound/targets/batch", BatchImport.as_view()),
]
