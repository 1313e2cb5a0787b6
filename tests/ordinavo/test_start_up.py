"""The server refuses to start with a mistake that the system checks find."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SCRIPT = """
from django.conf import settings
settings.ROOT_URLCONF = {urls!r}
import ordinavo.wsgi
"""


@pytest.mark.parametrize(
    ("urls", "fault"),
    [("tests.inbound.test_permissions", "ViewWithoutScope declares no required_scope"), ("ordinavo.urls", "")],
)
def test_a_server_with_a_view_without_a_scope_does_not_start(urls, fault):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(urls=urls)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == bool(fault)
    assert fault in done.stderr
