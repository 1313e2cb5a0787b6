"""Make headings and rows of the raw rows of a table: what CSV and XLSX files have in common."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from importjobs.files.layout import Cell, Row, UnreadableFile
from ordinavo.common.limits import MAX_CELL_LENGTH, MAX_FILE_COLUMNS


def column_letters(position: int) -> str:
    """Return the name that office programs give a column, such as D or AA. `position` is counted from 0."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def heading_row(raw: Iterator[Row]) -> Row:
    """Return the first row that is not empty, and advance `raw` past it. Raises UnreadableFile if there is none."""
    for row in raw:
        if not is_empty(row.cells):
            return row
    raise UnreadableFile(_("The file has no rows. Write the headings into the first row, and the data below."))


def headings_of(row: Row) -> list[str]:
    """Return the headings in a row, without empty ones at the end. White space and line breaks become one space.

    A column without a heading gets its letters in brackets, such as (D). Raises UnreadableFile if two are equal or if
    there are more than MAX_FILE_COLUMNS.
    """
    names = [_heading_text(cell) for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_FILE_COLUMNS:
        raise too_many_columns()
    names = [name or f"({column_letters(position)})" for position, name in enumerate(names)]
    _refuse_duplicates(names)
    return names


def data_rows(raw: Iterable[Row], heading: Row, width: int) -> Iterator[Row]:
    """Yield the rows that are neither empty nor the headings once more, with exactly `width` cells each.

    Lists for printing repeat the headings on each page, and joined files have them several times. Raises UnreadableFile
    if a row has a value where there is no heading, or a cell over MAX_CELL_LENGTH characters.
    """
    for number, cells in raw:
        if is_empty(cells) or cells == heading.cells:
            continue
        _check_cells(number, cells, width, heading.number)
        yield Row(number, [*cells[:width], *[None] * (width - len(cells))])


def too_many_columns() -> UnreadableFile:
    """Return the error that a file has more than MAX_FILE_COLUMNS columns."""
    text = _("The file has more than %(count)d columns. Remove the columns that are not needed.")
    return UnreadableFile(text % {"count": MAX_FILE_COLUMNS})


def too_long_cell(row: int, position: int) -> UnreadableFile:
    """Return the error that a cell has more than MAX_CELL_LENGTH characters. `position` is that of its column."""
    text = _("The cell in row %(row)d, column %(column)s has more than %(count)d characters. Shorten it.")
    return UnreadableFile(text % {"row": row, "column": column_letters(position), "count": MAX_CELL_LENGTH})


def _heading_text(cell: Cell) -> str:
    """Return a heading as text without a byte order mark, with one space for each run of white space."""
    return "" if cell is None else " ".join(str(cell).replace("\ufeff", "").split())


def is_empty(cells: Sequence[Cell]) -> bool:
    """Return whether no cell has a value. Text of white space is none."""
    for cell in cells:  # noqa: SIM110  twice as fast as any(), and called for each row
        if cell is not None and (type(cell) is not str or cell.strip()):
            return False
    return True


def _refuse_duplicates(names: Sequence[str]) -> None:
    """Raise UnreadableFile, which names the first heading that is there twice, if there is one."""
    seen: dict[str, int] = {}
    for position, name in enumerate(names):
        if name in seen:
            text = _("The heading “%(heading)s” is in columns %(first)s and %(second)s. Rename or remove one of them.")
            places = {"first": column_letters(seen[name]), "second": column_letters(position)}
            raise UnreadableFile(text % {"heading": name[:80], **places})
        seen[name] = position


def _check_cells(number: int, cells: Sequence[Cell], width: int, heading: int) -> None:
    """Raise UnreadableFile if a row has a value where there is no heading, or too long a text.

    `heading` is the number of the row with the headings, which is named because it may be a title.
    """
    for position, cell in enumerate(cells):
        if type(cell) is str and len(cell) > MAX_CELL_LENGTH:
            raise too_long_cell(number, position)
    if len(cells) > width and not is_empty(cells[width:]):
        position = next(at for at in range(width, len(cells)) if not is_empty(cells[at : at + 1]))
        text = _(
            "Row %(row)d has a value in column %(column)s, which has no heading in row %(heading)d. "
            "Correct the row, or delete the rows above the headings."
        )
        raise UnreadableFile(text % {"row": number, "column": column_letters(position), "heading": heading})
