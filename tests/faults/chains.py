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


Spans = dict[int, Span]
"""The span of each item and edit, by its `id()`."""


@dataclass(frozen=True)
class Step:
    """A writer in the order that explains a target, and the state that it left."""

    writer: Item | Edit | None
    """None for the state before the first import."""
    state: State | None
    latest: float = 0.0
    """When the last request of this and all earlier writers was sent."""
    previous: "Step | None" = None


@dataclass(frozen=True)
class Place:
    """How far a search has come."""

    step: Step
    items: int = 0
    """How many items have their place."""
    edits: int = 0
    waiting: tuple[Item, ...] = ()
    """Items that wrote nothing and fit no state so far: one that follows must fit."""


@dataclass(frozen=True)
class Failure:
    """Why no serial order explains a target."""

    text: str
    culprits: "list[Item | Edit]"
    """What fits nowhere; empty if only the final state differs."""


@dataclass
class History:
    """The imports and edits of one target, each sorted by id."""

    items: Sequence[Item]
    edits: Sequence[Edit]
    final: State | None
    spans: Spans

    def failure(self) -> Failure | None:
        """Return None if a serial order explains the target, else where the best attempt fails.

        The order must end in the final state, and no writer may come after one that was sent after its answer.
        """
        stack, seen = [Place(Step(None, None))], set()
        best = stack[0]
        for _ in range(MAX_STEPS + 3 * len(self.items)):
            if not stack:
                break
            place = stack.pop()
            waiting = tuple(item.id for item in place.waiting)
            known = (place.items, place.edits, place.step.latest, repr(place.step.state), waiting)
            if known in seen:
                continue
            seen.add(known)
            if place.items + place.edits >= best.items + best.edits:
                best = place
            if self._is_end(place):
                return None
            stack += self._following(place)
        return self._failure(best)

    def _is_end(self, place: Place) -> bool:
        done = (place.items, place.edits) == (len(self.items), len(self.edits))
        return done and place.step.state == self.final and not place.waiting

    def _failure(self, place: Place) -> Failure:
        following = [*self.items[place.items : place.items + 1], *self.edits[place.edits : place.edits + 1]]
        culprits = [*following, *place.waiting]
        names = " nor ".join(map(str, culprits)) or f"the stored {self.final}"
        text = f"after {place.items} items and {place.edits} edits, {place.step.state} does not lead on to {names}."
        return Failure(text, culprits)

    def _following(self, place: Place) -> Iterator[Place]:
        """Yield the places that may follow, the most likely one last."""
        item = self.items[place.items] if place.items < len(self.items) else None
        edit = self.edits[place.edits] if place.edits < len(self.edits) else None
        if edit and (state := apply_edit(edit, place.step.state)):
            yield from self._after(replace(place, edits=place.edits + 1), edit, state)
        if item is None:
            return
        passed = replace(place, items=place.items + 1)
        if may_write_nothing(item.outcome):
            yield passed if self._fitted_before(item, place.step) else replace(passed, waiting=(*place.waiting, item))
        outcome, after = model.apply(item.payload, place.step.state)
        if not outcome.explains(item.outcome):
            return
        if after == place.step.state:
            yield passed
        elif not self._must_precede(edit, item):
            yield from self._after(passed, item, after)

    def _must_precede(self, edit: Edit | None, item: Item) -> bool:
        """Return whether an edit was answered before an item was sent."""
        return edit is not None and self.spans[id(edit)].answered < self.spans[id(item)].sent

    def _after(self, place: Place, writer: Item | Edit, state: State | None) -> Iterator[Place]:
        """Yield the place after a writer that leaves this state, unless the times of the requests forbid it."""
        span = self.spans[id(writer)]
        latest = max(span.sent, place.step.latest)
        in_time = all(self.spans[id(item)].answered >= latest for item in place.waiting)
        if in_time and span.answered >= place.step.latest:
            waiting = tuple(item for item in place.waiting if not _fits(item, state))
            yield replace(place, step=Step(writer, state, latest, place.step), waiting=waiting)

    def _fitted_before(self, item: Item, step: Step) -> bool:
        """Return whether an item that wrote nothing fits a state up to this one that was current after it was sent."""
        sent = self.spans[id(item)].sent
        current: Step | None = step
        while current:
            if _fits(item, current.state):
                return True
            if current.writer is None or self.spans[id(current.writer)].answered < sent:
                return False
            current = current.previous
        return False


def _fits(item: Item, state: State | None) -> bool:
    outcome, after = model.apply(item.payload, state)
    return outcome.explains(item.outcome) and after == state


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
