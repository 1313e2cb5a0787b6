"""The list of guards fits the code and the tests of the checkout."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.mutation.guard import all_guards

ROOT = Path(__file__).resolve().parents[2]
GUARDS = all_guards()


@cache
def names_in(file: str) -> set[str]:
    """Return the names of the functions and classes of a test file."""
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_there_are_at_least_120_guards_and_each_has_its_own_name():
    assert len(GUARDS) >= 120
    assert [name for name, count in Counter(guard.name for guard in GUARDS).items() if count > 1] == []


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_a_guard_is_once_in_its_file_and_its_tests_exist(guard):
    without = guard.removed_from((ROOT / guard.file).read_text())
    if guard.file.endswith(".py"):
        compile(without, guard.file, "exec")
    assert guard.tests
    for test in guard.tests:
        file, *names = test.partition("[")[0].split("::")
        assert set(names) <= names_in(file), test
