"""The plain peer: Django and the REST framework as most teams use them. One faulty item rejects its whole batch.

It does less than the product, as the fast peer does.
"""

import uuid
from typing import Any

from django.db import transaction
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.benchmarks.peers.plain_drf.imports import find_template, import_one, record
from tests.benchmarks.peers.plain_drf.models import ImportJob, SourceSystem
from tests.benchmarks.peers.plain_drf.serializers import BatchSerializer, TargetSerializer


class TargetImport(APIView):
    """Import one target."""

    required_scope = "inbound.targets.write"

    def post(self, request: Request) -> Response:
        serializer = TargetSerializer(data=request.data)
        if not serializer.is_valid():
            return Response({"error": serializer.errors}, status=422)
        answer = _import(request, serializer.validated_data, [serializer.validated_data], [request.data], None)
        return Response(answer, status=201 if answer["createdItems"] else 200)


class BatchImport(APIView):
    """Import a batch of targets."""

    required_scope = "inbound.targets.batch.write"

    def post(self, request: Request) -> Response:
        serializer = BatchSerializer(data=request.data)
        if not serializer.is_valid():
            return Response({"error": serializer.errors}, status=422)
        batch = serializer.validated_data
        shared = {"templateKey": batch.get("templateKey")}
        items = [shared | item for item in batch["targets"]]
        return Response(_import(request, batch, items, request.data["targets"], batch.get("batchId") or ""))


@transaction.atomic
def _import(request: Request, body: Any, items: list[Any], sent: list[Any], batch_id: str | None) -> dict[str, Any]:
    system = _source_system(request, body.get("sourceSystem"))
    templates = {key: find_template(key) for key in {item.get("templateKey") for item in items}}
    written = [import_one(item, system, templates[item.get("templateKey")]) for item in items]
    created = sum(is_new for _, is_new in written)
    job = ImportJob.objects.create(
        source_system=system,
        operation="upsert",
        batch_id=batch_id,
        status="Completed",
        total_items=len(items),
        created_items=created,
        updated_items=len(items) - created,
        submitted_by=request.auth.name,
        correlation_id=request.headers.get("X-Correlation-Id") or str(uuid.uuid4()),
    )
    answers = [record(job, n, target, is_new, sent[n]) for n, (target, is_new) in enumerate(written)]
    return _envelope(job, answers)


def _source_system(request: Request, key: str | None) -> SourceSystem:
    for system in request.auth.source_systems.all():
        if system.key == key and system.active:
            return system
    raise PermissionDenied


def _envelope(job: ImportJob, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "importJobId": job.pk,
        "status": job.status,
        "totalItems": job.total_items,
        "createdItems": job.created_items,
        "updatedItems": job.updated_items,
        "cancelledItems": 0,
        "rejectedItems": 0,
        "warningItems": 0,
        "items": items,
        "links": {"importJob": f"/import-jobs/{job.pk}"},
    }
