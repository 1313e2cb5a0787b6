"""Encode the cursor of GET /changes as text, and decode it. The text is opaque to clients."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from ordinavo.common.errors import InvalidParameter
from targets.changes import Cursor, Position

MAX_LENGTH = 10_000
"""In characters. No token has so long a cursor, and it would not fit into the URL of a request."""
_VERSION = "1"
_CURSOR = re.compile(_VERSION + r" ([0-9a-f]{16})((?: [0-9]{1,20}:[0-9]{1,19}:[0-9]{1,19}(?:,[0-9]{1,19})*)*)")
_MALFORMED = "after is not a cursor that this path returned. Start again without it."
_MAX_TRANSACTION_ID, _MAX_ID = 2**64 - 1, 2**63 - 1


def encode(cursor: Cursor) -> str:
    """Return the cursor as text of letters, digits, "-" and "_".

    Source systems with the same position, which are nearly always all of them, are written as one group.
    """
    systems: dict[Position, list[str]] = {}
    for system, position in cursor.positions.items():
        systems.setdefault(position, []).append(str(system))
    groups = [f"{xid}:{pk}:{','.join(members)}" for (xid, pk), members in systems.items()]
    text = " ".join([_VERSION, cursor.database, *groups])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """Return the cursor that `encode` wrote as this text. Raises InvalidParameter if it cannot have written it."""
    found = _CURSOR.fullmatch(_plain(text))
    if found is None:
        raise InvalidParameter(_MALFORMED)
    positions: dict[int, Position] = {}
    for group in found[2].split():
        xid, pk, members = group.split(":")
        for system in members.split(","):
            positions[int(system)] = _position(int(xid), int(pk))
    return Cursor(found[1], positions)


def _plain(text: str) -> str:
    """Decode base64url without padding, and return the ASCII text.

    Raises InvalidParameter if the encoded text is longer than MAX_LENGTH, or is not base64url without padding.
    """
    if len(text) > MAX_LENGTH or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise InvalidParameter(_MALFORMED)
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidParameter(_MALFORMED) from error


def _position(transaction_id: int, target_id: int) -> Position:
    """Return a position with these ids. Raises InvalidParameter if one is too large for PostgreSQL."""
    if transaction_id > _MAX_TRANSACTION_ID or target_id > _MAX_ID:
        raise InvalidParameter(_MALFORMED)
    return Position(transaction_id, target_id)
