"""Compare the ledger with what the service has recorded.

lost: something that was answered as done is missing. doubled: something was done twice that may be done once.
unexplained: something is recorded that nobody sent, or that no serial order of the operations explains.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.faults.chains import Failure, History, Span, Spans
from tests.faults.client import error_code
from tests.faults.ledger import Entry
from tests.faults.recorded import Edit, Item, Job, Recorded, TargetKey

LOST, DOUBLED, UNEXPLAINED = "lost", "doubled", "unexplained"
# A single import's HTTP status by the status of its item, or by the code of its error.
_HTTP = {
    "Created": 201, "Updated": 200, "Cancelled": 200, "Skipped": 200, "external_id_exists": 409,
    "external_id_unknown": 404, "version_conflict": 409,
}  # fmt: skip


@dataclass
class Problem:
    """Something that must not be."""

    kind: str
    text: str
    lines: list[str] = field(default_factory=list)
    """The lines of the ledger that show it."""


def check(ledger: dict[str, Entry], recorded: Recorded) -> list[Problem]:
    """Return everything that is lost, doubled or unexplained."""
    return [
        *_jobs(ledger, recorded),
        *_job_contents(ledger, recorded),
        *_idempotency(ledger, recorded),
        *_edits(ledger, recorded),
        *_replays(recorded),
        *_targets(ledger, recorded),
        *_copies(recorded),
    ]


def _jobs(ledger: dict[str, Entry], recorded: Recorded) -> Iterator[Problem]:
    """Compare which jobs there are with which operations were sent and answered."""
    by_operation = defaultdict(list)
    for job in recorded.jobs:
        by_operation[job.operation_id].append(job)
    for name, jobs in by_operation.items():
        if name not in ledger:
            yield Problem(UNEXPLAINED, f"Job {jobs[0].id} has the correlation id {name}, which nobody sent.")
        elif len(jobs) > 1:
            yield Problem(DOUBLED, f"{name} has the jobs {[job.id for job in jobs]}.", ledger[name].lines)
    for name, entry in ledger.items():
        ids = {job.id for job in by_operation[name]}
        if not entry.operation.is_import:
            continue
        for answer in entry.answers:
            if "saved" in answer.body:  # a replay by staff
                if answer.body["saved"] != bool(ids):
                    kind = LOST if answer.body["saved"] else UNEXPLAINED
                    yield Problem(kind, f"The replay {name} was answered {answer.body}; its jobs: {ids}.", entry.lines)
                continue
            answered = answer.body.get("importJobId")
            if answered and answered not in ids:
                yield Problem(LOST, f"{name} was answered with job {answered}, which is missing.", entry.lines)
            elif not answered and ids and error_code(answer) != "idempotency_conflict":
                yield Problem(UNEXPLAINED, f"{name} was answered without a job, but has {ids}.", entry.lines)
        if ids and entry.operation.kind in ("rehearsal", "malformed", "conflict"):
            yield Problem(UNEXPLAINED, f"{name} ({entry.operation.kind}) must have no job.", entry.lines)


def _job_contents(ledger: dict[str, Entry], recorded: Recorded) -> Iterator[Problem]:
    """Compare each job with its items, with the documents that were sent, and with its answers."""
    for job in recorded.jobs:
        lines = ledger[job.operation_id].lines if job.operation_id in ledger else []
        counted = Counter(item.outcome.status for item in job.items)
        expected = dict.fromkeys(job.counters, 0) | counted
        expected |= {"total": len(job.items), "warnings": sum(item.has_warnings for item in job.items)}
        if expected != job.counters:
            yield Problem(UNEXPLAINED, f"Job {job.id} counts {job.counters}; its items are {expected}.", lines)
        if job.status != _status_of(job):
            yield Problem(UNEXPLAINED, f"Job {job.id} is {job.status}; its items give {_status_of(job)}.", lines)
        if job.operation_id not in ledger:
            continue
        entry = ledger[job.operation_id]
        if [item.payload for item in job.items] != entry.operation.documents:
            yield Problem(UNEXPLAINED, f"The items of job {job.id} are not the documents that were sent.", lines)
        if job.system != entry.operation.system:
            yield Problem(UNEXPLAINED, f"Job {job.id} is of another source system.", lines)
        for answer in entry.answers:
            if answer.body.get("importJobId") == job.id and _differs(answer.body, answer.status, job):
                yield Problem(UNEXPLAINED, f"The answer to {job.operation_id} is not what job {job.id} says.", lines)


def _status_of(job: Job) -> str:
    rejected = sum(item.outcome.status == "Rejected" for item in job.items)
    if not rejected:
        return "Completed"
    return "Failed" if rejected == len(job.items) else "PartiallyFailed"


def _differs(body: dict[str, object], status: int, job: Job) -> bool:
    """Return whether an answer says something else than the rows of its job."""
    sent = body["items"]
    items = [(item["externalId"], item["status"], item.get("targetId")) for item in sent]  # type: ignore[attr-defined]
    rows = [(item.external_id, item.outcome.status, item.target_id) for item in job.items]
    if len(rows) == 1 and "batchId" not in body:
        outcome = job.items[0].outcome
        expected = _HTTP.get(next(iter(outcome.codes), outcome.status), 422)
    else:
        expected = 422 if job.status == "Failed" else 200
    return items != rows or body["status"] != job.status or status != expected


def _idempotency(ledger: dict[str, Entry], recorded: Recorded) -> Iterator[Problem]:
    """Compare the stored answers with the jobs: each operation with a key and a job has one, and no other has one."""
    jobs = {job.operation_id: job for job in recorded.jobs}
    keyed = {
        (entry.operation.system, entry.operation.key): entry
        for entry in ledger.values()
        if entry.operation.key and entry.operation.kind != "conflict"
    }
    stored = set()
    for system, key, status, body in recorded.idempotency:
        entry = keyed.get((system, key))
        job = jobs.get(entry.operation.id) if entry else None
        if entry is None or job is None or not body or body.get("importJobId") != job.id:
            lines = entry.lines if entry else []
            yield Problem(UNEXPLAINED, f"The idempotency record {key} belongs to no job.", lines)
            continue
        if (system, key) in stored:
            yield Problem(DOUBLED, f"The idempotency key {key} is recorded twice.", entry.lines)
        stored.add((system, key))
        if any((answer.status, answer.body) != (status, body) for answer in entry.answers):
            yield Problem(UNEXPLAINED, f"{key} was answered with something else than its record.", entry.lines)
    for place, entry in keyed.items():
        if place not in stored and entry.operation.id in jobs:
            yield Problem(LOST, f"{entry.operation.id} has a job, but its key has no record.", entry.lines)


def _edits(ledger: dict[str, Entry], recorded: Recorded) -> Iterator[Problem]:
    """Compare the edits with what staff did: the id of an operation is in its edit."""
    made = Counter(edit.marker for edit in recorded.edits)
    sent = {name: entry for name, entry in ledger.items() if not entry.operation.is_import}
    for marker, count in made.items():
        if marker not in sent:
            yield Problem(UNEXPLAINED, f"Nobody made the edit {marker}.")
        elif count > 1:
            yield Problem(DOUBLED, f"The edit {marker} was made {count} times.", sent[marker].lines)
    for marker, entry in sent.items():
        for answer in entry.answers:
            if answer.body["saved"] and not made[marker]:
                yield Problem(LOST, f"The edit {marker} was saved, and is missing.", entry.lines)
            if not answer.body["saved"] and made[marker]:
                yield Problem(UNEXPLAINED, f"The edit {marker} was refused, and is recorded.", entry.lines)


def _replays(recorded: Recorded) -> Iterator[Problem]:
    """Compare which items are marked as replayed with which ones were replayed."""
    items = {item.id: item for job in recorded.jobs for item in job.items}
    replayed = Counter(item.replay_of for item in items.values() if item.replay_of is not None)
    for item_id, count in replayed.items():
        if count > 1:
            yield Problem(DOUBLED, f"Item {item_id} was replayed {count} times.")
    marked = {item.id for item in items.values() if item.handling == "Replayed"}
    if odd := marked ^ set(replayed):
        yield Problem(UNEXPLAINED, f"These items are marked as replayed and are not, or the other way round: {odd}.")


def _targets(ledger: dict[str, Entry], recorded: Recorded) -> Iterator[Problem]:
    """Explain each target by a serial order of its imports and edits."""
    ids: dict[TargetKey, list[int]] = defaultdict(list)
    for target_id, (key, _state) in recorded.targets.items():
        ids[key].append(target_id)
    items: dict[TargetKey, list[Item]] = defaultdict(list)
    spans: Spans = {}
    for job in recorded.jobs:
        for item in job.items:
            items[job.system, item.external_id].append(item)
            spans[id(item)] = _span(ledger.get(job.operation_id))
    edits: dict[int, list[Edit]] = defaultdict(list)
    for edit in recorded.edits:
        edits[edit.target_id].append(edit)
        spans[id(edit)] = _span(ledger.get(edit.marker))
    owners = {id(item): ledger.get(job.operation_id) for job in recorded.jobs for item in job.items}
    owners |= {id(edit): ledger.get(edit.marker) for edit in recorded.edits}
    for key in {**ids, **items}:
        if len(ids[key]) > 1:
            yield Problem(DOUBLED, f"{key} has the targets {ids[key]}.")
            continue
        target = ids[key][0] if ids[key] else None
        its_items = sorted(items[key], key=lambda item: item.id)
        if odd := [item for item in its_items if item.target_id != _expected_target(item, target)]:
            failure: Failure | None = Failure(f"{odd[0]} has another target than {target}.", [odd[0]])
        else:
            final = recorded.targets[target][1] if target is not None else None
            failure = History(its_items, edits[target] if target else [], final, spans).failure()
        if failure:
            shown = [*failure.culprits, *reversed(its_items)]
            lines = [line for one in shown if (entry := owners[id(one)]) for line in entry.lines]
            yield Problem(UNEXPLAINED, f"{key}: {failure.text}", list(dict.fromkeys(lines)))


def _expected_target(item: Item, target: int | None) -> int | None:
    return None if item.outcome.status == "Rejected" else target


def _span(entry: Entry | None) -> Span:
    return Span(entry.sent_at, entry.answered_at) if entry else Span(0.0, float("inf"))


def _copies(recorded: Recorded) -> Iterator[Problem]:
    """Compare the copy of the follower and the answers of GET /targets with the table."""
    yield from _compared("GET /targets", recorded.documents, set(recorded.targets))
    yield from _compared("The copy by GET /changes", recorded.copy, set(recorded.targets))
    for target_id in recorded.copy.keys() & recorded.documents.keys():
        if recorded.copy[target_id] != recorded.documents[target_id]:
            copied, stored = recorded.copy[target_id], recorded.documents[target_id]
            yield Problem(LOST, f"A change of target {target_id} is missing in the copy: {copied}, stored: {stored}.")


def _compared(name: str, found: Iterable[int], expected: set[int]) -> Iterator[Problem]:
    if missing := expected - set(found):
        yield Problem(LOST, f"{name} lacks the targets {sorted(missing)[:20]}.")
    if extra := set(found) - expected:
        yield Problem(UNEXPLAINED, f"{name} has targets that are not stored: {sorted(extra)[:20]}.")
