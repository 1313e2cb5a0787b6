"""Parse the XML files within an XLSX file as a stream. A declaration of entities is refused, so that none expands."""

from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

_PIECE_BYTES = 16 * 1024
_MAX_TAG_BYTES = 1024 * 1024
"""A tag is in memory as a whole."""
_MAX_SMALL_BYTES = 32 * 1024 * 1024
"""Of a part that is read to its end at once."""

Start = Callable[[str, dict[str, str]], None]
"""Called with the local name of an element and its attributes."""
End = Callable[[str], None]
Text = Callable[[str], None]


def parse(stream: IO[bytes], start: Start, end: End | None = None, text: Text | None = None) -> Iterator[None]:
    """Parse XML with handlers, and yield after each piece, so that a caller can stop early.

    Names are passed to the handlers without the prefix of the outermost element. Raises expat.ExpatError if the stream
    is not XML, has a document type or has a tag over _MAX_TAG_BYTES.
    """
    parser = _parser(start, end, text)
    fed = 0
    while piece := stream.read(_PIECE_BYTES):
        parser.Parse(piece)
        fed += len(piece)
        if fed - parser.CurrentByteIndex > _MAX_TAG_BYTES:
            raise expat.ExpatError("tag too long")
        yield
    parser.Parse(b"", True)
    yield


def parse_whole(stream: IO[bytes], start: Start, end: End | None = None) -> None:
    """Parse XML with handlers to its end. Raises as `parse` does, and also if it has over _MAX_SMALL_BYTES."""
    for pieces, _ in enumerate(parse(stream, start, end)):
        if pieces * _PIECE_BYTES > _MAX_SMALL_BYTES:
            raise expat.ExpatError("part too long")


def _parser(start: Start, end: End | None, text: Text | None) -> expat.XMLParserType:
    """Return a parser that calls the handlers, the first time with the outermost element.

    Most programs write names without a prefix. The handlers are then called directly, because a sheet has millions of
    elements.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype

    def begin(name: str, attributes: dict[str, str]) -> None:
        prefix = name[: name.find(":") + 1]
        if prefix:
            parser.StartElementHandler = lambda name, attributes: start(name.removeprefix(prefix), attributes)
            parser.EndElementHandler = end and (lambda name: end(name.removeprefix(prefix)))
        else:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
        start(name.removeprefix(prefix), attributes)

    parser.StartElementHandler = begin
    return parser


def _refuse_doctype(*declaration: object) -> None:
    """Raise ExpatError. Office programs write no document type."""
    raise expat.ExpatError("document type")
