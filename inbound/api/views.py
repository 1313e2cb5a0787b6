from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from importjobs import runner
from importjobs.api.serializers import envelope
from importjobs.models import ImportItem, ImportJob
from importjobs.runner import Batch
from inbound import admission, batch_body, idempotency
from inbound.api import parameters
from inbound.errors import MissingSourceSystem, SourceSystemNotAllowed
from inbound.tokens import Credential
from ordinavo.common.json_codec import dumps
from ordinavo.common.scopes import Scope
from ordinavo.common.sql import Statement
from targets.models import SourceSystem

_STATUS = {
    ImportItem.Status.CREATED: status.HTTP_201_CREATED,
    ImportItem.Status.UPDATED: status.HTTP_200_OK,
    ImportItem.Status.CANCELLED: status.HTTP_200_OK,
    ImportItem.Status.SKIPPED: status.HTTP_200_OK,
    "external_id_exists": status.HTTP_409_CONFLICT,
    "version_conflict": status.HTTP_409_CONFLICT,
    "external_id_unknown": status.HTTP_404_NOT_FOUND,
}
_BATCH_STATUS: dict[str, int] = {
    ImportJob.Status.COMPLETED: status.HTTP_200_OK,
    ImportJob.Status.PARTIALLY_FAILED: status.HTTP_207_MULTI_STATUS,
    ImportJob.Status.FAILED: status.HTTP_422_UNPROCESSABLE_ENTITY,
}


# A token that was revoked, or has made too many requests, has no larger body read before it is refused.
_SMALL_BYTES = 16 * 1024


class TargetImportViewSet(ViewSet):
    """POST /inbound/targets: one target in, one import job out."""

    required_scope = Scope.TARGETS_WRITE

    def query_with_token(self, request: Request) -> Statement | None:
        """What is stored of the target, as the look-up of the token can bring it along: see TokenAuthentication."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > _SMALL_BYTES:
            return None
        try:
            document = _body(request)
        except APIException:  # said when the token has turned out to be good
            return None
        key = _sender_key(document)
        return runner.stored_target_query(document, source_system_key=key) if isinstance(key, str) else None

    def create(self, request: Request) -> HttpResponse:
        document = _body(request)
        return _import(request, document)


class BatchImportViewSet(ViewSet):
    """POST /inbound/targets/batch: many targets in, one import job out."""

    required_scope = Scope.BATCH_WRITE
    max_body_bytes = settings.MAX_BATCH_BODY_BYTES

    def create(self, request: Request) -> HttpResponse:
        with admission.slot():
            body = _body(request)
            batch, documents = batch_body.parse(body)
            with admission.connection_slot():
                return _import(request, body, documents, batch)


class HealthView(APIView):
    """GET /integration/health: the service is up, and this is what the token may do."""

    required_scope = Scope.HEALTH_READ

    def get(self, request: Request) -> Response:
        parameters.refuse_unknown(request)
        credential = cast(Credential, request.auth)
        token = {
            "name": credential.name,
            "scopes": sorted(credential.scopes),
            "sourceSystems": [system.key for system in credential.source_systems],
            "expiresAt": credential.expires_at,
        }
        answer = {"status": "ok", "serverTime": timezone.now(), "version": settings.VERSION}
        return Response(answer | {"token": token})


def _body(request: Request) -> dict[str, Any]:
    """Raises the same whenever it is asked: DRF takes a body that it could not read for an empty one from then on."""
    if unreadable := getattr(request, "unreadable", None):
        raise unreadable
    try:
        if request.stream is None:
            raise ParseError("The body is empty; send one JSON object.")
        return cast(dict[str, Any], request.data)
    except APIException as error:
        request.unreadable = error  # type: ignore[attr-defined]
        raise


def _import(
    request: Request, body: dict[str, Any], documents: Sequence[Any] = (), batch: Batch | None = None
) -> HttpResponse:
    """Import the body as one document, or the documents of a batch."""
    rehearsed = parameters.validate_only(request)
    credential = cast(Credential, request.auth)
    source_system = _sender(credential, body)
    if rehearsed:
        idempotency.key_of(request)
        if batch is None:
            return _answer(*runner.rehearse_one(document=body, source_system=source_system))
        return _answer(*runner.rehearse_batch(documents=documents, batch=batch, source_system=source_system))

    def act(is_retry: bool) -> HttpResponse:
        origin = {
            "source_system": source_system,
            "submitted_by": credential.name,
            "correlation_id": request.META["HTTP_X_CORRELATION_ID"],
        }
        if batch is None:
            prefetched = None if is_retry else credential.rows
            return _answer(*runner.import_one(document=body, prefetched=prefetched, **origin))
        return _answer(*runner.import_batch(documents=documents, batch=batch, **origin))

    return idempotency.once(request, token_id=credential.token_id, body=request.body_sent, act=act)  # type: ignore[attr-defined]


def _answer(job: ImportJob, items: list[ImportItem]) -> HttpResponse:
    if job.batch_id is not None:
        code = _BATCH_STATUS[job.status]
    else:
        outcome = items[0].error_code or items[0].status
        code = _STATUS.get(outcome, status.HTTP_422_UNPROCESSABLE_ENTITY)
    return HttpResponse(dumps(envelope(job, items)), status=code, content_type="application/json")


def _sender(credential: Credential, document: Mapping[str, Any]) -> SourceSystem:
    """The source system that the document is from. Which others there are is not given away."""
    key = _sender_key(document)
    systems = credential.source_systems
    if key is None:
        if len(systems) != 1:
            raise MissingSourceSystem
        key = systems[0].key
    for system in systems:
        if system.key == key and system.active:
            return system
    raise SourceSystemNotAllowed


def _sender_key(document: Mapping[str, Any]) -> Any:
    """As it was sent; None where it was not."""
    key = document.get("sourceSystem")
    return (key.strip() or None) if isinstance(key, str) else key
