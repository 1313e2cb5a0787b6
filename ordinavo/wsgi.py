import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")

application = get_wsgi_application()
# A web server runs no checks of its own, and the one for scopes must not be skipped.
call_command("check")
