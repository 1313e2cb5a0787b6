"""Distribute the tests over the workers of pytest-xdist.

Each worker has its own test database and runs single tests in their order. All tests of a group run in one worker.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

CHECKOUT = Path(__file__).parent.parent
# The group of a file. Its tests share something that takes long to start, such as a server. (The mark xdist_group would
# be the usual way, but pytest-xdist 3.8 ignores it with pytest 9.2.)
GROUPS = {
    "tests/inbound/test_lock_waits.py": "servers",
    "tests/inbound/test_many_clients.py": "servers",
    "tests/observability/test_metrics.py": "observed servers",
    "tests/observability/test_probes.py": "observed servers",
    "tests/observability/test_telemetry.py": "observed servers",
    "tests/ordinavo/test_secrets.py": "servers",
    "tests/ordinavo/test_lost_connections.py": "servers",
    "tests/ordinavo/test_page_shares.py": "servers",
    "tests/ordinavo/test_server.py": "servers",
    "tests/targets/test_change_cursors.py": "servers",
    "tests/ordinavo/test_embedded_postgres.py": "embedded PostgreSQL",
}


class Scheduling(LoadScopeScheduling):
    """Give a worker one test after the other, but the tests of a group together."""

    def _split_scope(self, nodeid: str) -> str:
        return GROUPS.get(_file(nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Return the scheduler for `-n`. Raises UsageError if GROUPS names a file that does not exist."""
    if missing := [file for file in GROUPS if not (CHECKOUT / file).exists()]:
        raise pytest.UsageError(f"GROUPS in {__file__} names files that do not exist: {', '.join(missing)}")
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests and groups first, so that at the end no worker has a long test left while the others are idle.

    Otherwise keep the order of pytest-django: first the tests that roll back, then those that commit. The latter empty
    all tables at their end; tests/conftest.py then restores the roles that a migration made.
    """
    items.sort(key=lambda item: _commits(item) or not (item.get_closest_marker("slow") or _file(item.nodeid) in GROUPS))


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    by_mark = mark is not None and bool(mark.kwargs.get("transaction"))
    return by_mark or not {"live_server", "transactional_db"}.isdisjoint(item.fixturenames)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
