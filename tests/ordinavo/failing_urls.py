"""The service's paths, and one of a page that fails."""

from django.urls import path

from ordinavo import urls
from ordinavo.urls import handler400 as handler400
from ordinavo.urls import handler403 as handler403
from ordinavo.urls import handler404 as handler404
from ordinavo.urls import handler500 as handler500


def fail(request):
    raise RuntimeError


urlpatterns = [path("admin/fails/", fail), path("fails", fail), *urls.urlpatterns]
