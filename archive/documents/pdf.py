"""PDF: characters with their boxes and what is drawn around them make blocks; pages without a usable text are scans.

A text layer that nobody sees (under a scan, or drawn invisibly) is somebody else's reading of the picture: it is not
used, the picture is read again. A page whose characters have no known meaning is read as a picture too.
"""

import ctypes
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from archive.documents.drawing import MAX_OBJECTS, Drawing, View, look
from archive.documents.glyphs import Glyph, Rectangle
from archive.documents.inflating import MAX_STREAM, inflates_too_far
from archive.documents.model import Block, Document, Grid, Paragraph, Place
from archive.documents.pages import Sheet, blocks
from archive.errors import Unreadable

MAX_PAGES = 120
MAX_CHARACTERS = 60_000
MAX_PIXELS = 30_000_000
_RESOLUTION = 200
_PICTURE_WIDTH, _PICTURE_HEIGHT = 0.35, 60.0
_MANY_SHAPES = 60
_FEW_GLYPHS = 12
_BLANKS = frozenset((0, 9, 10, 13, 32, 0xA0, 0x3000, 0xFFFE, 0xFFFF))
_SHOWN_IN_PLACE = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)


@dataclass(slots=True)
class _Reading:
    """One PDF being read, and what was doubtful about it."""

    pdf: pypdfium2.PdfDocument
    warnings: list[str]

    def sheets(self) -> list[Sheet]:
        count = len(self.pdf)
        if count > MAX_PAGES:
            self.warnings.append(f"only the first {MAX_PAGES} pages of {count} were read")
        found = []
        for number in range(1, min(count, MAX_PAGES) + 1):
            try:
                found.append(self._sheet(number))
            except pypdfium2.PdfiumError as error:
                self.warnings.append(f"page {number} is broken: {error}")
        return found

    def _sheet(self, number: int) -> Sheet:
        page = _with_fields(self.pdf, number - 1)
        text = page.get_textpage()
        try:
            return self._seen(page, text, number)
        finally:
            text.close()
            page.close()

    def _seen(self, page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, number: int) -> Sheet:
        box = page.get_bbox()
        turned = page.get_rotation()
        drawing = look(page.raw, box, turned)
        view = _view(box, _direction(text, turned) if drawing.texts else turned)
        count = text.count_chars()
        if drawing.cut:
            self.warnings.append(f"page {number}: only the first {MAX_OBJECTS} drawn objects were looked at")
        if count > MAX_CHARACTERS:
            self.warnings.append(f"page {number}: only the first {MAX_CHARACTERS} characters of {count} were read")
        glyphs, unknown = _glyphs(text, view, drawing.hidden)
        width, height = view.size
        sheet = Sheet(number, width, height, glyphs, [], [], [])
        if _is_picture(drawing, glyphs, unknown and _unmapped(text), box):
            sheet.glyphs = []
            # so many strokes are no picture of a page, and painting them takes minutes
            drawn = pdfium.FPDFPage_CountObjects(page.raw)
            sheet.read = () if drawn > MAX_OBJECTS else self._recognised(page, number)
            return sheet
        sheet.lines = drawing.lines(view)
        sheet.fills = [view.box(*fill) for fill in drawing.fills if not _covers(fill, box, 0.9)]
        sheet.pictures = list(_pictures(page, drawing, view, glyphs))
        return sheet if view.turned == turned else _turned(sheet, view, _view(box, turned))

    def _recognised(self, page: pypdfium2.PdfPage, number: int) -> tuple[Block, ...]:
        # loaded here: the recognisers are large, and most files need none
        from archive.documents.scan import read_page

        scale = _RESOLUTION / 72
        width, height = page.get_size()
        if width * height * scale * scale > MAX_PIXELS:
            scale = (MAX_PIXELS / (width * height)) ** 0.5
            self.warnings.append(f"page {number} is very large and was read at {round(scale * 72)} dots per inch")
        try:
            image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
            found = read_page(image, page=number, points_per_pixel=1 / scale)
        except Unreadable as error:
            self.warnings.append(f"page {number} is a scan that could not be read: {error}")
            return ()
        return tuple(replace(b, method="ocr") if isinstance(b, Paragraph | Grid) else b for b in found)


def read_pdf(body: bytes) -> Document:
    """A PDF as a Document; `method` is `ocr` where every page with something on it was read as a picture.

    Raises Unreadable, with the reason in words, for a PDF that is broken, encrypted, or holds nothing to read.
    """
    if inflates_too_far(body):
        raise Unreadable(f"the PDF unpacks too large: more than {MAX_STREAM >> 20} MB in one stream")
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(_why(str(error))) from error
    warnings = [] if b"%%EOF" in body[-2048:] else ["the file ends early: its end may be missing"]
    try:
        if len(pdf) == 0:
            raise Unreadable("the PDF has no pages")
        sheets = _Reading(pdf, warnings).sheets()
        title = (pdf.get_metadata_dict().get("Title") or "").strip() or None
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"the PDF is broken: {error}") from error
    finally:
        pdf.close()
    found = blocks(sheets)
    if not any(isinstance(block, Paragraph | Grid) for block in found):
        raise Unreadable(_empty(sheets, warnings))
    texts = [block for block in found if isinstance(block, Paragraph | Grid)]
    if all(block.method == "ocr" for block in texts):
        whole = tuple(replace(b, method=None) if isinstance(b, Paragraph | Grid) else b for b in found)
        return Document("application/pdf", "ocr", whole, title, warnings=tuple(warnings))
    return Document("application/pdf", "pdf", tuple(found), title, warnings=tuple(warnings))


def _why(error: str) -> str:
    return "the PDF is encrypted with a password" if "password" in error.lower() else f"the PDF is broken: {error}"


def _empty(sheets: list[Sheet], warnings: list[str]) -> str:
    if any(sheet.read is not None for sheet in sheets):
        return "; ".join(["no text was recognised on the scanned pages of the PDF", *warnings])
    return "; ".join(["the PDF holds no text", *warnings])


def _with_fields(pdf: pypdfium2.PdfDocument, index: int) -> pypdfium2.PdfPage:
    """A page with what was typed into its form fields and notes made part of the text."""
    page = pdf[index]
    count = pdfium.FPDFPage_GetAnnotCount(page)
    if not any(_shows(page, number) for number in range(min(count, 2000))):
        return page
    if pdf.formenv is None and pdf.get_formtype() != pdfium.FORMTYPE_NONE:
        page.close()
        pdf.init_forms()
        page = pdf[index]
    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    return pdf[index]


def _shows(page: pypdfium2.PdfPage, number: int) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, number)
    if not annotation:
        return False
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    pdfium.FPDFPage_CloseAnnot(annotation)
    return kind in _SHOWN_IN_PLACE


def _view(box: Rectangle, turned: int) -> View:
    left, bottom, right, top = box
    return View(left, bottom, right, top, turned)


def _direction(text: pypdfium2.PdfTextPage, turned: int) -> int:
    """How far the page must be turned so that most of its text is upright."""
    count = text.count_chars()
    angles: Counter[int] = Counter()
    for index in range(0, count, max(1, count // 40)):
        angle = pdfium.FPDFText_GetCharAngle(text, index)
        if angle >= 0 and pdfium.FPDFText_GetUnicode(text, index) > 32:
            angles[round(angle / 1.5707963) % 4 * 90] += 1
    return angles.most_common(1)[0][0] if angles else turned


def _glyphs(text: pypdfium2.PdfTextPage, view: View, hidden: set[int]) -> tuple[list[Glyph], bool]:
    """The characters that are seen, and whether any code has no known meaning; the gaps will tell the spaces."""
    width, height = view.size
    raw, box, place = text.raw, pdfium.FS_RECTF(), view.box
    unicode, measure = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    fails = pdfium.FPDFText_HasUnicodeMapError
    reference = ctypes.byref(box)
    found: list[Glyph] = []
    letters: dict[int, str] = {}
    unknown = False
    for index in range(min(text.count_chars(), MAX_CHARACTERS)):
        code = unicode(raw, index)
        if code in _BLANKS:
            continue
        # each code is asked for once, digits always: a font of its own may spoil them alone
        if code not in letters or 48 <= code < 58:
            letters[code] = chr(code) if _has_meaning(code) else ""
            unknown = unknown or fails(raw, index) == 1
        letter = letters[code]
        if not letter or (hidden and _address(raw, index) in hidden):
            continue
        if measure(raw, index, reference):
            left, top, right, bottom = place(box.left, box.bottom, box.right, box.top)
            if right > 0 and bottom > 0 and left < width and top < height:
                found.append(Glyph(letter, left, top, right, bottom))
    return found, unknown


def _has_meaning(code: int) -> bool:
    """Whether a code is a character: no blank, no half of a pair, nothing from the private area."""
    if 32 < code < 0x7F or 0x2000 < code < 0xD800:
        return True
    return 0xA0 < code < 0xD800 or (0xF8FF < code < 0xFFFD and code != 0xFEFF) or 0xFFFF < code < 0xF0000


def _address(raw: object, index: int) -> int:
    return ctypes.cast(pdfium.FPDFText_GetTextObject(raw, index), ctypes.c_void_p).value or 0


def _unmapped(text: pypdfium2.PdfTextPage) -> int:
    """How many characters have no known meaning."""
    raw = text.raw
    return sum(1 for i in range(min(text.count_chars(), MAX_CHARACTERS)) if _is_unmapped(raw, i))


def _is_unmapped(raw: object, index: int) -> bool:
    fails: int = pdfium.FPDFText_HasUnicodeMapError(raw, index)
    return fails == 1 and pdfium.FPDFText_GetUnicode(raw, index) not in _BLANKS


def _is_picture(drawing: Drawing, glyphs: list[Glyph], unmapped: int, box: Rectangle) -> bool:
    """Whether what is seen on the page is a picture, or type that was turned into shapes or has no meaning."""
    if len(glyphs) >= _FEW_GLYPHS:
        return unmapped > 0.02 * len(glyphs) or not _is_language(glyphs)
    large = any(_covers(picture, box, 0.25) for picture in drawing.pictures)
    strips = sum(_share(picture, box) for picture in drawing.pictures) > 0.5
    return large or strips or drawing.shapes > _MANY_SHAPES or unmapped >= _FEW_GLYPHS


def _is_language(glyphs: list[Glyph]) -> bool:
    """Whether the characters of a page are such as a report is written in."""
    text = "".join([glyph.text for glyph in glyphs])
    return text.isascii() or sum(text.count(letter) for letter in set(text) if _is_usual(letter)) >= 0.7 * len(text)


def _is_usual(letter: str) -> bool:
    return letter.isascii() or "\u2000" <= letter < "\ua000" or letter >= "\uff00"


def _pictures(
    page: pypdfium2.PdfPage, drawing: Drawing, view: View, glyphs: list[Glyph]
) -> Iterator[tuple[Rectangle, bytes | None]]:
    """The pictures on a page of text that are large enough to hold a table, without those that lie behind the text."""
    width, height = view.size
    for picture in drawing.pictures:
        left, top, right, bottom = box = view.box(*picture)
        if right - left < _PICTURE_WIDTH * width or bottom - top < _PICTURE_HEIGHT:
            continue
        inside = sum(1 for g in glyphs if left < g.left and g.right < right and top < g.top and g.bottom < bottom)
        if inside < _FEW_GLYPHS:
            yield box, _rendered(page, view, (max(0.0, left), max(0.0, top), min(width, right), min(height, bottom)))


def _rendered(page: pypdfium2.PdfPage, view: View, box: Rectangle) -> bytes | None:
    left, top, right, bottom = box
    width, height = page.get_size()
    if (right - left) * (bottom - top) < 1 or view.size != (width, height):
        return None
    scale = min(_RESOLUTION / 72, (MAX_PIXELS / (width * height)) ** 0.5)
    crop = (left, height - bottom, width - right, top)
    out = io.BytesIO()
    page.render(scale=scale, crop=crop, may_draw_forms=False).to_pil().convert("RGB").save(out, "PNG")
    return out.getvalue()


def _turned(sheet: Sheet, view: View, shown: View) -> Sheet:
    """A page that is looked at sideways: its places are given as it is looked at, its text is read upright."""
    read = tuple(_replaced(block, view, shown) for block in blocks([sheet]))
    return Sheet(sheet.number, *shown.size, [], [], [], [], read)


def _replaced(block: Block, view: View, shown: View) -> Block:
    if isinstance(block, Grid):
        cells = tuple(replace(cell, place=_moved(cell.place, view, shown)) for cell in block.cells)
        return replace(block, cells=cells, place=_moved(block.place, view, shown))
    return replace(block, place=_moved(block.place, view, shown))


def _moved(place: Place, view: View, shown: View) -> Place:
    if place.box is None:
        return place
    left, top, right, bottom = (round(value, 1) for value in shown.box(*view.drawn(place.box)))
    return replace(place, box=(left, top, right, bottom))


def _share(box: Rectangle, page: Rectangle) -> float:
    width = max(0.0, min(box[2], page[2]) - max(box[0], page[0]))
    height = max(0.0, min(box[3], page[3]) - max(box[1], page[1]))
    return width * height / max(1.0, (page[2] - page[0]) * (page[3] - page[1]))


def _covers(box: Rectangle, page: Rectangle, share: float) -> bool:
    return _share(box, page) > share


