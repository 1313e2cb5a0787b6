"""List targets whose external ids no import can name, because imports normalise ids."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from targets.identity import UnreadableId, unreadable_ids


class Command(BaseCommand):
    """Print a line for each target whose external id no import can name. Exit with 1 if there are any, else with 0."""

    help = (
        "List the targets whose external ids differ from those of an import only by their form or by invisible "
        "characters, so that no import finds them. Exit code 1 if there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the source system, external id, target, status and reason of each target, separated by tabs."""
        count = 0
        for unreadable in unreadable_ids():
            self.stdout.write(_line(unreadable))
            count += 1
        self.stdout.write(f"{count} targets have external ids that no import can name.")
        if count:
            sys.exit(1)


def _line(unreadable: UnreadableId) -> str:
    r"""Return the line of a target. Its external id is in ASCII, with escapes such as \u200b."""
    target, other = unreadable
    escaped = target.external_id.encode("unicode_escape").decode()
    columns = [target.source_system.key, escaped, f"target {target.pk}", target.status, unreadable.reason]
    return "\t".join([*columns, *([f"target {other.pk} is {other.status}"] if other else [])])
