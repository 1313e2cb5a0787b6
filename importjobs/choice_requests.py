"""Dispatchers ask for a choice of a custom field; who may change templates accepts the request or declines it."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from importjobs.models import ChoiceRequest
from templates.choices import ChoiceRefused, add_choice, problem_with

Status = ChoiceRequest.Status

SHOWN_DAYS = 14
"""How long a decision is shown to the user who asked."""


class AlreadyDecided(Exception):
    """A colleague has accepted or declined the request."""


def waiting() -> QuerySet[ChoiceRequest]:
    """Return the query of the requests that nobody has decided, the oldest first. It is not run here."""
    return ChoiceRequest.objects.filter(status=Status.WAITING).select_related("field__template")


def decided_for(username: str) -> QuerySet[ChoiceRequest]:
    """Return the query of a user's requests that were decided in the last SHOWN_DAYS days, the newest first."""
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    own = ChoiceRequest.objects.filter(requested_by=username, decided_at__gte=since)
    return own.select_related("field__template").order_by("-decided_at")


def ask(*, field_id: int, choice: str, by: str) -> bool:
    """Store the request for a choice. Return False if somebody has asked for it already and it still waits.

    Raises ChoiceRefused if the text cannot be a choice.
    """
    if problem := problem_with(choice):
        raise ChoiceRefused(problem)
    request = ChoiceRequest(field_id=field_id, choice=choice, requested_by=by, requested_at=timezone.now())
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        if waiting().filter(field=field_id, choice=choice).exists():
            return False
        raise
    return True


def accept(*, request_id: int, by: str) -> ChoiceRequest:
    """Add the choice of a request to its field, and return the request.

    Raises AlreadyDecided if the request was decided or deleted, and ChoiceRefused if the field cannot have the choice
    any more; then nothing is changed.
    """
    with transaction.atomic():
        request = _lock(request_id)
        add_choice(field_id=request.field_id, choice=request.choice)
        _decide(request, Status.ACCEPTED, by)
    return request


def decline(*, request_id: int, reason: str, by: str) -> None:
    """Store that a request was declined, and the reason, which the user who asked is shown.

    Raises AlreadyDecided if the request was decided or deleted.
    """
    with transaction.atomic():
        _decide(_lock(request_id), Status.DECLINED, by, reason)


def close_fulfilled(*, field_id: int, choice: str, by: str) -> None:
    """Store that a request for a choice was accepted, because somebody has added the choice without looking at it."""
    with transaction.atomic():
        for request in waiting().select_for_update(of=("self",)).filter(field=field_id, choice=choice):
            _decide(request, Status.ACCEPTED, by)


def _lock(request_id: int) -> ChoiceRequest:
    """Return a waiting request, locked until the transaction ends. Raises AlreadyDecided if it does not wait."""
    request = waiting().select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None:
        raise AlreadyDecided
    return request


def _decide(request: ChoiceRequest, status: str, by: str, reason: str = "") -> None:
    """Store the decision about a locked request."""
    request.status, request.decided_by, request.decided_at, request.reason = status, by, timezone.now(), reason
    request.save(update_fields=["status", "decided_by", "decided_at", "reason"])
