"""Searches rows by the beginnings of words, with PostgreSQL's own full text search."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection, transaction
from django.db.models import BooleanField, CharField, Func, QuerySet

from ordinavo.common import identifiers
from targets import phone_numbers

SEARCHED = (
    "external_id", "title", "customer_name", "street", "postal_code", "city",
    "customer_external_id", "customer_number", "location_external_id", "location_name", "customer_contact_name",
    "customer_email", "contact_external_id",
)  # fmt: skip
"""The columns whose words the search in the admin looks at. It looks at the phone number, too."""

MAX_FEW = 5000
"""Up to so many targets are found by reading their ids from the index first."""

# PostgreSQL's parser would read "DEL-2026-000918" as a word and two negative numbers, so punctuation becomes spaces.
_PUNCTUATION = r"[!-/:-@\[-`{-~]+"


_PAIRS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"))
"""Two spellings of the same sound in German."""


class Words(Func):
    """An SQL expression of the words of some columns, in lower case and without punctuation (tsvector).

    An index on the same expression makes the search fast. PostgreSQL's manual, section 12.2.
    """

    template = f"to_tsvector('simple'::regconfig, regexp_replace(%(expressions)s, '{_PUNCTUATION}', ' ', 'g'))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


class Matches(Func):
    """An SQL condition that words match a query, as "@@" says. PostgreSQL uses no index and expects every third row."""

    function = "ts_match_vq"
    output_field = BooleanField()


class PhoneNumber(Func):
    """An SQL expression of a phone number as one word, so that spaces and other signs do not matter.

    It has the digits of the column, with "00" for each "+" and without "(0)": "+49 (0) 170/123" is "0049170123".
    """

    template = "regexp_replace(replace(replace(%(expressions)s, '(0)', ''), '+', '00'), '[^0-9]+', '', 'g')"
    output_field = CharField()


def searched_words() -> Words:
    """Return the SQL expression of all that the search looks at. `Target` has an index on it."""
    return Words(*SEARCHED, PhoneNumber("customer_phone"))


def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return the targets of `rows` in which each word of the text begins a word, in upper or lower case.

    Punctuation separates words. "ü" and "ue" are the same, as are "ß" and "ss": see `_spellings`. What looks like a
    phone number may be one in any form instead: see `phone_numbers.other_forms`. Returns all rows if the text has no
    word. Reads the ids of the targets found, if they are few, and does not run the query that it returns.
    """
    condition = _condition(identifiers.normalise(text).lower())
    if not condition:
        return rows
    query = SearchQuery(condition, search_type="raw", config="simple")
    found = rows.model.objects.annotate(words=searched_words()).filter(words=query)
    ids = _first_ids(found)
    if len(ids) <= MAX_FEW:
        return rows.filter(pk__in=ids)
    # So many are found soon in the order of the list. By the index, PostgreSQL would read and sort all of them.
    return rows.filter(Matches(searched_words(), query))


def _first_ids(found: QuerySet[Any]) -> list[int]:
    """Return the ids of at most MAX_FEW + 1 of the rows found, in no order, by the index of words.

    PostgreSQL cannot know how many rows have a word that begins so. Where few have, it would look for the newest of
    them in the whole table, row by row. The rollback restores its settings.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)")
        ids = list(found.order_by().values_list("pk", flat=True)[: MAX_FEW + 1])
        transaction.set_rollback(True)
    return ids


def _condition(text: str) -> str:
    """Return the condition that a target is found by a text, in PostgreSQL's language of text searches, or ""."""
    terms, end = [], 0
    for match in phone_numbers.find(text):
        digits = _all_of(match.group())
        numbers = [f"{form}:*" for form in phone_numbers.other_forms(match.group())]
        terms += [_all_of(text[end : match.start()]), " | ".join([f"({digits})", *numbers])]
        end = match.end()
    terms.append(_all_of(text[end:]))
    return " & ".join(f"({term})" for term in terms if term)


def _all_of(text: str) -> str:
    """Return the condition that each word of a text begins a word of the target, or "" if the text has none."""
    words = re.sub(_PUNCTUATION, " ", text).split()
    return " & ".join("(" + " | ".join(f"{spelling}:*" for spelling in _spellings(word)) + ")" for word in words)


def _spellings(word: str) -> list[str]:
    """Return the word and its other German spellings: with "ue" for "ü", "ü" for "ue", and so on, or both.

    Each pair of spellings is replaced throughout the word or not at all, so there are at most 81 of them.
    """
    found = {word}
    for umlaut, letters in _PAIRS:
        found |= {spelling.replace(umlaut, letters) for spelling in found}
        found |= {spelling.replace(letters, umlaut) for spelling in found}
    return sorted(found)
