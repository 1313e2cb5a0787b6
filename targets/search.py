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


class Words(Func):
    """An SQL expression of the words of some columns, in lower case and without punctuation (tsvector).

    An index on the same expression makes the search fast. PostgreSQL's manual, section 12.2.
    """

    template = f"to_tsvector('simple'::regconfig, regexp_replace(%(expressions)s, '{_PUNCTUATION}', ' ', 'g'))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


def search(rows: QuerySet[Any], columns: tuple[str, ...], text: str) -> QuerySet[Any]:
    """Return the rows in which every word of the text begins a word of one of the columns, in upper or lower case.

    Punctuation separates words. Returns all rows if the text has no word. The query is not run here.
    """
    words = re.sub(_PUNCTUATION, " ", identifiers.normalise(text)).split()
    if not words:
        return rows
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return rows.annotate(words=Words(*columns)).filter(words=query)
