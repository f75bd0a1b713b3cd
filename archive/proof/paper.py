"""Pages as images, or drawn from their characters, with boxes where something was read."""

from collections.abc import Iterator

import pypdfium2

from archive.documents.image_files import images
from archive.documents.ofd import read_sheets
from archive.documents.pages import Sheet
from archive.documents.ruling import Line
from archive.errors import Unreadable
from archive.proof.blocks import visible
from archive.proof.images import WIDEST, Album
from archive.proof.spots import Spots
from archive.proof.views import Boxed, Drawing, Letter, Note, Rectangle, Shot

RESOLUTION = 110                      # dots per inch
MAX_LETTERS = 30_000                  # of all drawn pages
MAX_LINES = 5_000                     # of one


def pdf_shots(body: bytes, part: str | None, spots: Spots, album: Album) -> Iterator[Shot]:
    """The pages of a PDF; where not all can be shown, first those on which something was read. Raises Unreadable."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"the PDF cannot be shown: {error}") from error
    try:
        for number in chosen(len(pdf), spots.pages(part), album):
            yield _pdf_page(pdf, number, part, spots, album)
    finally:
        pdf.close()


def chosen(count: int, used: set[int], album: Album) -> list[int]:
    """The pages to show, in order: the album's number, those that are used before the others."""
    first = sorted(range(1, count + 1), key=lambda number: (number not in used, number))
    kept = first[:max(album.images, 0)]
    album.left_out += count - len(kept)
    return sorted(kept)


def _pdf_page(pdf: pypdfium2.PdfDocument, number: int, part: str | None, spots: Spots, album: Album) -> Shot:
    boxes = _boxes(spots, number, part)
    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        return Shot(number, part, 595, 842, None, boxes)
    width, height = page.get_size()
    try:
        scale = min(RESOLUTION / 72, WIDEST / max(width, 1), 2 * WIDEST / max(height, 1))
        image = None if album.full() else album.add(page.render(scale=scale, may_draw_forms=False).to_pil())
    except (pypdfium2.PdfiumError, ValueError):
        image = None
    finally:
        page.close()
    return Shot(number, part, width, height, image, boxes)


def picture_shots(body: bytes, part: str | None, spots: Spots, album: Album) -> Iterator[Shot]:
    """An image file, a fax page by page. Raises Unreadable."""
    for number, image in images(body):
        shown = None if album.full() else album.add(image)
        yield Shot(number, part, image.width, image.height, shown, _boxes(spots, number, part))


def ofd_shots(body: bytes, part: str | None, spots: Spots, album: Album) -> Iterator[Shot | Note]:
    """The pages of an OFD, drawn anew from where its characters and lines stand. Raises Unreadable."""
    left = MAX_LETTERS
    for sheet in read_sheets(body):
        boxes = _boxes(spots, sheet.number, part)
        placed = tuple(_pictures(sheet, album))
        yield Shot(sheet.number, part, sheet.width, sheet.height, None, boxes, _drawing(sheet, left), placed)
        left -= len(sheet.glyphs)
    if left < 0:
        yield Note("cut_text")


def _drawing(sheet: Sheet, most: int) -> Drawing:
    letters = tuple(
        Letter(visible(glyph.text), glyph.middle[0], glyph.bottom, glyph.bottom - glyph.top)
        for glyph in sheet.glyphs[:max(most, 0)]
    )
    return Drawing(letters, tuple(_line(line) for line in sheet.lines[:MAX_LINES]))


def _line(line: Line) -> Rectangle:
    return (line.at, line.low, line.at, line.high) if line.vertical else (line.low, line.at, line.high, line.at)


def _pictures(sheet: Sheet, album: Album) -> Iterator[tuple[Rectangle, str]]:
    for box, body in sheet.pictures:
        if body is None or album.full():
            continue
        try:
            _, image = next(images(body))
        except (Unreadable, StopIteration):
            continue
        if (shown := album.add(image)) is not None:
            yield box, shown


def _boxes(spots: Spots, page: int | None, part: str | None) -> tuple[Boxed, ...]:
    return tuple(Boxed(key, box) for key, box in spots.on(page, part))
