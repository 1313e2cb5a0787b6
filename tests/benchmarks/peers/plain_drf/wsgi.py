"""The WSGI application of the plain peer."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.peers.plain_drf.settings"
application = get_wsgi_application()
