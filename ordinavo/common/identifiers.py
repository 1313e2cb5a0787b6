"""Read ids, so that two spellings that look the same are one id: externalId, sourceSystem, templateKey and others.

An id is normalised to Unicode's form NFC and trimmed. One that then contains an invisible character is refused, because
nobody could see in a list why two ids differ.
"""

import re
import unicodedata

_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""Unicode's White_Space and the byte order mark, as ranges of a regular expression."""

# Unicode 16, categories Cc and Cf. They are listed, because each release of Python knows another version of Unicode.
_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_ENDS = re.compile(f"^[{_SPACE}]+|[{_SPACE}]+\\Z")
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")
_VISIBLE_CHARACTER = re.compile(f"[^{_INVISIBLE}{_SPACE}]")
_VISIBLE_CHARACTERS = re.compile(f"[^{_INVISIBLE}{_SPACE}]*")


class InvisibleCharacter(ValueError):
    """An id contains a control or format character. `str(error)` begins with "must not contain"."""


def normalise(text: str) -> str:
    """Return an id in the form NFC without white space at its ends. It may be empty or hold invisible characters.

    White space is Unicode's White_Space and the byte order mark U+FEFF. `str.strip` would also remove U+001C to U+001F,
    and not U+FEFF.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _ENDS.sub("", unicodedata.normalize("NFC", text))


def parse(text: str) -> str:
    """Return an id as `normalise` does. It may be empty.

    Raises InvisibleCharacter if it contains a character of Unicode's categories Cc or Cf, such as a zero-width space.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    text = normalise(text)
    if found := _INVISIBLE_CHARACTER.search(text):
        raise InvisibleCharacter(f"must not contain the invisible character {describe(found[0])}")
    return text


def is_blank(text: str) -> bool:
    """Return whether a text has no character that could be seen: it is empty, or has only white space and such."""
    return not _VISIBLE_CHARACTER.search(text)


def is_visible(text: str) -> bool:
    """Return whether a text has neither white space nor an invisible character. An empty text has none."""
    return _VISIBLE_CHARACTERS.fullmatch(text) is not None


def describe(character: str) -> str:
    """Return a character's code point and, if it has one, its name, such as "U+200B (ZERO WIDTH SPACE)"."""
    name = unicodedata.name(character, "control character" if ord(character) < 0xA0 else "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def pattern(max_length: int, *, blank: bool) -> str:
    """Return the regular expression (ECMA-262 with the flag u, and Python) of the texts that `parse` accepts.

    They have at most `max_length` characters without the white space at their ends, or none if `blank` is true. A text
    that is not in the form NFC is counted as it is. The ranges are explicit, because Python and JavaScript do not agree
    about classes such as white space.
    """
    space, visible, end = f"[{_SPACE}]*", f"[^{_INVISIBLE}]{{0,{max_length - 1}}}", f"[^{_INVISIBLE}{_SPACE}]"
    text = f"({visible}{end})?" if blank else f"{visible}{end}"
    return _escaped(f"^{space}{text}{space}$")


def visible_pattern() -> str:
    """Return the regular expression of the texts for which `is_blank` is false."""
    return _escaped(_VISIBLE_CHARACTER.pattern)


def key_pattern(key: str) -> str:
    """Return the regular expression of a key that may have white space at its ends.

    A key has only ASCII letters, digits, "_", "-" and ".".
    """
    text = key.replace(".", r"\.")  # re.escape would also escape "-", which ECMA-262 refuses
    return _escaped(f"^[{_SPACE}]*{text}[{_SPACE}]*$")


def _escaped(expression: str) -> str:
    r"""Return a regular expression in which control characters and all but astral characters are written as \uXXXX."""
    return "".join(
        character if " " <= character <= "~" or ord(character) > 0xFFFF else f"\\u{ord(character):04x}"
        for character in expression
    )
