"""The measurement of the admin's pages, with few rows."""

import os
import subprocess
import sys

import pytest

from tests.servers import CHECKOUT, database_url, fresh_database


@pytest.mark.slow
def test_a_database_is_filled_and_its_pages_are_measured(db):
    with fresh_database() as name:
        command = [sys.executable, "-m", "tests.size", "10000"]
        env = os.environ | {"DATABASE_URL": database_url(name)}
        measured = subprocess.run(command, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert measured.splitlines()[-1].endswith("/admin/importjobs/importitem/?warning=same_moment")
