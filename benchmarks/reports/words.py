"""Reports as Word files: merged cells, split runs, tracked changes, numbered headings, nested tables."""

import io
import re
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from benchmarks.reports.model import Cell, Line, Paper, Table
from benchmarks.reports.pages import cut

QUIRKS = {
    "split runs": 0.4,
    "tracked changes": 0.1,
    "hidden text": 0.08,
    "content control": 0.1,
    "line breaks in labels": 0.15,
    "numbered headings": 0.1,
    "nested in a table": 0.08,
    "table cut in two": 0.1,
    "heading styles": 0.3,
    "page breaks": 0.2,
    "vertical outcome": 0.1,
}


def word(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as a DOCX file."""
    document = docx.Document()
    document.core_properties.title = paper.title
    body: Any = document.element.body
    last = body[-1]  # the section's properties stand at the end
    for block in paper.blocks:
        for element in _elements(block, chance, quirks):
            last.addprevious(element)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _xml(text: str) -> Any:
    opening = re.match(r"<w:\w+", text)
    assert opening is not None
    return parse_xml(f"{opening[0]} {nsdecls('w')}{text[opening.end() :]}")


def _elements(block: Line | Table, chance: Random, quirks: frozenset[str]) -> list[Any]:
    if isinstance(block, Line):
        return [_xml(_line(block, chance, quirks))]
    pieces = (
        cut(block, chance.randint(6, block.height - 3))
        if "table cut in two" in quirks and block.name == "t3"
        else (block,)
    )
    found = []
    for piece in pieces:
        text = _table(piece, chance, quirks)
        if "nested in a table" in quirks:
            around = "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc><w:tcPr/>"
            text = f"{around}{text}<w:p/></w:tc></w:tr></w:tbl>"
        if "content control" in quirks:
            text = f"<w:sdt><w:sdtPr/><w:sdtContent>{text}</w:sdtContent></w:sdt>"
        found += [_xml(text), _xml("<w:p></w:p>")]
    return found


def _line(line: Line, chance: Random, quirks: frozenset[str]) -> str:
    style = "<w:pStyle w:val='Heading1'/>" if line.level == 1 and "heading styles" in quirks else ""
    text, number = line.text, ""
    if line.level == 1 and "numbered headings" in quirks:
        text, number = text.split("、", 1)[1], "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    before = "<w:r><w:br w:type='page'/></w:r>" if line.level == 1 and "page breaks" in quirks else ""
    return f"<w:p><w:pPr>{style}{number}</w:pPr>{before}{_runs(text, chance, quirks)}</w:p>"


def _runs(text: str, chance: Random, quirks: frozenset[str]) -> str:
    pieces = [text]
    if "split runs" in quirks and len(text) > 1:
        at = chance.randrange(1, len(text))
        pieces = [text[:at], text[at:]]
    runs = "".join(_run(piece) for piece in pieces)
    if "tracked changes" in quirks and text and chance.random() < 0.3:
        mark = "w:id='1' w:author='a' w:date='2024-01-01T00:00:00Z'"
        deleted = f"<w:del {mark}><w:r><w:delText>{chance.randint(1, 9)}</w:delText></w:r></w:del>"
        return f"{deleted}<w:ins {mark}>{runs}</w:ins>"
    if "hidden text" in quirks and text and chance.random() < 0.3:
        return f"{runs}<w:r><w:rPr><w:vanish/></w:rPr><w:t>7</w:t></w:r>"
    return runs


def _run(text: str) -> str:
    return f"<w:r><w:rPr><w:rFonts w:eastAsia='仿宋'/></w:rPr><w:t xml:space='preserve'>{escape(text)}</w:t></w:r>"


def _table(table: Table, chance: Random, quirks: frozenset[str]) -> str:
    """Covered rows are cells of their own with vMerge, covered columns a gridSpan."""
    rows: list[dict[int, str]] = [{} for _ in range(table.height)]
    for cell in table.cells:
        for down in range(cell.rowspan):
            rows[cell.row + down][cell.column] = _cell(cell, down, chance, quirks)
    grid = "<w:gridCol w:w='900'/>" * table.width
    lines = "".join(f"<w:tr>{''.join(text for _, text in sorted(row.items()))}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr><w:tblStyle w:val='TableGrid'/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"


def _cell(cell: Cell, down: int, chance: Random, quirks: frozenset[str]) -> str:
    merge = "" if cell.rowspan == 1 else "<w:vMerge/>" if down else "<w:vMerge w:val='restart'/>"
    span = f"<w:gridSpan w:val='{cell.colspan}'/>" if cell.colspan > 1 else ""
    return f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{_inside('' if down else cell.text, cell, chance, quirks)}</w:tc>"


def _inside(text: str, cell: Cell, chance: Random, quirks: frozenset[str]) -> str:
    if "vertical outcome" in quirks and cell.rowspan > 10 and text:
        return "".join(f"<w:p>{_run(letter)}</w:p>" for letter in text)
    if "line breaks in labels" in quirks and not cell.key and len(text) > 8:
        return f"<w:p>{_run(text[:6])}<w:r><w:br/></w:r>{_run(text[6:])}</w:p>"
    return f"<w:p><w:pPr><w:jc w:val='center'/></w:pPr>{_runs(text, chance, quirks) if text else ''}</w:p>"
