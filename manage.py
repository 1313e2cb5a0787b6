#!/usr/bin/env python
"""Run Django's management commands: `python manage.py help` lists them."""

import os
import signal
import sys

if sys.argv[1:2] == ["demo"]:
    # Ctrl-C ends the demo also while Django is imported. Python's own handler could be ignored there, or print a
    # traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from django.core.management import execute_from_command_line  # noqa: E402  the signal comes first

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
    execute_from_command_line(sys.argv)
