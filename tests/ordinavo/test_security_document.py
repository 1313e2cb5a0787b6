"""docs/security.md names tests that exist, and leaves out no risk and no chapter."""

import importlib
import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+)\.py::([\w:]+)`", TEXT)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_document_names_exists(file, name):
    found = importlib.import_module(f"tests.{file.replace('/', '.')}")
    for part in name.split("::"):
        found = getattr(found, part, None)
    assert callable(found), f"docs/security.md names {file}.py::{name}, which does not exist."


@pytest.mark.parametrize("heading", [f"| API{number} " for number in range(1, 11)])
def test_each_risk_of_the_top_10_has_a_row(heading):
    assert heading in TEXT


@pytest.mark.parametrize("chapter", [f"V{number}" for number in range(1, 18)])
def test_each_chapter_of_the_asvs_is_treated(chapter):
    assert re.search(rf"(^### {chapter} |\b{chapter} \([A-Z])", TEXT, re.MULTILINE)
