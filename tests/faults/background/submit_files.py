"""Import files as the upload page does. Usage: python -m tests.faults.background.submit_files SYSTEM FILE..."""

import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "ordinavo.settings"

import django

django.setup()

from importjobs.files import imports  # noqa: E402  after Django is set up
from importjobs.models import FileImport  # noqa: E402
from targets.models import SourceSystem  # noqa: E402


def submit(system: str, path: Path) -> None:
    """Store a file and let a worker import it."""
    with path.open("rb") as content:
        stored = imports.store_file(iter(lambda: content.read(1024 * 1024), b""), name=path.name)
    file_import = imports.create(
        origin=FileImport.Origin.UPLOAD,
        source_system=SourceSystem.objects.get(key=system),
        file=stored,
        operation="upsert",
        template_key="",
        created_by="harness",
    )
    imports.start_import(file_import)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        submit(sys.argv[1], Path(name))
