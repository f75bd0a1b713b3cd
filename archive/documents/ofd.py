"""OFD (GB/T 33190), the national format for fixed pages: a ZIP of XML that places every character and ruling line."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from lxml import etree

from archive.documents import kinds
from archive.documents.containers import Container, opened
from archive.documents.glyphs import Rectangle, rounded
from archive.documents.model import Block, Document, Grid, Method, Picture, Place
from archive.documents.ofd_page import Canvas, child, local, numbers
from archive.documents.pages import Sheet, blocks
from archive.errors import Unreadable

MAX_PAGES = 120
_WHAT = "the OFD file"
_A4 = [0.0, 0.0, 210.0, 297.0]
_SMALL_PICTURE = 60.0                 # points
_FEW = 12                             # characters: a page number over a scan is no text of the page
_COVERS = 0.4
_WATERMARK = "Watermark"


@dataclass(slots=True)
class _Book:
    """One document of the file: where its parts stand, and what they may refer to."""

    container: Container
    folder: str
    root: etree._Element
    media: dict[str, str] = field(default_factory=dict)             # identifier → name of the part
    units: dict[str, etree._Element] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[etree._Element]] = field(default_factory=dict)


def read_ofd(body: bytes) -> Document:
    """An OFD as a Document. Pages that are only pictures are read by OCR. Raises Unreadable."""
    warnings: list[str] = []
    with opened(body, _WHAT) as container:
        root = _root(container)
        found = blocks([_recognised(sheet, warnings) for sheet in _sheets(container, root, warnings)])
        title = next((e.text.strip() for e in root.iter("{*}Title") if e.text and e.text.strip()), None)
    said = [block for block in found if not isinstance(block, Picture)]
    if not said:
        raise Unreadable("; ".join(warnings) or "the OFD holds no text")
    method: Method = "ocr" if all(block.method == "ocr" for block in said) else "ofd"
    return Document(kinds.OFD, method, tuple(found), title, warnings=tuple(warnings))


def read_sheets(body: bytes) -> Iterator[Sheet]:
    """What stands on each page of an OFD; no picture is read. Raises Unreadable."""
    with opened(body, _WHAT) as container:
        yield from _sheets(container, _root(container), [])


def _root(container: Container) -> etree._Element:
    if any(name.endswith("encryptions.xml") for name in container.names()):
        raise Unreadable("the document is encrypted with a password")
    root = container.xml("OFD.xml")
    if root is None:
        raise Unreadable(f"{_WHAT} is broken: it has no OFD.xml")
    return root


def _sheets(container: Container, root: etree._Element, warnings: list[str]) -> Iterator[Sheet]:
    """The pages of all documents of the file, numbered through."""
    number = 0
    for book in _books(container, root):
        for page in _pages(book):
            number += 1
            if number > MAX_PAGES:
                warnings.append(f"only the first {MAX_PAGES} pages were read")
                return
            try:
                yield _sheet(book, page, number, warnings)
            except Unreadable as error:
                warnings.append(f"page {number}: {error.reason}")


def _books(container: Container, root: etree._Element) -> Iterator[_Book]:
    """Every document of the file with its resources."""
    bodies = list(root.iter("{*}DocBody"))
    for body in bodies:
        path = _joined("", _text(child(body, "DocRoot")))
        document = container.xml(path) if path else None
        if document is None:
            raise Unreadable(f"{_WHAT} is broken: it has no {path or 'DocRoot'}")
        book = _Book(container, str(PurePosixPath(path).parent), document)
        common = child(document, "CommonData")
        for element in common if common is not None else ():
            if local(element) in ("PublicRes", "DocumentRes"):
                _resources(book, _joined(book.folder, _text(element)))
            elif local(element) == "TemplatePage":
                book.templates[element.get("ID") or ""] = _joined(book.folder, element.get("BaseLoc") or "")
        _annotations(book, document)
        yield book
    if not bodies:
        raise Unreadable(f"{_WHAT} is broken: its OFD.xml names no document")


def _resources(book: _Book, path: str) -> None:
    root = book.container.xml(path)
    if root is None:
        return
    folder = _joined(str(PurePosixPath(path).parent), root.get("BaseLoc") or "")
    for element in root.iter("{*}MultiMedia"):
        book.media[element.get("ID") or ""] = _joined(folder, _text(child(element, "MediaFile")))
    for element in root.iter("{*}CompositeGraphicUnit"):
        content = child(element, "Content")
        if content is not None:
            book.units[element.get("ID") or ""] = content


def _annotations(book: _Book, document: etree._Element) -> None:
    """What was put on pages afterwards: notes, fields that were filled in; watermarks are left out."""
    path = _joined(book.folder, _text(child(document, "Annotations")))
    root = book.container.xml(path) if path else None
    for page in root.iter("{*}Page") if root is not None else ():
        where = _text(child(page, "FileLoc"))
        inner = book.container.xml(_joined(str(PurePosixPath(path).parent), where)) if where else None
        for note in inner.iter("{*}Annot") if inner is not None else ():
            shown = (note.get("Visible") or "").lower() != "false" and note.get("Type") != _WATERMARK
            appearance = child(note, "Appearance")
            if shown and appearance is not None:
                book.notes.setdefault(page.get("PageID") or "", []).append(appearance)


def _pages(book: _Book) -> Iterator[etree._Element]:
    pages = child(book.root, "Pages")
    return (element for element in pages if local(element) == "Page") if pages is not None else iter(())


def _sheet(book: _Book, entry: etree._Element, number: int, warnings: list[str]) -> Sheet:
    """What stands on a page, with the templates under and over it and the notes on it."""
    root = book.container.xml(_joined(book.folder, entry.get("BaseLoc") or ""))
    if root is None:
        raise Unreadable("it is missing from the file")
    left, top, width, height = _area(root) or _area(child(book.root, "CommonData"), "PageArea") or _A4
    for element in root.iter("{*}PageRes"):
        _resources(book, _joined(book.folder, _text(element)))
    canvas = Canvas(left, top, book.units.get)
    for template in root.iter("{*}Template"):
        _draw(canvas, book.container.xml(book.templates.get(template.get("TemplateID") or "", "")))
    _draw(canvas, root)
    for note in book.notes.get(entry.get("ID") or "", ()):
        canvas.annotate(note)
    drawn = canvas.result(width, height)
    if drawn.cut:
        warnings.append(f"page {number} has too many objects: only the first were read")
    pictures = [(shown.box, _media(book, shown.resource)) for shown in drawn.pictures if _is_large(shown.box)]
    return Sheet(number, drawn.width, drawn.height, drawn.glyphs, drawn.lines, drawn.fills, pictures)


def _draw(canvas: Canvas, page: etree._Element | None) -> None:
    content = child(page, "Content") if page is not None else None
    if content is not None:
        canvas.draw(content)


def _area(parent: etree._Element | None, name: str = "Area") -> list[float] | None:
    """The page as it is printed: left, top, width, height in millimetres."""
    area = child(parent, name) if parent is not None else None
    box = child(area, "PhysicalBox") if area is not None else None
    values = numbers(box.text) if box is not None else []
    return values if len(values) == 4 and min(values[2:]) > 0 else None


def _recognised(sheet: Sheet, warnings: list[str]) -> Sheet:
    """The sheet, read by its pixels where it is only pictures."""
    least = _COVERS * sheet.width * sheet.height
    whole = [(box, body) for box, body in sheet.pictures if body and _size(box) > least]
    if whole and len(sheet.glyphs) < _FEW:
        try:
            sheet.read = tuple(block for box, body in whole for block in _read_off(body, box, sheet.number))
        except Unreadable as error:
            warnings.append(f"page {sheet.number}: {error.reason}")
    return sheet


def _is_large(box: Rectangle) -> bool:
    return box[2] - box[0] > _SMALL_PICTURE and box[3] - box[1] > _SMALL_PICTURE


def _read_off(body: bytes, box: Rectangle, number: int) -> Iterator[Block]:
    """A page that is one picture, its boxes moved to where the picture stands."""
    from PIL import Image, UnidentifiedImageError

    from archive.documents.scan import read_page

    try:
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            scale = (box[2] - box[0]) / max(1, image.width)
            read = read_page(image, page=number, points_per_pixel=scale)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable(f"its picture cannot be read: {error}") from error
    yield from (_moved(block, box[0], box[1]) for block in read)


def _moved(block: Block, right: float, down: float) -> Block:
    place = _shifted(block.place, right, down)
    if isinstance(block, Grid):
        cells = tuple(replace(cell, place=_shifted(cell.place, right, down)) for cell in block.cells)
        return replace(block, cells=cells, place=place)
    return replace(block, place=place)


def _shifted(place: Place, right: float, down: float) -> Place:
    if place.box is None:
        return place
    left, top, end, bottom = place.box
    return replace(place, box=rounded((left + right, top + down, end + right, bottom + down)))


def _size(box: Rectangle) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _media(book: _Book, resource: str) -> bytes | None:
    name = book.media.get(resource)
    return book.container.body(name) if name else None


def _text(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _joined(folder: str, path: str) -> str:
    """A path as the file writes it: from the root with a slash in front, else from the folder; `..` goes up."""
    path = path.strip().replace("\\", "/")
    parts: list[str] = [] if path.startswith("/") else [part for part in folder.split("/") if part not in ("", ".")]
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/".join(parts)
