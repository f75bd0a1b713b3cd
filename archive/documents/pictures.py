"""Pictures: an image file as a document, and what stands in the pictures and frames of another document."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

from archive.documents import kinds
from archive.documents.model import Block, Document, Grid, Method, Paragraph, Picture, Place
from archive.errors import Unreadable

MAX_PICTURES = 40
_SHORT, _LONG = 80, 240                # pixels: no table is smaller on its short and on its long side
_FILES = frozenset((
    "application/pdf", kinds.OFD, kinds.DOCX, kinds.XLSX, "application/msword", "application/vnd.ms-excel",
))


def read_image(body: bytes) -> Document:
    """An image file as a Document; the pages of a fax in their order. Raises Unreadable."""
    from archive.documents.scan import read_picture

    blocks = read_picture(body)
    if not blocks:
        raise Unreadable("the picture shows no text")
    return Document(kinds.media_type(body), "ocr", blocks)


def with_pictures(document: Document, embedded: Mapping[str, bytes]) -> Document:
    """The document with what its pictures and frames show behind each of them; the pictures themselves stay.

    `embedded` has bytes by the address as the document writes it. What cannot be read is said in the warnings.
    """
    blocks: list[Block] = []
    warnings = list(document.warnings)
    left = MAX_PICTURES
    for number, block in enumerate(document.blocks, 1):
        blocks.append(block)
        body = body_of(block, embedded)
        if body is None or not is_worth_reading(body):
            continue
        left -= 1
        if left < 0:
            warnings.append(f"only the first {MAX_PICTURES} pictures were read")
            continue
        part = _part(block, number)
        try:
            blocks += _inside(body, part)
        except Unreadable as error:
            warnings.append(f"{part}: {error.reason}")
    return replace(document, blocks=tuple(blocks), warnings=tuple(dict.fromkeys(warnings)))


def has_pictures(document: Document, embedded: Mapping[str, bytes]) -> bool:
    """Whether the document shows a picture or a frame that is worth reading."""
    bodies = (body_of(block, embedded) for block in document.blocks)
    return any(is_worth_reading(body) for body in bodies if body is not None)


def body_of(block: Block, embedded: Mapping[str, bytes]) -> bytes | None:
    """The bytes of a picture or framed file, None where nobody has them."""
    if not isinstance(block, Picture):
        return None
    return block.body or (embedded.get(block.src) if block.src else None)


def is_worth_reading(body: bytes) -> bool:
    """Whether the bytes are a document, or a picture large enough for a table; logos and rules are not."""
    kind = kinds.media_type(body)
    if not kind.startswith("image/"):
        return kind in _FILES
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(body)) as image:
            short, long = sorted(image.size)
    except Image.DecompressionBombError:
        return True
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return False
    return short >= _SHORT and long >= _LONG


def _part(block: Block, number: int) -> str:
    """What a picture is called in places: its address, or its number where the bytes are written into the page."""
    src = block.src if isinstance(block, Picture) else None
    return src if src and not src.startswith("data:") else f"picture at block {number}"


def _inside(body: bytes, part: str) -> Iterator[Block]:
    """The blocks of a picture or framed file, marked with its name and with how they were read."""
    from archive.documents import read_document

    inner = read_document(body, name=part)
    for block in inner.blocks:
        if not isinstance(block, Picture):
            yield _marked(block, part, inner.method)


def _marked(block: Paragraph | Grid, part: str, method: Method) -> Block:
    place = _placed(block.place, part)
    if isinstance(block, Paragraph):
        return replace(block, place=place, method=block.method or method)
    cells = tuple(replace(cell, place=_placed(cell.place, part)) for cell in block.cells)
    return replace(block, cells=cells, place=place, method=block.method or method)


def _placed(place: Place, part: str) -> Place:
    return replace(place, part=f"{part}, {place.part}" if place.part and place.part != part else part)
