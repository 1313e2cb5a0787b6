"""Messages that say what became of items that staff replayed: success and failure apart."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from importjobs.replays import Replayed
from ordinavo.common.findings import cut
from targets.finding_texts import finding_text

MAX_NAMED_CAUSES = 3
"""Reasons of rejection that a message names."""
MAX_REASON_LENGTH = 200


def report(request: HttpRequest, replayed: Replayed) -> None:
    """Show a message for the replayed items by status, one for the rejected ones and one for the skipped ones.

    Shows no message for a number of 0, and a single one if nothing was replayed because no item was open.
    """
    if replayed.items:
        messages.success(request, _replayed_text(replayed))
    if replayed.rejected:
        messages.error(request, _rejected_text(replayed))
    if replayed.skipped:
        text = ngettext(
            "%d item was not replayed, because its target has been imported since.",
            "%d items were not replayed, because their targets have been imported since.",
            replayed.skipped,
        )
        messages.warning(request, text % replayed.skipped)
    if not (replayed.items or replayed.rejected or replayed.skipped):
        messages.info(request, nothing_to_replay())


def nothing_to_replay() -> str:
    """Return the message that no item can be replayed."""
    return _("Nothing to replay: these items were not rejected, or they have already been handled.")


def _replayed_text(replayed: Replayed) -> str:
    """Return the numbers of replayed items by status, with links to their jobs as HTML."""
    outcomes = Counter(item.get_status_display() for item in replayed.items)
    numbers = ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.items())
    text = format_html("{} {}.", _("Replayed:"), numbers)
    for job in replayed.jobs:
        url = reverse("admin:importjobs_importjob_change", args=[job.pk])
        name = _("Import job %(number)s") % {"number": job.pk}
        text = format_html('{} <a class="underline" href="{}">{}</a>', text, url, name)
    return text


def _rejected_text(replayed: Replayed) -> str:
    """Return how many items were rejected again, and the most frequent reasons."""
    count = len(replayed.rejected)
    text = ngettext("%d item was rejected again and stays open.", "%d items were rejected again and stay open.", count)
    reasons = Counter(finding_text(result.errors[0]) for _item, result in replayed.rejected).most_common(
        MAX_NAMED_CAUSES
    )
    named = " ".join(f"{number} × {cut(reason, MAX_REASON_LENGTH)}" for reason, number in reasons)
    return f"{text % count} {named}"
