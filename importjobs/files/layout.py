"""Types for reading files: the layout of a file, its rows and cells, and the error for a file that cannot be read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""The value of a cell. Cells of CSV files are text; None is an empty cell."""


class Percent(float):
    """A number that a workbook shows as a percentage: 0.8 is shown as 80 %."""

    def __str__(self) -> str:
        """Return the percentage as it is shown, such as "80 %"."""
        return f"{self.shown():.15g} %"

    def shown(self) -> float:
        """Return the number that is shown before the percent sign, with the 15 digits that Excel keeps."""
        return float(f"{self * 100:.15g}")


class UnreadableFile(Exception):
    """The file cannot be read. `str(error)` says in the language of the staff what is wrong and what to do."""


@dataclass(frozen=True)
class Layout:
    """How a file is read."""

    format: str
    """One of csv, xlsx, json and ndjson."""
    encoding: str = ""
    """Python's name of the encoding of a CSV file."""
    delimiter: str = ""
    """The character between the cells of a CSV file."""
    quote: str = '"'
    """The character around the cells of a CSV file that contain a delimiter or a line break."""
    sheet: str = ""
    """The name of the sheet of a workbook, or empty for the first visible sheet with content."""
    numbers: str = "german"
    """How text cells write numbers: german (1.234,5) or english (1,234.5)."""

    def as_json(self) -> dict[str, str]:
        """Return the layout as an object that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Layout":
        """Return the layout that `as_json` returned as `values`. Unknown names are ignored."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})

    @property
    def has_columns(self) -> bool:
        """Return whether the file is a table with headings (CSV and XLSX), in contrast to JSON documents."""
        return self.format in {"csv", "xlsx"}


class Row(NamedTuple):
    """A row of a table."""

    number: int
    """As the office program shows it, from 1. The heading is the first row that is not empty."""
    cells: list[Cell]
    """As many as there are headings."""
