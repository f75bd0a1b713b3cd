"""Files that a DOCX shows as a part of its own text (altChunk): a saved page, as pages are put into documents."""

from dataclasses import replace

from archive.documents import kinds
from archive.documents.flow import Foreign, Item
from archive.documents.html import read_html
from archive.documents.mhtml import read_mhtml
from archive.documents.model import Block, Document, Grid
from archive.documents.text import read_text
from archive.documents.word_package import Package, Relation
from archive.errors import Unreadable


def inside_file(package: Package, relation: Relation | None, warnings: list[str]) -> list[Item]:
    """The blocks of such a file, each with its name as the part it stands in; a warning where it cannot be read."""
    if relation is None:
        return []
    try:
        body = None if relation.external else package.read(relation.target)
        if body is None:
            raise Unreadable("it is not in the container")
        document = _document(body)
    except Unreadable as error:
        warnings.append(f"{relation.target}, which the document shows as its own text, was not read: {error.reason}")
        return []
    warnings += document.warnings
    return [Foreign(tuple(_of_part(block, relation.target, document) for block in document.blocks))]


def _document(body: bytes) -> Document:
    kind = kinds.media_type(body)
    if kind == "message/rfc822":
        return read_mhtml(body)
    if kind == "text/html":
        return read_html(body)
    if kind == "text/plain":
        return read_text(body)
    raise Unreadable(f"{kinds.type_name(kind)} inside a Word document")


def _of_part(block: Block, name: str, document: Document) -> Block:
    block = replace(block, place=replace(block.place, part=name))
    if isinstance(block, Grid):
        cells = tuple(replace(cell, place=replace(cell.place, part=name)) for cell in block.cells)
        return replace(block, cells=cells, method=block.method or document.method)
    return block
