"""Read times of day as people type them into forms."""

import re
from datetime import time

_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{1,2})(?::(\d{2})(?:\.\d+)?)?)?\s*(?:(uhr|h)|([ap])\.?m\.?)?", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{1,2})(\d{2})\s*(?:uhr|h)?", re.IGNORECASE)


def parse_time(text: str) -> time:
    """Return the time of day that somebody typed. Raises ValueError if the text is none.

    Read are "14", "14:5" (five minutes past), "8:30", "8.30", "08:30:15", "0830", "830", "8 Uhr", "8:30 Uhr",
    "8.30 Uhr", "14h", "14h30", "14 h" and, with am or pm, hours from 1 to 12: "8 pm", "8:30 PM". White space around it
    is ignored. "24:00" is none, because it belongs to the next day.
    """
    text = " ".join(text.split())
    if match := _COMPACT.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError
    hour, half = int(match[1]), (match[5] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(match[2] or 0), int(match[3] or 0))
