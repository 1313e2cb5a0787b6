"""Submit a background job of many documents, in a process of its own, so that its memory is measured alone.

It reads its parameters as JSON from standard input and writes the job's id, the time of the commit and its peak memory
as JSON.
"""

import json
import os
import sys
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "ordinavo.settings"

import django

django.setup()

from django.db import transaction  # noqa: E402  after Django is set up

from importjobs.background import documents as stored_documents  # noqa: E402
from importjobs.background import submission  # noqa: E402
from importjobs.background.documents import DocumentText  # noqa: E402
from importjobs.models import ImportJob  # noqa: E402
from importjobs.runner import Batch  # noqa: E402
from targets.models import SourceSystem  # noqa: E402
from tests.benchmarks import payloads, processes  # noqa: E402


def submit(spec: dict[str, Any]) -> dict[str, Any]:
    """Store the documents and submit the job. Returns its id, when it was committed, and the peak memory in bytes."""
    batch = Batch(batch_id="BENCH")
    system = SourceSystem.objects.get(key=payloads.DOCUMENT["sourceSystem"])
    started = time.time()
    with transaction.atomic():
        stored = stored_documents.store(
            (DocumentText(*one) for one in payloads.numbered(spec["start"], spec["rows"], spec["text"])),
            defaults={"operation": batch.operation, "templateKey": payloads.DOCUMENT["templateKey"]},
        )
        job = submission.submit(
            ImportJob,
            documents=stored,
            batch=batch,
            source_system=system,
            submitted_by="Benchmark",
            correlation_id="bench",
        )
    committed = time.time()
    peak = processes.peak_memory(os.getpid())[os.getpid()]
    return {"job": job.pk, "committed": committed, "seconds": committed - started, "peak_bytes": peak}


if __name__ == "__main__":
    print(json.dumps(submit(json.load(sys.stdin))))
