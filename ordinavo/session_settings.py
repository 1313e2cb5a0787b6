"""Convert settings of a database session between a dict and the connection parameter `options` of libpq."""

import re
from collections.abc import Mapping

_OPTION = re.compile(r"\s*(?:-c\s*|--)([A-Za-z_][\w.-]*)=((?:\\.|[^\\\s])*)(?=\s|$)")
_BLANK, _ESCAPED = re.compile(r"([\\\s])"), r"\\\1"


def parse_options(options: str) -> dict[str, str]:
    r"""Return the settings in the value of `options`, such as `-c lock_timeout=7s --search_path=connect,public`.

    A backslash keeps the next character, as in `-c search_path=a,\ b` (PostgreSQL, "postgres", section Options). Raises
    ValueError for options of another form.
    """
    settings: dict[str, str] = {}
    position = 0
    options = options.rstrip()
    while position < len(options):
        found = _OPTION.match(options, position)
        if not found:
            raise ValueError(options)
        settings[found[1].replace("-", "_")] = re.sub(r"\\(.)", r"\1", found[2])
        position = found.end()
    return settings


def as_options(settings: Mapping[str, str]) -> str:
    """Return the value of `options` that gives a session these settings; empty if there are none.

    Backslashes and white space in the values are escaped.
    """
    return " ".join(f"-c {name}={_BLANK.sub(_ESCAPED, value)}" for name, value in settings.items())
