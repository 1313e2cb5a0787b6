"""Read a large JSON object whose bulk is one list, without having the whole list in memory.

Parsed JSON can take 30 times as much memory as its text. A batch is therefore split into the texts of its items, and
each item is parsed when it is needed.
"""

from collections.abc import Collection, Sequence
from typing import Any, overload

import msgspec
from django.conf import settings

from ordinavo.common import json_codec
from ordinavo.common.json_codec import MalformedJSON
from ordinavo.common.json_values import has_more_values
from ordinavo.common.limits import MAX_ITEM_VALUES, MAX_JSON_DEPTH, MAX_MEMBERS


class TooMuchOutside(ValueError):
    """The object has too many members, or a key or a member that is not split is too large.

    `str(error)` is a sentence for the sender.
    """


class JSONItems(Sequence[Any]):
    """A list in JSON text, which parses an item each time it is asked for, and keeps only the text.

    Asking for an item raises MalformedJSON, which names the item, if its text is not JSON that `json_codec.parse`
    accepts.
    """

    def __init__(self, name: str, texts: "list[msgspec.Raw]") -> None:
        """Make the list from the texts of its items. `name` is the name of the list in errors."""
        self.name, self._texts = name, texts

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._texts)

    @overload
    def __getitem__(self, position: int) -> Any: ...

    @overload
    def __getitem__(self, position: slice) -> "JSONItems": ...

    def __getitem__(self, position: int | slice) -> Any:
        """Parse and return an item, or return a part of the list.

        Raises IndexError if there is no such item, and MalformedJSON if it is not acceptable JSON.
        """
        if isinstance(position, slice):
            return JSONItems(self.name, self._texts[position])
        try:
            return json_codec.parse(bytes(self._texts[position]), levels=MAX_JSON_DEPTH - 2)
        except MalformedJSON as error:
            raise MalformedJSON(f"{error} It is in {self.name}[{position}].") from None

    def text(self, position: int) -> bytes:
        """Return the text of an item, as it was sent."""
        return bytes(self._texts[position])

    def size(self, position: int) -> int:
        """Return the length in bytes of the text of the item at a position, which counts from 0.

        Raises IndexError if there is no such item.
        """
        return len(memoryview(self._texts[position]))

    def has_too_many_values(self, position: int) -> bool:
        """Return whether an item has more than MAX_ITEM_VALUES values, counted as `has_more_values` does."""
        return self.size(position) > MAX_ITEM_VALUES and has_more_values(bytes(self._texts[position]), MAX_ITEM_VALUES)


def parse_object(data: bytes, *, lists: Collection[str]) -> dict[str, Any]:
    """Return the JSON object in a text. The members named in `lists` are JSONItems if they are lists.

    Their items are not parsed here: each may still be malformed. Otherwise as `json_codec.parse`. A byte order mark at
    the start is ignored. Raises MalformedJSON if the text is not one JSON object, and TooMuchOutside if it has more
    than MAX_MEMBERS members, if a key or a member that is not split has more than MAX_BODY_BYTES bytes, or if such a
    member has more than MAX_ITEM_VALUES values.
    """
    if not data or data.isspace():
        json_codec.parse(data)  # raises MalformedJSON
    text = memoryview(data)[3:] if data.startswith(b"\xef\xbb\xbf") else data
    try:
        members = _members(text)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, MalformedJSON | TooMuchOutside):
            raise error.__cause__ from None
        raise MalformedJSON("The body must be one JSON object.") from None
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise MalformedJSON(_explain(data, error)) from None
    return {name: _member(name, value, lists) for name, value in members.items()}


class _Key(str):
    """A key of the object. msgspec makes it by `_Keys.add`, because it is not a type that it knows."""


def _members(text: bytes | memoryview) -> "dict[str, msgspec.Raw]":
    """Return the text of each member of the JSON object in a text, by its key.

    Raises msgspec's DecodeError if the text is not JSON, RecursionError if it is nested too deep, and ValidationError
    if it is not an object or has a key that cannot be accepted.
    """
    known: set[str] = set()

    def add(_type: type, key: str) -> _Key:
        """Return a key as _Key. Raises MalformedJSON or TooMuchOutside if it cannot be accepted after those before."""
        if key in known:
            raise MalformedJSON(json_codec.duplicate_key(key))
        if "\0" in key:
            raise MalformedJSON(json_codec.NULL_CHARACTER)
        if len(known) == MAX_MEMBERS:
            raise TooMuchOutside(f"The body may have at most {MAX_MEMBERS:,} members.")
        _refuse_large(len(key.encode()))
        known.add(key)
        return _Key(key)

    return msgspec.json.decode(text, type=dict[_Key, msgspec.Raw], dec_hook=add)


def _member(name: str, value: msgspec.Raw, lists: Collection[str]) -> Any:
    """Return the value of a member: JSONItems for a list whose name is in `lists`, anything else parsed.

    Raises TooMuchOutside if the member is not split and has more than MAX_ITEM_VALUES values or MAX_BODY_BYTES bytes.
    """
    if name in lists and memoryview(value)[:1] == b"[":
        return JSONItems(name, msgspec.json.decode(value, type=list[msgspec.Raw]))
    _refuse_large(len(memoryview(value)))
    text = bytes(value)
    if has_more_values(text, MAX_ITEM_VALUES):
        message = f"Outside of its targets, the body may have at most {MAX_ITEM_VALUES:,} JSON values in one member."
        raise TooMuchOutside(message)
    return json_codec.parse(text, levels=MAX_JSON_DEPTH - 1)


def _refuse_large(size: int) -> None:
    """Raise TooMuchOutside if the size of a key, or of a member that is not split, exceeds MAX_BODY_BYTES bytes."""
    if size > settings.MAX_BODY_BYTES:
        raise TooMuchOutside(f"Outside of its targets, the body may have at most {settings.MAX_BODY_BYTES:,} bytes.")


def _explain(data: bytes, error: Exception) -> str:
    """Return a sentence for the sender that explains why msgspec refused a text.

    A text that a single import could have is parsed whole, so that the sentence is the same as there.
    """
    if len(data) <= settings.MAX_BODY_BYTES:
        try:
            json_codec.parse(data)
        except MalformedJSON as same_error:
            return str(same_error)
    if isinstance(error, RecursionError):
        return json_codec.TOO_DEEP
    return f"This is not JSON: {str(error).removeprefix('JSON is malformed: ')}."
