"""The checker finds what is lost, doubled or unexplained, and nothing in a history that is right."""

import json
from dataclasses import replace

import pytest

from tests.faults import checker, ledger
from tests.faults.model import Outcome, State
from tests.faults.recorded import Edit, Item, Job, Recorded

ERP = "first_erp"
NUMBER = "SHARED-001"
TARGET = 7


def document(marker, **values):
    return {"externalId": NUMBER, "sourceSystem": ERP, "title": "A", "description": marker} | values


class History:
    """A ledger and the tables that fit it: imports of one target, one after another."""

    def __init__(self):
        self.lines = []
        self.recorded = Recorded()
        self.clock = 0.0

    def line(self, name, event, **values):
        self.clock += 1
        self.lines.append(json.dumps({"operation": name, "event": event, "at": self.clock} | values))

    def sent(self, name, body, kind="single", path="/inbound/targets", key=""):
        self.line(name, "sent", kind=kind, path=path, system=ERP, key=key or f"key-{name}", body=body)

    def imported(self, name, body, outcome):
        """Send a document, record its job and its idempotency record, and answer."""
        self.sent(name, body)
        job_id = len(self.recorded.jobs) + 1
        target_id = None if outcome.status == "Rejected" else TARGET
        item = Item(job_id, 0, NUMBER, target_id, outcome, body)
        status = "Failed" if target_id is None else "Completed"
        names = ("Created", "Updated", "Cancelled", "Skipped", "Rejected", "warnings")
        counters = {"total": 1} | dict.fromkeys(names, 0) | {outcome.status: 1}
        self.recorded.jobs.append(Job(job_id, name, ERP, status, counters, [item]))
        answered = {"externalId": NUMBER, "status": outcome.status}
        answered |= {"targetId": target_id} if target_id else {}
        http = {"Created": 201, "Rejected": 422}.get(outcome.status, 200)
        self.answer = {"importJobId": job_id, "status": status, "items": [answered]}
        self.recorded.idempotency.append((ERP, f"key-{name}", http, self.answer))
        self.line(name, "answer", status=http, body=self.answer, replayed=False)

    def edited(self, name, before):
        path = f"/admin/targets/target/{TARGET}/change/"
        self.sent(name, {"customer_name": name}, "change", path)
        self.recorded.edits.append(Edit(1, TARGET, "Corrected", "", {"customer.name": (before, name)}))
        self.line(name, "answer", status=302, body={"saved": True}, replayed=False)

    def ends_as(self, **values):
        state = State({"title": "A"} | values)
        self.recorded.targets[TARGET] = ((ERP, NUMBER), state)
        self.recorded.copy[TARGET] = self.recorded.documents[TARGET] = {"id": TARGET} | values

    def problems(self):
        return checker.check(ledger.parse(self.lines), self.recorded)

    def kinds(self):
        return {problem.kind for problem in self.problems()}


@pytest.fixture
def history():
    """Return a history of a create and an update, in which everything is right."""
    right = History()
    right.imported("c00-000001", document("one"), Outcome("Created"))
    right.imported("c00-000002", document("two"), Outcome("Updated", changes={"description": ("one", "two")}))
    right.ends_as(description="two")
    return right


def test_a_right_history_has_no_problem(history):
    assert history.problems() == []


def test_an_acknowledged_import_without_a_job_is_lost(history):
    del history.recorded.jobs[1], history.recorded.idempotency[1]
    history.ends_as(description="one")
    [problem] = history.problems()
    assert problem.kind == "lost"
    assert [json.loads(line)["operation"] for line in problem.lines] == ["c00-000002"] * 2


def test_an_acknowledged_state_that_the_target_does_not_have_is_unexplained(history):
    history.ends_as(description="one")
    assert history.kinds() == {"unexplained"}


def test_an_operation_with_two_jobs_is_doubled(history):
    history.recorded.jobs.append(replace(history.recorded.jobs[1], id=99))
    assert "doubled" in history.kinds()


def test_two_targets_with_one_external_id_are_doubled(history):
    history.recorded.targets[8] = history.recorded.targets[TARGET]
    assert "doubled" in history.kinds()


def test_a_job_that_nobody_sent_is_unexplained(history):
    history.recorded.jobs[1].operation_id = "nobody"
    assert "unexplained" in history.kinds()


def test_a_rehearsal_with_a_job_is_unexplained(history):
    history.lines = [line.replace('"kind": "single"', '"kind": "rehearsal"') for line in history.lines]
    assert history.kinds() == {"unexplained"}


def test_an_unanswered_operation_may_be_recorded_or_not(history):
    history.sent("c00-000003", document("three"))
    assert history.problems() == []
    history.imported("c00-000004", document("four"), Outcome("Updated", changes={"description": ("two", "four")}))
    history.ends_as(description="four")
    del history.lines[-1]
    assert history.problems() == []


def test_a_write_over_a_state_that_never_was_is_unexplained(history):
    history.recorded.jobs[1].items[0].outcome.changes["description"] = ("never", "two")
    assert history.kinds() == {"unexplained"}


def test_writes_against_the_order_of_their_answers_are_unexplained(history):
    first, second = history.lines[:2], history.lines[2:]
    history.lines = [line.replace('"at": ', '"at": 1000') for line in first] + second
    assert history.kinds() == {"unexplained"}


def test_a_skipped_item_that_is_not_older_is_unexplained(history):
    history.imported("c00-000003", document("three"), Outcome("Skipped", warnings=frozenset({"stale_version"})))
    assert history.kinds() == {"unexplained"}


def test_a_rejection_that_fits_no_state_at_its_time_is_unexplained(history):
    late = document("three", operation="update")
    history.imported("c00-000003", late, Outcome("Rejected", frozenset({"external_id_unknown"})))
    history.recorded.jobs[2].items[0].id = 0  # as if it were recorded before the target was there
    assert history.kinds() == {"unexplained"}


def test_another_document_than_was_sent_is_unexplained(history):
    history.recorded.jobs[0].items[0].payload = document("other")
    assert "unexplained" in history.kinds()


def test_counters_that_differ_from_the_items_are_unexplained(history):
    history.recorded.jobs[0].counters["Created"] = 2
    assert history.kinds() == {"unexplained"}


@pytest.mark.parametrize("status", ["Pending", "Processing"])
def test_a_job_that_has_not_ended_is_unexplained(history, status):
    history.recorded.jobs[0].status = status
    assert "unexplained" in history.kinds()


def test_an_idempotency_record_without_a_job_is_unexplained(history):
    history.sent("c00-000003", document("three"))
    history.recorded.idempotency.append((ERP, "key-c00-000003", 200, history.answer))
    assert history.kinds() == {"unexplained"}


def test_a_job_whose_key_has_no_record_is_lost(history):
    del history.recorded.idempotency[0]
    assert history.kinds() == {"lost"}


def test_another_answer_than_the_stored_one_is_unexplained(history):
    *same, _status, body = history.recorded.idempotency[0]
    history.recorded.idempotency[0] = (*same, 418, body)
    assert history.kinds() == {"unexplained"}


def test_a_correction_by_staff_stays_over_imports(history):
    history.edited("staff-00001", None)
    kept = Outcome("Updated", changes={"description": ("two", "three")}, warnings=frozenset({"kept_correction"}))
    history.imported("c00-000003", document("three", customer={"name": "X"}), kept)
    history.ends_as(**{"description": "three", "customer.name": "staff-00001"})
    key, state = history.recorded.targets[TARGET]
    history.recorded.targets[TARGET] = (key, replace(state, corrections={"customer.name": "X"}))
    assert history.problems() == []
    history.recorded.targets[TARGET] = (key, replace(state, values=state.values | {"customer.name": "X"}))
    assert history.kinds() == {"unexplained"}


def test_a_cancel_that_only_repeats_what_staff_did_is_explained(history):
    history.edited("staff-00001", None)
    history.recorded.edits[0] = Edit(1, TARGET, "Cancelled", "staff-00001", {"status": ("Active", "Cancelled")})
    again = Outcome("Cancelled", warnings=frozenset({"already_cancelled"}))
    history.imported("c00-000003", {"externalId": NUMBER, "operation": "cancel", "sourceVersion": 5}, again)
    kept = Outcome("Updated", changes={"description": ("two", "four")}, warnings=frozenset({"kept_correction"}))
    history.imported("c00-000004", document("four", sourceVersion=6), kept)
    history.ends_as(description="four")
    key, state = history.recorded.targets[TARGET]
    cancelled = replace(state, status="Cancelled", note="staff-00001", version=6, corrections={"status": "Active"})
    history.recorded.targets[TARGET] = (key, cancelled)
    assert history.problems() == []


def test_a_saved_edit_that_is_missing_is_lost(history):
    history.edited("staff-00001", None)
    history.recorded.edits.clear()
    assert history.kinds() == {"lost"}


def test_an_edit_that_is_recorded_twice_is_doubled(history):
    history.edited("staff-00001", None)
    history.recorded.edits.append(replace(history.recorded.edits[0], id=2))
    assert "doubled" in history.kinds()


def test_an_item_that_was_replayed_twice_is_doubled(history):
    first, second = (job.items[0] for job in history.recorded.jobs)
    first.replay_of = second.replay_of = first.id
    assert "doubled" in history.kinds()


def test_a_replayed_item_that_is_not_marked_is_unexplained(history):
    first, second = (job.items[0] for job in history.recorded.jobs)
    second.replay_of = first.id
    assert history.kinds() == {"unexplained"}


def test_a_replay_without_a_job_is_lost(history):
    path = "/admin/importjobs/importitem/1/replay/"
    history.sent("staff-00001", document("staff-00001/0"), "replay", path)
    history.line("staff-00001", "answer", status=302, body={"saved": True}, replayed=False)
    assert history.kinds() == {"lost"}


@pytest.mark.parametrize("copied", [{}, {TARGET: {"id": TARGET, "description": "one"}}])
def test_a_change_that_the_copy_lacks_is_lost(history, copied):
    history.recorded.copy = copied
    assert history.kinds() == {"lost"}
