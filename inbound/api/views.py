"""The import endpoints and the health endpoint."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from importjobs import runner
from importjobs.api.serializers import envelope
from importjobs.background import documents as stored_documents
from importjobs.background import submission
from importjobs.models import ImportItem, ImportJob, JobRecord, Rehearsal
from inbound import admission, batch_body, idempotency, source_systems
from inbound.api import parameters
from inbound.api.authentication import SingleImportAuthentication
from inbound.api.request_body import read_document
from inbound.credentials import Credential
from ordinavo.common import gzip_body
from ordinavo.common.codes import Code, Kind
from ordinavo.common.errors import ApiError
from ordinavo.common.json_codec import dumps, loads
from ordinavo.common.request_context import context_of
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem

_SINGLE_STATUS = {code.value: code.http for code in Code.of_kind(Kind.ITEM)} | {
    ImportItem.Status.CREATED: 201,
    ImportItem.Status.UPDATED: 200,
    ImportItem.Status.CANCELLED: 200,
    ImportItem.Status.SKIPPED: 200,
}
_BATCH_STATUS: dict[str, int] = {
    ImportJob.Status.COMPLETED: 200,
    ImportJob.Status.PARTIALLY_FAILED: 200,
    ImportJob.Status.FAILED: 422,
}


class TargetImportViewSet(ViewSet):
    """POST /inbound/targets: import one target."""

    authentication_classes = [SingleImportAuthentication]
    required_scope = Scope.TARGETS_WRITE

    def create(self, request: Request) -> HttpResponse:
        """Import one target and answer its import job: 201 or 200, or the status of the item's first error.

        With `validateOnly` nothing is stored. With an Idempotency-Key that was used before, the stored answer is
        returned. Raises ApiError if the request as a whole is refused; no job is recorded then.
        """
        document = read_document(request)
        options = _import_options(request, document)
        if options.validate_only:
            return _single_answer(*runner.rehearse_one(document=document, source_system=options.source_system))
        context = context_of(request)

        def perform(is_retry: bool) -> HttpResponse:
            """Import the target and return the answer. A retry does not use the prefetched rows: it queries again."""
            record = runner.import_one(
                document=document,
                source_system=options.source_system,
                submitted_by=_credential(request).name,
                correlation_id=context.correlation_id,
                prefetched=None if is_retry else context.prefetched,
            )
            return _single_answer(*record)

        return _answer_once(request, options, perform, wait_seconds=settings.LOCK_WAIT_SECONDS)


class BatchImportViewSet(ViewSet):
    """POST /inbound/targets/batch: import many targets in one job."""

    required_scope = Scope.BATCH_WRITE
    list_names = batch_body.LIST_NAMES

    @property
    def max_body_bytes(self) -> int:
        """The largest body in bytes that the parser reads.

        Whether a batch is to be processed in the background may stand in its body. A packed body is unpacked to the
        larger limit only if the header Prefer says so, so that a small request cannot fill the memory.
        """
        is_packed = gzip_body.is_gzip(self.request)
        in_background = not is_packed or batch_body.prefers_background(_prefer(self.request))
        limit: int = settings.MAX_BACKGROUND_BODY_BYTES if in_background else settings.MAX_BATCH_BODY_BYTES
        return limit

    def create(self, request: Request) -> HttpResponse:
        """Import a batch and answer its import job: 200, 422 if all items were rejected, or 202 in the background.

        Occupies a slot of `admission` while it reads the body, and a second one while it imports. Raises TooManyBatches
        if too many batches are in progress, and other ApiErrors if the request as a whole is refused; no job is
        recorded then.
        """
        with admission.slot(), admission.large_body(_has_large_body(request)):
            body = read_document(request)
            sent = batch_body.parse(body, prefer=_prefer(request))
            if not sent.in_background and (reason := context_of(request).only_in_background):
                raise ApiError(Code.PAYLOAD_TOO_LARGE, reason)
            options = _import_options(request, body, sent.parsed.documents)
            with admission.connection_slot():
                if sent.in_background:
                    response = self._submit(request, options, sent)
                else:
                    response = self._import(request, options, sent.parsed)
            return _with_headers_of_202(request, response)

    def _submit(self, request: Request, options: "_ImportOptions", sent: batch_body.BatchBody) -> HttpResponse:
        """Store a batch for the workers, and answer 202 with its job or rehearsal, which is Pending.

        If the token has used the Idempotency-Key before, nothing is stored and the stored answer is returned. Raises
        IdempotencyConflict and IdempotencyInProgress as an import does.
        """

        def perform(_is_retry: bool) -> HttpResponse:
            """Store the documents and the job in one transaction, and return the answer."""
            with transaction.atomic():
                job = submission.submit(
                    Rehearsal if options.validate_only else ImportJob,
                    documents=stored_documents.store(sent.texts(), defaults=sent.defaults),
                    batch=sent.parsed.batch,
                    source_system=options.source_system,
                    submitted_by=_credential(request).name,
                    correlation_id=context_of(request).correlation_id,
                )
            return _answer(job, [], 202)

        if options.validate_only:
            return perform(False)
        return _answer_once(request, options, perform, wait_seconds=settings.BATCH_WAIT_SECONDS)

    def _import(self, request: Request, options: "_ImportOptions", parsed: batch_body.ParsedBatch) -> HttpResponse:
        """Import the documents, or only rehearse them with `validateOnly`, and return the answer.

        If the token has used the Idempotency-Key before, nothing is imported and the stored answer is returned. Raises
        IdempotencyConflict if the key was used with another path or body, IdempotencyInProgress if the first request
        with the key has not ended, and OperationalError if other transactions keep changing a target first.
        """
        if options.validate_only:
            return _batch_answer(*runner.rehearse_batch(**parsed._asdict(), source_system=options.source_system))

        def perform(is_retry: bool) -> HttpResponse:
            """Import the documents and return the answer. `is_retry` makes no difference: nothing was prefetched."""
            record = runner.import_batch(
                **parsed._asdict(),
                source_system=options.source_system,
                submitted_by=_credential(request).name,
                correlation_id=context_of(request).correlation_id,
            )
            return _batch_answer(*record)

        return _answer_once(request, options, perform, wait_seconds=settings.BATCH_WAIT_SECONDS)


class HealthView(APIView):
    """GET /integration/health: the service is up, and this is what the token may do."""

    required_scope = Scope.HEALTH_READ

    def get(self, request: Request) -> Response:
        """Answer `status`, `serverTime`, `version`, and `token` with its name, scopes, source systems and expiry.

        `status` is always "ok". The source systems are listed by their keys, inactive ones included. If some of them
        are paused, `pausedSourceSystems` says which, since when and why. Raises InvalidParameter if the request has a
        query parameter.
        """
        parameters.refuse_unknown(request)
        credential = _credential(request)
        token: dict[str, Any] = {
            "name": credential.name,
            "scopes": sorted(credential.scopes),
            "sourceSystems": [system.key for system in credential.source_systems],
            "expiresAt": credential.expires_at,
        }
        if paused := [system for system in credential.source_systems if system.paused_at]:
            token["pausedSourceSystems"] = [
                {"sourceSystem": system.key, "pausedAt": system.paused_at, "reason": system.paused_reason}
                for system in paused
            ]
        answer = {"status": "ok", "serverTime": timezone.now(), "version": settings.VERSION}
        return Response(answer | {"token": token})


class _ImportOptions(NamedTuple):
    """What a request says about its import, apart from the documents."""

    source_system: SourceSystem
    validate_only: bool
    idempotency_key: str | None


def _import_options(request: Request, body: Mapping[str, Any], items: Iterable[Any] = ()) -> _ImportOptions:
    """Return the source system of an import, whether it is only rehearsed, and its idempotency key or None.

    `items` are the documents of a batch. Raises InvalidParameter for a wrong parameter or a malformed Idempotency-Key,
    MissingSourceSystem if neither the body nor its items name one source system and the token does not serve exactly
    one, SourceSystemNotAllowed if the token may not use it, and SourceSystemPaused if it is paused and the request can
    have no stored answer.
    """
    options = _ImportOptions(
        validate_only=parameters.validate_only(request),
        source_system=source_systems.source_system_of(body, _credential(request), items),
        idempotency_key=idempotency.parse_key(request.META.get("HTTP_IDEMPOTENCY_KEY")),
    )
    if options.validate_only or options.idempotency_key is None:
        source_systems.refuse_paused(options.source_system)
    return options


def _answer_once(
    request: Request, options: _ImportOptions, perform: Callable[[bool], HttpResponse], *, wait_seconds: float
) -> HttpResponse:
    """Return what `perform` answers, or the stored answer if the token has used the Idempotency-Key before.

    `perform(is_retry)` is called with False first, and with True if its transaction lost a race or met a lock and was
    rolled back. For locks it waits `wait_seconds` at most. Without a key it is called once, with False, and no answer
    is stored. It is not called for a paused source system, but an answer that was stored before the pause is still
    returned. Raises SourceSystemPaused, what `perform` raises, IdempotencyConflict if the key was used with another
    path or body, IdempotencyInProgress if the first request with the key has not ended, and OperationalError after five
    lost races.
    """

    def perform_unless_paused(is_retry: bool) -> HttpResponse:
        """Return what `perform` answers. Raises SourceSystemPaused if the source system is paused."""
        source_systems.refuse_paused(options.source_system)
        return perform(is_retry)

    return idempotency.once(
        key=options.idempotency_key,
        token_id=_credential(request).first_token_id,
        path=request.path_info,
        body=context_of(request).body,
        perform=perform_unless_paused,
        wait_seconds=wait_seconds,
    )


def _prefer(request: Request) -> str:
    """Return the header Prefer of a request, or an empty text."""
    return request.META.get("HTTP_PREFER", "")


def _with_headers_of_202(request: Request, response: HttpResponse) -> HttpResponse:
    """Add Location, below the base path of the request, and Preference-Applied (RFC 7240) to a 202, and return it.

    The status decides, and not the request: a repeated request gets the stored answer, whatever it asks for.
    """
    if response.status_code == 202:
        base = request.path_info.removesuffix("/inbound/targets/batch")
        response["Location"] = base + loads(response.content)["links"]["importJob"]
        response["Preference-Applied"] = "respond-async"
    return response


def _has_large_body(request: Request) -> bool:
    """Return whether the body of a batch may be larger than one that is processed before it is answered."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    is_packed = gzip_body.is_gzip(request) and batch_body.prefers_background(_prefer(request))
    return is_packed or length > settings.MAX_BATCH_BODY_BYTES


def _credential(request: Request) -> Credential:
    """Return the rights of the token that authenticated the request."""
    return cast(Credential, request.auth)


def _single_answer(job: ImportJob, items: list[ImportItem]) -> HttpResponse:
    """Return the answer to a single import, with the HTTP status of its item's first error or of its outcome.

    Raises ValueError unless there is exactly one item.
    """
    [item] = items
    return _answer(job, items, _SINGLE_STATUS[item.error_code or item.status])


def _batch_answer(job: ImportJob, items: list[ImportItem]) -> HttpResponse:
    """Return the answer to a batch, with the HTTP status that belongs to the final status of its job.

    Raises KeyError if the job is not completed, partially failed or failed.
    """
    return _answer(job, items, _BATCH_STATUS[job.status])


def _answer(job: JobRecord, items: list[ImportItem], status: int | None) -> HttpResponse:
    """Return the answer to an import with this HTTP status. Its JSON body has the job and its items."""
    return HttpResponse(dumps(envelope(job, items)), status=status, content_type="application/json")
