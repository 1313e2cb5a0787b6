"""Searches rows by the beginnings of words, with PostgreSQL's own full text search."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Func, QuerySet

from ordinavo.common import identifiers

SEARCHED = (
    "external_id", "title", "customer_name", "street", "postal_code", "city",
    "customer_external_id", "customer_number", "location_external_id", "location_name", "customer_contact_name",
)  # fmt: skip
"""The columns that the search in the admin looks at."""

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


def search(rows: QuerySet[Any], columns: tuple[str, ...], text: str) -> QuerySet[Any]:
    """Return the rows in which every word of the text begins a word of one of the columns, in upper or lower case.

    Punctuation separates words. "ü" and "ue" are the same, as are "ß" and "ss": see `_spellings`. Returns all rows if
    the text has no word. The query is not run here.
    """
    words = re.sub(_PUNCTUATION, " ", identifiers.normalise(text)).lower().split()
    if not words:
        return rows
    alternatives = (" | ".join(f"{spelling}:*" for spelling in _spellings(word)) for word in words)
    query = SearchQuery(" & ".join(f"({spellings})" for spellings in alternatives), search_type="raw", config="simple")
    return rows.annotate(words=Words(*columns)).filter(words=query)


def _spellings(word: str) -> list[str]:
    """Return the word and its other German spellings: with "ue" for "ü", "ü" for "ue", and so on, or both.

    Each pair of spellings is replaced throughout the word or not at all, so there are at most 81 of them.
    """
    found = {word}
    for umlaut, letters in _PAIRS:
        found |= {spelling.replace(umlaut, letters) for spelling in found}
        found |= {spelling.replace(letters, umlaut) for spelling in found}
    return sorted(found)
