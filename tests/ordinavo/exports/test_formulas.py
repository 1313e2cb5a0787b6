"""Formulas are told from phone numbers, numbers and other text."""

import pytest

from ordinavo.common.exports.formulas import escape_formula

HARMLESS = [
    "+49 30 123-45", "+49 30 12345", "+49 (0) 30 / 12345-0", "+49.30.12345", "+4930123456", "+1 (555) 010-9999",
    "+49\u00a030\u00a0123456", "+49 30 1234\u20130", " +49 30 123456", "+43 1 234567", "+352 123456",
    "-6", "-6.5", "-6,5", "+12", "-1.234,56", "030 12345", "0049 30 12345", "(030) 12345", "Essen", "", "a=b", "'=1",
]  # fmt: skip
FORMULAS = [
    "+1+1", "+1-1", "-1+1", "-2+3+cmd|' /C calc'!A0", "+49-30", "+49 30 123456+1", "+49 30 12345 =1", "=1+1", "=A1",
    "@SUM(A1)", "+A1", "+SUM(1)", "+49 30 12345*2", "+49 30 12345!A1", "+49 30 ext 5123456", "+49;30;123456",
    "+49,30,123456a", "-49 30 12345", "--1", "+", "-", "+49|30123456", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1",
    "\u00a0=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "+" + "1 2" * 20, "+٤٩ 30 123456",  # noqa: RUF001
]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_is_no_formula_stays_as_it_is(text):
    assert escape_formula(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text):
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("value", [None, -1, -1.5, True])
def test_a_value_that_is_no_text_stays_as_it_is(value):
    assert escape_formula(value) is value
