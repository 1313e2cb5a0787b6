"""The names of the fields of a target's form: columns, paths of custom fields, and one name for the time window."""

from targets import paths

WINDOW = "time_window"
WINDOW_PATHS = ["planning.timeWindowStartUtc", "planning.timeWindowEndUtc"]
WINDOW_COLUMNS = [paths.COLUMN_BY_PATH[path] for path in WINDOW_PATHS]

_NAME_BY_PATH = paths.COLUMN_BY_PATH | {"templateKey": "template"} | dict.fromkeys(WINDOW_PATHS, WINDOW)
_PATHS_BY_NAME = {name: [path] for path, name in _NAME_BY_PATH.items()} | {WINDOW: WINDOW_PATHS}


def field_name(path: str) -> str:
    """Return the name of the form's field for a path. For custom and unknown fields it is the path itself."""
    return _NAME_BY_PATH.get(path, path)


def field_paths(name: str) -> list[str]:
    """Return the paths of the values in a field of the form: one, or the two ends of the time window."""
    return _PATHS_BY_NAME.get(name, [name])


def with_paired_names(name: str) -> set[str]:
    """Return the name of a field, and that of the field whose value makes sense only together with it."""
    return {field_name(path) for path in paths.with_paired_paths(field_paths(name))}
