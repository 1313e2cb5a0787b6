"""Create the demo data."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.utils import timezone

from importjobs import runner
from importjobs.models import ImportJob
from ordinavo import demo_data
from ordinavo.common import json_codec
from targets.models import SourceSystem, Target
from templates.models import CustomField, TargetTemplate

USERNAME = "demo"


class Command(BaseCommand):
    """Create the demo data. A second run adds only what is missing and overwrites nothing."""

    help = "Create demo data: a source system, a template, targets in the Ruhr area and a staff account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flag --new-password: give the staff account a new, generated password."""
        parser.add_argument("--new-password", action="store_true", help="give the staff account a new password")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the demo data that is missing. Rows that exist stay as they are, but see --new-password.

        Prints the number of new targets and, if the staff account is new or --new-password is set, its new password.
        Exceptions are not caught; what was created before one stays.
        """
        source_system = _source_system()
        imported = _import_targets(source_system)
        self.stdout.write(f"Created {imported} demo targets.")
        user, created = User.objects.get_or_create(username=USERNAME, defaults={"is_staff": True, "is_superuser": True})
        if created or options["new_password"]:
            password = secrets.token_urlsafe(12)
            user.set_password(password)
            user.save()
            self.stdout.write(f"Staff account: {USERNAME}, password: {password} (shown only once)")


def _source_system() -> SourceSystem:
    """Return the demo's source system. Create it, the template and its custom fields where they are missing."""
    template, _ = TargetTemplate.objects.get_or_create(key=demo_data.TEMPLATE["key"], defaults=demo_data.TEMPLATE)
    for position, field in enumerate(demo_data.CUSTOM_FIELDS):
        CustomField.objects.get_or_create(template=template, key=field["key"], defaults=field | {"position": position})
    system, _ = SourceSystem.objects.get_or_create(key=demo_data.SOURCE_SYSTEM["key"], defaults=demo_data.SOURCE_SYSTEM)
    return system


def _import_targets(source_system: SourceSystem) -> int:
    """Import the demo targets that do not exist yet, and return how many were created: 0 if all exist.

    Existing ones are left out because staff may have corrected them. If the source system has no target at all, the
    faulty documents are imported as well, which are rejected.
    """
    known = set(Target.objects.filter(source_system=source_system).values_list("external_id", flat=True))
    documents = demo_data.documents(timezone.localdate())
    new = [document for document in documents if document["externalId"] not in known]
    if not new:
        return 0
    created = _run(new, source_system).created_items
    if not known:
        _run(demo_data.faulty_documents(timezone.localdate()), source_system)
    return created


def _run(documents: list[dict[str, Any]], source_system: SourceSystem) -> ImportJob:
    """Import the documents as one batch, and return the import job that was recorded, with its counters.

    The job has "seed_demo" as its batch id, correlation id and submitter. A faulty document is recorded as a rejected
    item. The JSON codec turns the documents' numbers into what the API would read. Raises OperationalError if the
    database cannot be reached, or other transactions keep changing a target.
    """
    record = runner.import_batch(
        documents=json_codec.loads(json_codec.dumps(documents)),
        batch=runner.Batch(batch_id="seed_demo"),
        source_system=source_system,
        submitted_by="seed_demo",
        correlation_id="seed_demo",
    )
    return record.job
