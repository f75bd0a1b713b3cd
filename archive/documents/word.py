"""Word documents (DOCX): paragraphs, tables with merged cells, pictures; tracked deletions and hidden text left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from archive.documents import flow, kinds
from archive.documents.model import Document
from archive.documents.numbering import numbered
from archive.documents.symbols import written
from archive.documents.word_inside import inside_file
from archive.documents.word_package import Package, Relation, open_package
from archive.documents.word_styles import Lists, Style, read_styles
from archive.documents.word_table import read_table
from archive.documents.word_xml import attribute, children, inner, local, number, switch
from archive.errors import Unreadable

# deleted or moved away, instructions of fields, pronunciation, properties, and what a printout does not show
_DROPPED = frozenset((
    "del", "moveFrom", "instrText", "delText", "delInstrText", "rt", "pPr", "rPr", "sdtPr", "sdtEndPr", "sectPr",
    "footnoteReference", "endnoteReference", "commentReference", "annotationRef", "softHyphen",
))
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_PARTS = frozenset(("p", "tbl", "altChunk"))
MAX_PARTS = 40_000                    # paragraphs and tables: a report has some hundreds


@dataclass(slots=True)
class _Reading:
    """The document, and what is known of the place that is being read.

    `fields` holds for each open field whether its instructions are still going on; a document that lost a mark of a
    field hides nothing.
    """

    package: Package
    relations: dict[str, Relation]
    styles: dict[str, Style]
    lists: Lists
    whole_fields: bool
    fields: list[bool] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    parts: int = 0

    def hides(self) -> bool:
        return self.whole_fields and any(self.fields)

    def is_full(self) -> bool:
        """Counts one more paragraph or table; whether it is one too many."""
        self.parts += 1
        if self.parts == MAX_PARTS + 1:
            self.warnings.append(f"only the first {MAX_PARTS} paragraphs were read")
        return self.parts > MAX_PARTS


@dataclass(slots=True)
class _Paragraph:
    """What a paragraph holds: its text, and what stands in it that is no text."""

    text: list[str] = field(default_factory=list)
    items: list[flow.Item] = field(default_factory=list)
    hidden: bool = False


def read_word(body: bytes) -> Document:
    """A DOCX as a Document. Raises Unreadable for a broken container and for one that unpacks too large."""
    package = open_package(body)
    root = package.xml(package.main)
    if root is None:
        raise Unreadable(f"the Word document is broken: it has no {package.main}")
    reading = _Reading(
        package, package.relations(package.main), read_styles(package), Lists(package), _fields_are_whole(root),
    )
    try:
        blocks, cut = flow.lay_out(_items(root, reading))
    except RecursionError as error:
        raise Unreadable("the Word document is broken: it is nested too deep") from error
    if not blocks:
        raise Unreadable("the Word document holds no text")
    return Document(kinds.DOCX, "docx", blocks, _title(package), warnings=(*reading.warnings, *cut))


def _fields_are_whole(root: etree._Element) -> bool:
    kinds_ = [attribute(element, "fldCharType") for element in root.iter("{*}fldChar")]
    return kinds_.count("begin") == kinds_.count("end")


def _title(package: Package) -> str | None:
    named = (r.target for r in package.relations("").values() if r.kind == "core-properties" and not r.external)
    root = package.xml(next(named, "docProps/core.xml"))
    return (root.findtext("{*}title") or "").strip() or None if root is not None else None


def _items(element: etree._Element, reading: _Reading) -> list[flow.Item]:
    """What stands in a body, a cell or a text box; content controls and other wrappers are looked through."""
    found: list[flow.Item] = []
    kept = ""                                     # of paragraphs whose end was deleted: they go on in the next one
    for name, child in _parts(element):
        if reading.is_full():
            break
        if name == "p":
            paragraph = _read_paragraph(child, reading)
            text = kept + "".join(paragraph.text)
            kept = text if _end_is_gone(child) else ""
            found += [] if kept else _lines(text, child, reading)
            found += paragraph.items
        elif name == "tbl":
            found.append(read_table(child, lambda cell: _items(cell, reading)))
        else:
            found += inside_file(reading.package, reading.relations.get(attribute(child, "id")), reading.warnings)
    return [*found, flow.Line(kept)] if kept else found


def _parts(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Paragraphs, tables and chunks of an element, through whatever is wrapped around them."""
    for name, child in children(element):
        if name in _PARTS:
            yield name, child
        elif name == "AlternateContent":
            yield from _parts(_alternative(child))
        elif name not in _DROPPED:
            yield from _parts(child)


def _end_is_gone(paragraph: etree._Element) -> bool:
    """Whether the mark at the end of a paragraph was deleted or moved away."""
    marks = inner(paragraph, "pPr", "rPr")
    return inner(marks, "del") is not None or inner(marks, "moveFrom") is not None


def _lines(text: str, paragraph: etree._Element, reading: _Reading) -> Iterator[flow.Line]:
    """The lines of a paragraph, its automatic number before the first."""
    name = attribute(inner(paragraph, "pPr", "pStyle"), "val")
    style = reading.styles.get(name, Style())
    outline = number(inner(paragraph, "pPr", "outlineLvl"))
    heading = style.heading if outline is None else outline < 9
    lines = text.strip("\n").split("\n")
    label = _number(paragraph, name, style, reading)
    for index, line in enumerate(lines):
        yield flow.Line(numbered(label, line.strip()) if not index else line.strip(), heading)


def _number(paragraph: etree._Element, name: str, style: Style, reading: _Reading) -> str:
    own = inner(paragraph, "pPr", "numPr")
    list_id = attribute(inner(own, "numId"), "val") or style.list_id
    level = number(inner(own, "ilvl"))
    return reading.lists.label(list_id, style.level if level is None else level, name) if list_id else ""


def _read_paragraph(element: etree._Element, reading: _Reading) -> _Paragraph:
    style = reading.styles.get(attribute(inner(element, "pPr", "pStyle"), "val"))
    paragraph = _Paragraph(hidden=style is not None and style.hidden)
    _read_runs(element, paragraph, reading)
    return paragraph


def _read_runs(element: etree._Element, paragraph: _Paragraph, reading: _Reading) -> None:
    for name, child in children(element):
        if name in _SPECIAL:
            _SPECIAL[name](child, paragraph, reading)
        elif name == "t" or name in _MARKS:
            if not reading.hides():
                paragraph.text.append(_MARKS.get(name) or child.text or "")
        elif name not in _DROPPED and not (name == "r" and _is_hidden(child, paragraph, reading)):
            _read_runs(child, paragraph, reading)


def _is_hidden(run: etree._Element, paragraph: _Paragraph, reading: _Reading) -> bool:
    """Whether the text of a run is hidden, by itself or by its style. The marks of fields in it still count."""
    own = switch(inner(run, "rPr", "vanish"))
    style = reading.styles.get(attribute(inner(run, "rPr", "rStyle"), "val"))
    hidden = own if own is not None else paragraph.hidden or (style is not None and style.hidden)
    if hidden:
        for mark in run.iter("{*}fldChar"):
            _read_field(mark, paragraph, reading)
    return hidden


def _read_field(element: etree._Element, _paragraph: _Paragraph, reading: _Reading) -> None:
    kind = attribute(element, "fldCharType")
    if kind == "begin":
        reading.fields.append(True)
    elif reading.fields and kind == "separate":
        reading.fields[-1] = False
    elif reading.fields and kind == "end":
        reading.fields.pop()


def _read_symbol(element: etree._Element, paragraph: _Paragraph, _reading: _Reading) -> None:
    code = attribute(element, "char")
    try:
        paragraph.text.append(written(attribute(element, "font"), int(code, 16)))
    except (ValueError, OverflowError):
        paragraph.text.append("\N{REPLACEMENT CHARACTER}")


def _read_alternatives(element: etree._Element, paragraph: _Paragraph, reading: _Reading) -> None:
    _read_runs(_alternative(element), paragraph, reading)


def _alternative(element: etree._Element) -> etree._Element:
    """Of the versions of one thing the first that says something: a choice, or what older programs get to see."""
    versions = [child for _, child in children(element)] or [element]
    return next((each for each in versions if any(local(e.tag) in _SHOWN for e in each.iter())), versions[0])


_SHOWN = frozenset(("t", "blip", "imagedata", "sym"))


def _read_box(element: etree._Element, paragraph: _Paragraph, reading: _Reading) -> None:
    """A text box: its paragraphs and tables follow the paragraph that it is anchored to."""
    paragraph.items += _items(element, reading)


def _read_image(element: etree._Element, paragraph: _Paragraph, reading: _Reading) -> None:
    names = [str(value) for key, value in element.attrib.items() if local(str(key)) in ("embed", "id", "link", "pict")]
    relation = next((reading.relations[name] for name in names if name in reading.relations), None)
    if relation is not None and relation.kind == "image":
        body = None if relation.external else reading.package.file(relation.target)
        paragraph.items.append(flow.Image(relation.target, body))


def _read_object(element: etree._Element, paragraph: _Paragraph, reading: _Reading) -> None:
    """An embedded file: itself where it is there, else the picture of it."""
    relation = next(
        (r for e in element.iter("{*}OLEObject") if (r := reading.relations.get(attribute(e, "id")))), None
    )
    body = reading.package.file(relation.target) if relation is not None and not relation.external else None
    if relation is not None and body is not None and body[:2] == b"PK":
        paragraph.items.append(flow.Image(relation.target, body))
    else:
        _read_runs(element, paragraph, reading)


_SPECIAL: dict[str, Callable[[etree._Element, _Paragraph, _Reading], None]] = {
    "fldChar": _read_field,
    "sym": _read_symbol,
    "AlternateContent": _read_alternatives,
    "txbxContent": _read_box,
    "blip": _read_image,
    "imagedata": _read_image,
    "object": _read_object,
}
