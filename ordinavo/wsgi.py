"""Django's WSGI handler, set up for a process that serves many requests. `ordinavo.http` runs it in threads."""

import os

from django.core.checks import Tags
from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS

from ordinavo import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
memory.return_freed_memory()
application = get_wsgi_application()
# Web servers do not run Django's system checks, but a view without a scope must not be served.
BaseCommand().check()
BaseCommand().check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
memory.collect_garbage_seldom()
