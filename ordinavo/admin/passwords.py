"""Refuse passwords that are built of words which an attacker tries first."""

import re
import unicodedata
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_PRODUCT_WORDS = ("Ordinavo",)
_USER_ATTRIBUTES = ("username", "first_name", "last_name", "email")
_COMMON_LABELS = {"localhost", "www", "com", "net", "org"}
"""Parts of host names that say nothing about this installation."""

_LOOKALIKES = str.maketrans("0134$5@789!|+", "oieassatbgiit")
_MIN_CONTAINED = 4
"""Letters that a word must have so that no password may contain it. "Max" is part of many other words."""


class GuessableWordsValidator:
    """Refuse a password with the name of the product, of a host of ALLOWED_HOSTS, or of the user.

    Case, accents, digits, punctuation and common replacements of letters (0rd1nav0) make no difference. A word of fewer
    than _MIN_CONTAINED letters is refused only if the password has no other letters.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError if the password is built of a guessable word. The message does not repeat the word."""
        if any(_is_built_of(password, word) for word in _guessable_words(user)):
            raise ValidationError(
                _("The password contains your name or the name of this product or server. Choose other words."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """Return the rule as a sentence for the pages where a password is chosen."""
        return _("Your password must not contain your name or the name of this product or server.")


def _guessable_words(user: AbstractBaseUser | None) -> Iterator[str]:
    """Yield the words that a password must not be built of, as they are written. Some may be empty or occur twice."""
    yield from _PRODUCT_WORDS
    for host in settings.ALLOWED_HOSTS:
        yield from (label for label in host.split(".") if label.lower() not in _COMMON_LABELS)
    for attribute in _USER_ATTRIBUTES:
        value = str(getattr(user, attribute, "")).partition("@")[0]
        yield value
        yield from re.split(r"[\W_]+", value)


def _is_built_of(password: str, word: str) -> bool:
    """Return whether the password contains the word, or has no other letters if the word is short.

    A word is short if it has fewer than _MIN_CONTAINED letters; the password may repeat it. Only letters are compared:
    as written, and with lookalikes such as 0 and $ turned into letters. Returns False for a word without letters.
    """
    if not _letters(word):
        return False
    words = {_letters(word), _letters(word.translate(_LOOKALIKES))}
    spellings = {_letters(password), _letters(password.translate(_LOOKALIKES))} - {""}
    return any(_holds(spelling, letters) for spelling in spellings for letters in words)


def _holds(spelling: str, letters: str) -> bool:
    """Return whether a spelling contains the letters of a word, or has no others if they are few."""
    return letters in spelling if len(letters) >= _MIN_CONTAINED else not spelling.replace(letters, "")


def _letters(text: str) -> str:
    """Return the letters of a text, in lower case and without accents. An l becomes an i, because 1 stands for both."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalpha()).replace("l", "i")
