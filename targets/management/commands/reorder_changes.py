"""The command `manage.py reorder_changes`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from targets.reordering import reorder_changes


class Command(BaseCommand):
    """Put the changes of a restored database into order."""

    help = (
        "Put the changes of a restored database into order, so that GET /changes can answer again. Run it after a "
        "dump was restored into another server. It can be interrupted and repeated, and imports can go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flag --all."""
        parser.add_argument(
            "--all",
            action="store_true",
            help="mark every target as changed, so that every copy reads all of them again, as after the disk of the "
            "server was set back to a snapshot",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Mark the targets of another database as changed, or every target with --all. Print how many.

        Raises OperationalError if the database fails. The steps before it stay done, and nothing is printed.
        """
        marked = sum(reorder_changes(every_target=options["all"]))
        self.stdout.write(f"{marked} targets marked as changed.")
