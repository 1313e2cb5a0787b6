"""Every bulk action of every list × role, by GET and by POST, as table.py says."""

import pytest

from tests.access import routes
from tests.access.answers import report, status_or_login
from tests.access.table import ACTIONS, OUTSIDERS, PAGES

CASES = list(ACTIONS)


def list_of(model):
    return f"admin/{model.replace('.', '/')}/"


def refused(model, role):
    """Return what a role is answered that may not use an action: the list, without a page that asks to confirm."""
    if role in OUTSIDERS:
        return "login"
    return "list" if role in PAGES[list_of(model)].post.who else 403


def kind(answer):
    """Return "list" for the list or a redirect to it, "page" for any other page, else the status or "login".

    A redirect to the preview of a bulk change is a page.
    """
    if status_or_login(answer) == 302 and answer["Location"].endswith("/prepare/"):
        return "page"
    if status_or_login(answer) == 302 and answer["Location"].partition("?")[0].endswith("/"):
        return "list"
    if answer.status_code == 200:
        return "list" if "cl" in (answer.context or {}) else "page"
    return status_or_login(answer)


def deviations(ask, model, action, role, number):
    """Use an action as a role in each way. Yield a sentence for each answer or change that is not as expected."""
    row, path = ACTIONS[model, action], f"/{list_of(model)}"
    chosen = {"action": action, "_selected_action": [number]}
    allowed = role in row.who
    ways = [
        ("GET", chosen | dict(row.confirmed), refused(model, role), False),
        ("POST", chosen, "page" if allowed else refused(model, role), allowed and row.prepares),
        ("POST", chosen | {"index": "0"} | dict(row.confirmed), "list" if allowed else refused(model, role), allowed),
    ]
    for method, data, answer_expected, change_expected in ways if row.confirmed else ways[:2]:
        answer, changed = ask(role, method, path, data)
        if (kind(answer), changed) != (answer_expected, change_expected):
            yield (
                f"{method} {action} of {model} as {role}: {kind(answer)}, changed is {changed}; "
                f"expected {answer_expected}, {change_expected}"
            )


def test_every_bulk_action_has_a_row():
    missing = routes.bulk_actions() - ACTIONS.keys()
    assert not missing, (
        f"Add a row for {sorted(missing)} to ACTIONS in tests/access/table.py: who may use the action, and what is "
        "posted to confirm it."
    )
    assert ACTIONS.keys() == routes.bulk_actions(), "Remove the rows without an action."


@pytest.mark.parametrize(("model", "action"), CASES)
def test_each_role_may_use_the_bulk_actions_of_the_table(objects, ask, sessions, model, action):
    report(found for role in sessions for found in deviations(ask, model, action, role, objects[model]))
