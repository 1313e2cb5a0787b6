"""The README describes each environment variable that the service reads, with its default.

A process of its own records what the service reads, because settings are read only once.
"""

import json
import os
import re
import subprocess
import sys
from itertools import zip_longest

import pytest
from django.conf import settings

README = (settings.BASE_DIR / "README.md").read_text()
ROWS = re.findall(r"^\| `([A-Z_`, ]+)` \| (.*?) \|", README, re.MULTILINE)
DEFAULTS = dict(pair for names, values in ROWS for pair in zip_longest(names.split("`, `"), values.split(", ")))
FOR_DEVELOPERS = {"DJANGO_SETTINGS_MODULE", "RELOAD"}
RECORD = """
import json, os, sys
import environ

class Recorder(dict):
    defaults = {}

    def note(self, name, default=None):
        if "environ" in (path := sys._getframe(2).f_code.co_filename) or "/ordinavo/" in path:
            self.defaults[name] = self.defaults.get(name) or default

    def get(self, name, default=None):
        self.note(name, default)
        return super().get(name, default)

    def __getitem__(self, name):
        self.note(name)
        return super().__getitem__(name)

environ.Env.ENVIRON = os.environ = Recorder(os.environ)
environ.Env.read_env = lambda *_path: None  # the defaults, not what this checkout has set
from ordinavo import server, worker  # in the order in which they are read
from ordinavo import settings
numbers = {name: value for name, value in vars(settings).items() if isinstance(value, (int, float))}
print(json.dumps(Recorder.defaults | {name: numbers[name] for name in Recorder.defaults.keys() & numbers.keys()}))
"""


@pytest.fixture(scope="module")
def service():
    """Return the variables that the server, a worker and the settings read, with the defaults that are known."""
    required = {"SECRET_KEY": "s" * 50, "TOKEN_SIGNING_KEY": "t" * 50, "DATABASE_URL": "postgres://u@localhost/d"}
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | required
    done = subprocess.run(
        [sys.executable, "-c", RECORD], cwd=settings.BASE_DIR, env=environment, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_the_readme_describes_the_variables_that_are_read_and_no_others(service):
    assert service.keys() - FOR_DEVELOPERS == DEFAULTS.keys() - {None}


def test_the_readme_has_the_default_of_each_number(service):
    shown = {name: float(text) for name, text in DEFAULTS.items() if re.fullmatch(r"\d+(\.\d+)?", text or "")}
    known = {name: float(service[name]) for name in shown if service[name] is not None}
    assert len(known) > 25
    assert {name: shown[name] for name in known} == known
