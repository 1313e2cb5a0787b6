"""Finds targets by the beginnings of words, with what every PostgreSQL has on board."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Func, QuerySet

# The parser would read "DEL-2026-000918" as a word and two negative numbers.
_PUNCTUATION = r"[!-/:-@\[-`{-~]+"


class Words(Func):
    """The words of some columns, lower-cased and without punctuation (PostgreSQL, section 12.2)."""

    template = f"to_tsvector('simple'::regconfig, regexp_replace(%(expressions)s, '{_PUNCTUATION}', ' ', 'g'))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


def search(rows: QuerySet[Any], columns: tuple[str, ...], text: str) -> QuerySet[Any]:
    """The rows in which every word of the text begins a word of one of the columns."""
    words = re.sub(_PUNCTUATION, " ", text).split()
    if not words:
        return rows
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return rows.annotate(words=Words(*columns)).filter(words=query)
