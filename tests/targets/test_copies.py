"""A copy that is kept by polling GET /changes equals the table, whatever writers do meanwhile.

The writes of each writer are always the same; how they interleave with those of the others is not.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Condition

import pytest
from django.db import connection, transaction

from targets import corrections
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory
from tests.queries import wait_until_earlier_transactions_have_ended

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, ROUNDS = 8, 12
SHARED_IDS = [f"DEL-{number}" for number in range(20)]
WAIT_SECONDS = 2


class Progress:
    """Counts writes and polls, so that a slow transaction can wait for those of others instead of sleeping."""

    def __init__(self) -> None:
        self.writes = self.polls = 0
        self._condition = Condition()

    def count(self, *, writes: int = 0, polls: int = 0) -> None:
        with self._condition:
            self.writes, self.polls = self.writes + writes, self.polls + polls
            self._condition.notify_all()

    def wait_for_others(self) -> None:
        """Wait until others have written three times and polled twice, or for some seconds if they are blocked."""
        with self._condition:
            writes, polls = self.writes + 3, self.polls + 2
            self._condition.wait_for(lambda: self.writes >= writes and self.polls >= polls, WAIT_SECONDS)


class Copy:
    """A copy of the targets that a token may read."""

    def __init__(self, api: Api, limit: int) -> None:
        self.api, self.limit = api, limit
        self.cursor, self.targets = "", {}

    def poll(self) -> bool:
        """Ask once for changes. Return whether there are more."""
        answer = self.api.get(f"/changes?limit={self.limit}" + (f"&after={self.cursor}" if self.cursor else "")).json()
        assert len({target["id"] for target in answer["results"]}) == len(answer["results"])
        self.targets |= {target["id"]: target for target in answer["results"]}
        self.cursor = answer["cursor"]
        return answer["hasMore"]


def write_single(api: Api, chance: Random, progress: Progress) -> None:
    operation = chance.choice(["upsert", "upsert", "cancel"])
    api.send(chance.choice(SHARED_IDS), operation=operation, customer={"name": str(chance.random())})


def write_batch(api: Api, chance: Random, progress: Progress) -> None:
    ids = chance.sample(SHARED_IDS, 5) + [f"NEW-{chance.random()}"]
    targets = [{"externalId": one, "title": "T", "description": str(chance.random())} for one in ids]
    assert api.post({"targets": targets}, "/inbound/targets/batch").status_code == 200


def correct(api: Api, chance: Random, progress: Progress) -> None:
    for target in Target.objects.filter(external_id=chance.choice(SHARED_IDS)):
        corrections.correct(target=target, values={"title": str(chance.random())}, by="dora")


def write_slowly(api: Api, chance: Random, progress: Progress) -> None:
    """Write a target in a transaction that commits after later transactions of others, or is rolled back."""
    with transaction.atomic():
        api.send(f"SLOW-{chance.random()}", title="Begun early")
        progress.wait_for_others()
        transaction.set_rollback(chance.random() < 0.2)


def in_its_own_connection(act: Callable[[], None]) -> None:
    try:
        act()
    finally:
        connection.close()


@pytest.fixture
def systems(db):
    return [SourceSystemFactory(), SourceSystemFactory()]


def writer(number, systems, progress):
    """Return a function that makes all the writes of one writer, with a token of its own."""
    api = Api(ApiTokenFactory(source_systems=[systems[number % 2]], rate_limit=0))
    chance = Random(number)
    kinds = [write_single, write_single, write_batch, correct, write_slowly if number < 3 else write_single]

    def write():
        for _round in range(ROUNDS):
            chance.choice(kinds)(api, chance, progress)
            progress.count(writes=1)

    return write


def test_copies_equal_the_table_after_eight_writers_with_slow_transactions(systems):
    progress = Progress()
    reader = Api(ApiTokenFactory(source_systems=systems, rate_limit=0))
    copies = [Copy(reader, limit=2), Copy(reader, limit=1000)]

    def poll():
        while progress.writes < WRITERS * ROUNDS and not any(
            writer.done() and writer.exception() for writer in writers
        ):
            for copy in copies:
                copy.poll()
            progress.count(polls=1)

    writers = []
    writes = [writer(number, systems, progress) for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        writers += [pool.submit(in_its_own_connection, write) for write in writes]
        polling = pool.submit(in_its_own_connection, poll)
    for thread in [*writers, polling]:
        thread.result()
    wait_until_earlier_transactions_have_ended()
    table = {target["id"]: target for target in reader.get("/targets?pageSize=1000").json()["results"]}
    assert progress.polls > 10
    for copy in copies:
        while copy.poll():
            pass
        assert copy.targets == table
