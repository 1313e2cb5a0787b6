"""Django's WSGI handler, set up for a process that serves many requests. `ordinavo.http` runs it in threads."""

import ctypes
import gc
import os
from contextlib import suppress

from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")

# Return the memory of a large batch to the operating system. The numbers are those of glibc's mallopt(3).
with suppress(AttributeError):  # another C library has no mallopt
    _mallopt = ctypes.CDLL(None).mallopt
    _mallopt(-8, 2)  # M_ARENA_MAX
    _mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD, in bytes

application = get_wsgi_application()
# Web servers do not run Django's system checks, but a view without a scope must not be served.
BaseCommand().check()
gc.freeze()  # what is loaded now is never garbage
gc.set_threshold(50_000)  # a batch makes hardly any garbage: searching for it took a tenth of its time
