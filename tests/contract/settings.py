"""The tests' settings, on the database that the contract test has made."""

import os

from ordinavo import logs
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["CONTRACT_DATABASE"]
LOGGING = logs.configuration(level="ERROR", as_json=False)
