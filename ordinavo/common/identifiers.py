"""Normalise ids such as externalId, sourceSystem and templateKey, so that ids that look the same are equal.

An id is converted to Unicode's form NFC and trimmed. If it then contains an invisible character, it is refused, because
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
    """Return an id in Unicode's form NFC, without white space at its ends.

    The result may be empty and may contain invisible characters. White space is Unicode's White_Space and the byte
    order mark U+FEFF. `str.strip` is not used, because it also removes U+001C to U+001F, and does not remove U+FEFF.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _ENDS.sub("", unicodedata.normalize("NFC", text))


def parse(text: str) -> str:
    """Return an id after `normalise`. Raises InvisibleCharacter if the result contains an invisible character.

    Invisible are the characters of Unicode's categories Cc and Cf, such as a zero-width space. A tab at an end is
    trimmed, and a tab within the id is refused. The result may be empty.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    text = normalise(text)
    if found := _INVISIBLE_CHARACTER.search(text):
        raise InvisibleCharacter(f"must not contain the invisible character {describe(found[0])}")
    return text


def is_blank(text: str) -> bool:
    """Return whether a text is empty or consists only of white space and invisible characters."""
    return not _VISIBLE_CHARACTER.search(text)


def is_visible(text: str) -> bool:
    """Return whether a text contains neither white space nor invisible characters. True for an empty text."""
    return _VISIBLE_CHARACTERS.fullmatch(text) is not None


def describe(character: str) -> str:
    """Return the code point and the name of a character, such as "U+200B (ZERO WIDTH SPACE)".

    The name of a control character is "control character". Another character without a name has its code point alone.
    """
    name = unicodedata.name(character, "control character" if ord(character) < 0xA0 else "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def pattern(max_length: int, *, blank: bool) -> str:
    """Return a regular expression that matches the texts that `parse` accepts, for Python and ECMA-262 (flag u).

    Without the white space at its ends, a text has 1 to `max_length` characters, or none if `blank` is true. The
    characters are counted before a text is converted to NFC. Character ranges are listed, because Python and JavaScript
    define classes such as white space differently.
    """
    space, visible, end = f"[{_SPACE}]*", f"[^{_INVISIBLE}]{{0,{max_length - 1}}}", f"[^{_INVISIBLE}{_SPACE}]"
    text = f"({visible}{end})?" if blank else f"{visible}{end}"
    return _escaped(f"^{space}{text}{space}$")


def visible_pattern() -> str:
    """Return a regular expression that finds a visible character, so it matches unless `is_blank` is true."""
    return _escaped(_VISIBLE_CHARACTER.pattern)


def key_pattern(key: str) -> str:
    """Return a regular expression that matches this key, with or without white space at its ends.

    The key may contain only ASCII letters, digits, "_", "-" and ".".
    """
    text = key.replace(".", r"\.")  # re.escape would also escape "-", which ECMA-262 refuses
    return _escaped(f"^[{_SPACE}]*{text}[{_SPACE}]*$")


def _escaped(expression: str) -> str:
    r"""Replace the characters of a regular expression by \uXXXX, except printable ASCII and those above U+FFFF."""
    return "".join(
        character if " " <= character <= "~" or ord(character) > 0xFFFF else f"\\u{ord(character):04x}"
        for character in expression
    )
