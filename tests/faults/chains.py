"""Explain a target by a serial order of its imports and edits, or say where that fails.

Items that write the same target hold its row from their write to their commit, and take their id after the row is
locked. So their ids are in the order of their commits, and so are the ids of edits. How the two interleave is searched.
An item that writes nothing (skipped, rejected, updated without a change) may have seen any state that was current while
its request ran.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.faults import model
from tests.faults.model import CANCELLED, Outcome, State
from tests.faults.recorded import Edit, Item

MAX_STEPS = 20_000


@dataclass(frozen=True)
class Span:
    """When a request was sent first, and when its answer came; infinity if none did."""

    sent: float
    answered: float


@dataclass(frozen=True)
class Step:
    """A writer in the order that explains a target, and the state that it left."""

    writer: Item | Edit | None
    """None for the state before the first import."""
    state: State | None
    previous: "Step | None" = None

    def steps(self) -> "list[Step]":
        """Return all steps up to this one, the first one first."""
        found, step = [], self
        while step:
            found.append(step)
            step = step.previous
        return found[::-1]


@dataclass
class Explanation:
    """The result of the search."""

    steps: list[Step]
    bystanders: list[Item]
    """Items that wrote nothing and do not fit the state at their place."""
    failed_at: Item | Edit | None = None
    """The first writer that fits nowhere."""
    found: bool = True


def explain(items: Sequence[Item], edits: Sequence[Edit], final: State | None) -> Explanation:
    """Return an order of the items and edits of one target, both sorted by id, that ends in its final state.

    If there is none, return the longest beginning that could be explained.
    """
    stack: list[tuple[int, int, Step, tuple[Item, ...]]] = [(0, 0, Step(None, None), ())]
    seen: set[tuple[int, int, str]] = set()
    best = stack[0]
    for _ in range(MAX_STEPS + 3 * len(items)):
        if not stack:
            break
        done, edited, step, bystanders = stack.pop()
        if (place := (done, edited, repr(step.state))) in seen:
            continue
        seen.add(place)
        if done + edited >= best[0] + best[1]:
            best = (done, edited, step, bystanders)
        if done == len(items) and edited == len(edits) and step.state == final:
            return Explanation(step.steps(), list(bystanders))
        stack += _next(items, edits, (done, edited, step, bystanders))
    done, edited, step, bystanders = best
    rest = [*items[done : done + 1], *edits[edited : edited + 1]]
    return Explanation(step.steps(), list(bystanders), rest[0] if rest else None, found=False)


def _next(
    items: Sequence[Item], edits: Sequence[Edit], place: tuple[int, int, Step, tuple[Item, ...]]
) -> "Iterator[tuple[int, int, Step, tuple[Item, ...]]]":
    """Yield the places that may follow, the most likely one last."""
    done, edited, step, bystanders = place
    if edited < len(edits) and (state := apply_edit(edits[edited], step.state)):
        yield done, edited + 1, Step(edits[edited], state, step), bystanders
    if done < len(items):
        item = items[done]
        if may_write_nothing(item.outcome):
            yield done + 1, edited, step, (*bystanders, item)
        outcome, state = model.apply(item.payload, step.state)
        if outcome.explains(item.outcome):
            after = step if state == step.state else Step(item, state, step)
            yield done + 1, edited, after, bystanders


def may_write_nothing(outcome: Outcome) -> bool:
    """Return whether an item with this outcome may have left the target as it was."""
    if outcome.status == CANCELLED:
        return "already_cancelled" in outcome.warnings
    return outcome.status in ("Skipped", "Rejected") or (outcome.status == "Updated" and not outcome.changes)


def apply_edit(edit: Edit, state: State | None) -> State | None:
    """Return the state after an edit by staff, or None if it cannot have been made in this state."""
    if state is None:
        return None
    before = state.values | {"status": state.status}
    if any(before.get(path) != old for path, (old, _new) in edit.changes.items()):
        return None
    if edit.kind == "Corrected":
        corrections = {path: state.values.get(path) for path in edit.changes} | state.corrections
        changed = state.values | {path: new for path, (_old, new) in edit.changes.items()}
        values = {path: value for path, value in changed.items() if value is not None}
        return replace(state, values=values, corrections=corrections)
    corrections = {path: value for path, value in state.corrections.items() if path != "status"}
    if edit.kind == "Cancelled":
        return replace(state, status=CANCELLED, note=edit.reason, corrections=corrections | {"status": model.ACTIVE})
    return replace(state, status=model.ACTIVE, note="", corrections=corrections)


def in_real_time(steps: Sequence[Step], spans: "dict[int, Span]") -> Item | Edit | None:
    """Return a writer that was answered before an earlier one in the order was sent, or None.

    `spans` has the spans by the `id()` of the writers.
    """
    latest = 0.0
    for step in steps[1:]:
        span = spans[id(step.writer)]
        if span.answered < latest:
            return step.writer
        latest = max(latest, span.sent)
    return None


def unexplained_bystander(explanation: Explanation, spans: "dict[int, Span]") -> Item | None:
    """Return an item that wrote nothing and fits no state that was current while its request ran, or None."""
    for item in explanation.bystanders:
        if not any(_fits(item, state) for state in _current(explanation.steps, spans, spans[id(item)])):
            return item
    return None


def _fits(item: Item, state: State | None) -> bool:
    outcome, after = model.apply(item.payload, state)
    return outcome.explains(item.outcome) and after == state


def _current(steps: Sequence[Step], spans: "dict[int, Span]", during: Span) -> Iterator[State | None]:
    """Yield the states that may have been current at some time of a span."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        begun = spans[id(step.writer)].sent if step.writer else 0.0
        ended = spans[id(following.writer)].answered if following else float("inf")
        if begun <= during.answered and ended >= during.sent:
            yield step.state
