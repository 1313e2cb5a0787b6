"""Fixtures of a watched folder."""

import signal

import pytest

from importjobs.files.unattended import Way
from importjobs.models import FileImport


@pytest.fixture
def path(tmp_path, erp):
    """Return the path of an empty folder."""
    folder = tmp_path / "in"
    folder.mkdir()
    yield folder
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def way(erp):
    """Return how files are imported by the functions behind the command."""
    return Way(source_system=erp, origin=FileImport.Origin.FOLDER, created_by="watch_folder")
