"""What the search of Ctrl+K finds: targets, source systems, import jobs, and import items of an external id."""

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import urlencode

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from importjobs.models import ImportItem, ImportJob
from ordinavo.common import identifiers
from ordinavo.common.local_days import moment_text
from targets.models import SourceSystem, Target
from targets.search import search

SHOWN = 10
"""The largest number of results of a kind. A further one leads to the list of all of them."""
MAX_JOB_ID = 2**63 - 1


def search_view(request: HttpRequest) -> HttpResponse:
    """Answer a search in the palette as Unfold does, but always with what is stored now, and on one page.

    Unfold would return for five minutes what it found before.
    """
    parameters = request.GET.copy()
    parameters.pop("page", None)
    request.GET = parameters  # type: ignore[assignment]
    key = f"{request.user.pk}_{parameters.get('s', '').lower()}"
    cache.delete(f"unfold_search_{sha256(force_bytes(key)).hexdigest()}")
    answer: HttpResponse = admin.site.search(request)  # type: ignore[attr-defined]
    return answer


def find(request: HttpRequest, _term: str) -> list[SearchResult]:
    """Return what a user searches for in the palette, of what the user may view.

    The words are those of the request, because Unfold passes them in lower case, in which no id is found.
    """
    text = request.GET.get("s", "").replace("\0", "").strip()
    finders = {
        "targets.view_target": _targets,
        "targets.view_sourcesystem": _source_systems,
        "importjobs.view_importjob": _jobs,
        "importjobs.view_importitem": _items,
    }
    if not text:
        return []
    found = (finder(text) for permission, finder in finders.items() if request.user.has_perm(permission))
    return [result for results in found for result in results]


def _targets(text: str) -> Iterator[SearchResult]:
    """Yield the first targets that the search of their list finds, and a link to the list if there are more."""
    found = list(search(Target.objects.all(), text).order_by("-pk")[: SHOWN + 1]) if _has_word(text) else []
    for target in found[:SHOWN]:
        day = date_format(target.route_date, "SHORT_DATE_FORMAT") if target.route_date else ""
        details = ", ".join(filter(None, [_("Target"), target.customer_name, target.city, day]))
        yield SearchResult(
            str(target), details, reverse("admin:targets_target_change", args=[target.pk]), "location_on"
        )
    if len(found) > SHOWN:
        link = f"{reverse('admin:targets_target_changelist')}?{_query(text)}"
        yield SearchResult(_("All targets with “%(text)s”") % {"text": text}, _("List"), link, "search")


def _has_word(text: str) -> bool:
    """Return whether a text has a letter or a digit: the list of targets shows all of them for any other text."""
    return any(character.isalnum() for character in text)


def _query(text: str) -> str:
    """Return the query string of a list that is searched for a text."""
    return urlencode({"q": text})


def _source_systems(text: str) -> Iterator[SearchResult]:
    """Yield the source systems whose name or key has the text in it."""
    for system in SourceSystem.objects.filter(Q(name__icontains=text) | Q(key__icontains=text))[:SHOWN]:
        link = reverse("admin:targets_sourcesystem_change", args=[system.pk])
        yield SearchResult(system.name, f"{_('Source system')}, {system.key}", link, "dns")


def _jobs(text: str) -> Iterator[SearchResult]:
    """Yield the import job with this id, and the newest ones with this batch id or correlation id."""
    jobs = ImportJob.objects.select_related("source_system").order_by("-pk")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_JOB_ID))
    number = int(text) if is_number and int(text) <= MAX_JOB_ID else None
    found = list(jobs.filter(pk=number)) if number is not None else []
    found += [*jobs.filter(batch_id=text)[:SHOWN], *jobs.filter(correlation_id=text)[:SHOWN]]
    for job in {job.pk: job for job in found}.values():
        received = moment_text(job.created_at)
        details = f"{job.source_system}, {received}, {job.get_status_display()}"
        link = reverse("admin:importjobs_importjob_change", args=[job.pk])
        yield SearchResult(_("Import job %(number)d") % {"number": job.pk}, details, link, "move_to_inbox")


def _items(text: str) -> Iterator[SearchResult]:
    """Yield a link to the import items with exactly this external id, if there are any."""
    external_id = identifiers.normalise(text)
    if external_id and ImportItem.objects.filter(external_id=external_id).exists():
        link = f"{reverse('admin:importjobs_importitem_changelist')}?{_query(external_id)}"
        yield SearchResult(_("Import items of %(id)s") % {"id": external_id}, _("Import items"), link, "list")
