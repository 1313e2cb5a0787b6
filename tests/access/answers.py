"""Read answers, and report all that differ from the table in one message."""

from collections.abc import Iterable
from typing import Any


def report(deviations: Iterable[str | None]) -> None:
    """Raise AssertionError with all sentences, if there are any."""
    found = [text for text in deviations if text]
    assert not found, f"{len(found)} answers differ from tests/access/table.py:\n" + "\n".join(found)


def status_or_login(answer: Any) -> Any:
    """Return the status of an answer, or "login" for a redirect to the login."""
    is_login = answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
    return "login" if is_login else answer.status_code
