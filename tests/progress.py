"""Report the progress of the test suite in words: one line for each file when all of its tests are done.

    [ 12%] tests/inbound/test_batch.py: 41 passed (3 s)

A failed test is named at once. These lines replace the dots of pytest, with and without pytest-xdist, unless `-v` or
`-qq` is given.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest


class Progress:
    """A pytest plugin that prints the progress.

    With pytest-xdist it is registered in the controller only, which receives the reports of all workers.
    """

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal
        self.tests = 0
        self.finished = 0
        self.left: Counter[str] = Counter()
        self.results: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the tests of a run without pytest-xdist."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Count the tests. Every worker collects all of them, so the first worker's list is enough."""
        if not self.tests:
            self._expect(ids)

    def _expect(self, ids: Iterable[str]) -> None:
        self.left = Counter(map(_file, ids))
        self.tests = self.left.total()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self):
        """Suppress the letter that pytest prints for each test."""
        category, _letter, word = yield
        return category, "", word

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Name a failed test at once, and report its file when the last test of the file has ended."""
        file = _file(report.nodeid)
        self.seconds[file] += report.duration
        category, *_ = self.terminal.config.hook.pytest_report_teststatus(report=report, config=self.terminal.config)
        if category:
            self.results[file][category] += 1
        if report.failed:
            phase = f" (in {report.when})" if report.when in ("setup", "teardown") else ""
            self._print(f"FAILED {report.nodeid}{phase}")
        if report.when == "teardown":
            self.finished += 1
            self.left[file] -= 1
            if not self.left[file]:
                self._report(file)

    def pytest_terminal_summary(self) -> None:
        """Say so if the run ended early, for example because a test crashed its worker."""
        if self.finished < self.tests and not self.terminal.config.option.collectonly:
            self._print(f"Only {self.finished} of {self.tests} tests have run.")

    def _report(self, file: str) -> None:
        results = ", ".join(f"{number} {category}" for category, number in self.results[file].items())
        percent = 100 * self.finished // self.tests
        self._print(f"[{percent:3}%] {file}: {results} ({self.seconds[file]:.0f} s)")

    def _print(self, line: str) -> None:
        self.terminal.ensure_newline()
        self.terminal.write_line(line)
        self.terminal.flush()


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
