"""Convert one row with chosen columns, as the tests of columns do."""

from importjobs.files.conversion import Converter
from importjobs.files.layout import Layout, Row
from targets.models import SourceSystem


def converted(cells, *, numbers="german", template=None, time_zone=""):
    """Return the document of a row whose cells are given by the paths of their columns."""
    converter = Converter(
        list(cells),
        {path: path for path in cells},
        layout=Layout(format="xlsx", numbers=numbers),
        template=template,
        source_system=SourceSystem(key="erp", time_zone=time_zone),
    )
    return converter.document(Row(2, list(cells.values())))


def converted_cell(path, cell, **options):
    """Return the value of one cell in the document of a row with this column only."""
    document = converted({path: cell}, **options)
    section, _, name = path.rpartition(".")
    return document[section][name] if section else document[name]
