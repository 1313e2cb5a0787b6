"""Count the values in JSON text before it is parsed, so that a request cannot use up the memory.

A value in memory can be 30 times as large as its text: `[]` has 2 bytes, and a list at least 56.
"""

_PIECE_BYTES = 64 * 1024
"""The number of bytes that are searched for strings at a time, so that the search needs little memory."""
_WHITE_SPACE = b" \t\n\r"


def has_more_values(data: bytes, limit: int) -> bool:
    """Return whether JSON text has more than `limit` values. Objects, lists and the values in them count.

    Keys do not count. If the text is not valid JSON, the values before its first error are counted correctly. Takes
    time linear in the length of the text, and almost none if it is not longer than `limit`.
    """
    if len(data) <= limit:
        return False
    upper_bound = 1 + data.count(b",") + data.count(b"[") + data.count(b"{")
    return upper_bound > limit and _has_more_outside_strings(data, limit)


def _has_more_outside_strings(data: bytes, limit: int) -> bool:
    """Count the values of JSON text exactly, and return whether there are more than `limit`.

    `has_more_values` calls this only if its quick upper bound, which includes commas and brackets in strings, exceeds
    `limit`. The count is one for the whole text, one for each comma outside strings, and one for each list or object
    that is not empty.
    """
    values, in_string, escape, last = 1, False, b"", b""
    for start in range(0, len(data), _PIECE_BYTES):
        piece = (escape + data[start : start + _PIECE_BYTES]).replace(b"\\\\", b"")
        escape = b"\\" if piece.endswith(b"\\") else b""  # it belongs to the first character of the next piece
        parts = piece.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        text = b'"'.join(parts[in_string::2])
        in_string ^= len(parts) % 2 == 0
        text = last + (text + b'"' * in_string).translate(None, _WHITE_SPACE)
        last = text[-1:] if text.endswith((b"[", b"{")) else b""  # the next piece says whether it is empty
        text = text.removesuffix(last)
        values += sum(map(text.count, (b",", b"[", b"{"))) - text.count(b"[]") - text.count(b"{}")
        if values > limit:
            return True
    return False
