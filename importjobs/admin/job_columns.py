"""The columns of the list of import jobs, and the read-only fields on the page of a job."""

from urllib.parse import urlencode

from django.contrib.admin.utils import label_for_field
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from importjobs.models import ImportItem, ImportJob
from ordinavo.common.admin.display import badge, status_badge
from ordinavo.common.local_days import moment_text
from targets.labels import choice_labels

COUNTERS = ["created_items", "updated_items", "cancelled_items", "skipped_items", "warning_items"]
"""Counters that the list shows in one column, where they are not 0. Rejected items have a column of their own."""


class JobColumns:
    """The values of a job as its list and its page show them. ImportJobAdmin inherits it."""

    @display(description=_("job"), ordering="id")
    def number(self, job: ImportJob) -> int:
        """Return the id of the job, which the API calls `importJobId`."""
        return job.pk

    @display(description=_("status"))
    def status_column(self, job: ImportJob) -> SafeString:
        """Return the job's translated status as a coloured badge in HTML."""
        return status_badge(job)

    @display(description=_("operation"))
    def operation_column(self, job: ImportJob) -> str:
        """Return the translated label of the job's operation. An unknown one is returned as it is stored."""
        return choice_labels("operation").get(job.operation, job.operation)

    @display(description=_("received at"), ordering="created_at")
    def received(self, job: ImportJob) -> str:
        """Return the date and time of the request, in the site's time zone and the user's format."""
        return moment_text(job.created_at)

    @display(description=_("rejected"))
    def rejected_column(self, job: ImportJob) -> str:
        """Return the number of rejected items as a badge in HTML that leads to them, or nothing if there are none."""
        if not job.rejected_items:
            return ""
        url = reverse("admin:importjobs_importitem_changelist")
        query = urlencode({"job__id__exact": job.pk, "status__exact": ImportItem.Status.REJECTED})
        return badge(number_format(job.rejected_items), "danger", f"{url}?{query}")

    @display(description=_("result"))
    def counts_column(self, job: ImportJob) -> str:
        """Return the counters that are not 0 with their names as HTML, such as "57 created 3 skipped"."""
        counts = ((getattr(job, name), label_for_field(name, ImportJob)) for name in COUNTERS)
        parts = ((number_format(count), name) for count, name in counts if count)
        return format_html(
            '<span class="counts-cell">{}</span>', format_html_join("", '<span class="unbroken">{} {}</span>', parts)
        )

    @display(description=_("not tried"))
    def untried(self, job: ImportJob) -> int:
        """Return how many items have not been processed, or never will be."""
        return job.untried_items

    @display(description=_("duration"))
    def duration(self, job: ImportJob) -> str:
        """Return the time from the request to the end of the job, such as "40 ms" or "1.5 s".

        Returns a dash if the job has not ended.
        """
        if job.finished_at is None:
            return "–"
        milliseconds = (job.finished_at - job.created_at).total_seconds() * 1000
        return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
