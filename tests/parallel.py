"""Distribute the tests over the workers of pytest-xdist.

Each worker has a test database of its own. Any worker runs any test, except that one worker runs all tests of a group.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

CHECKOUT = Path(__file__).parent.parent
# Files by what their tests share, because it takes long to make. (pytest-xdist 3.8 ignores its own mark for this,
# xdist_group, with pytest 9.2: all tests would be on their own.)
GROUPS = {
    "tests/inbound/test_many_clients.py": "servers",
    "tests/ordinavo/test_server.py": "servers",
    "tests/ordinavo/test_embedded_postgres.py": "embedded PostgreSQL",
}


class Scheduling(LoadScopeScheduling):
    """Hand out single tests in their order, and the tests of a group together."""

    def _split_scope(self, nodeid: str) -> str:
        return GROUPS.get(_file(nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Use the scheduler above for any `-n`."""
    if missing := [file for file in GROUPS if not (CHECKOUT / file).exists()]:
        raise pytest.UsageError(f"GROUPS in {__file__} names files that do not exist: {', '.join(missing)}")
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests and groups of tests first, so that at the end no worker runs a long one while the others wait.

    The other tests stay in pytest-django's order: those that roll back, then those that commit. The latter empty the
    tables, also of the roles that the migrations created, so no test with roles may follow on the same worker.
    """
    items.sort(key=lambda item: _commits(item) or not (item.get_closest_marker("slow") or _file(item.nodeid) in GROUPS))


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    by_mark = mark is not None and bool(mark.kwargs.get("transaction"))
    return by_mark or not {"live_server", "transactional_db"}.isdisjoint(item.fixturenames)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
