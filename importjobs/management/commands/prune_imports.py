"""The command `manage.py prune_imports`."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from importjobs import retention

MAX_DAYS = 36_500


class Command(BaseCommand):
    """Delete old import jobs."""

    help = "Delete import jobs older than a number of days, with their items and payloads. Targets are never deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --older-than (days, required), the flag --unhandled-too, and --pause (seconds, 0 unless given)."""
        parser.add_argument(
            "--older-than", type=int, required=True, metavar="DAYS", help="age in days from which jobs are deleted"
        )
        parser.add_argument(
            "--unhandled-too", action="store_true", help="also delete jobs with rejected items that nobody has handled"
        )
        parser.add_argument(
            "--pause",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="pause after each step (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete the ended jobs received over `--older-than` days ago, and print how many jobs and items that were.

        Pending and Processing jobs stay. So does a job with a rejected item that nobody has replayed or dismissed,
        unless `--unhandled-too` is given. Sleeps `--pause` seconds after each step. Raises CommandError, and deletes
        nothing, if days or pause are out of range. Raises OperationalError if staff keep replaying items that are being
        deleted. No other exception is caught. The steps before an exception stay deleted, and nothing is printed.
        """
        if not 1 <= options["older_than"] <= MAX_DAYS or options["pause"] < 0:
            raise CommandError(f"--older-than must be 1 to {MAX_DAYS:,} days, --pause 0 seconds or more.")
        before = timezone.now() - timedelta(days=options["older_than"])
        jobs = items = 0
        for step in retention.prune(before=before, unhandled_too=options["unhandled_too"]):
            jobs, items = jobs + step.jobs, items + step.items
            time.sleep(options["pause"])
        self.stdout.write(f"{jobs} jobs with {items} items deleted.")
