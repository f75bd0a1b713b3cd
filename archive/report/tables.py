"""The three statutory tables: every cell that the document shows, with its source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from archive.documents.model import Document, Grid, Method, Paragraph, Picture
from archive.report.disputed import settle, suspects
from archive.report.form import Row, form, plain
from archive.report.grids import read_grids
from archive.report.labels import repaired
from archive.report.model import Number, Source, State
from archive.report.numbers import BLANK, Reading, read_number
from archive.report.rows import Findings, FoundRow, Slot
from archive.report.sections import Section
from archive.report.sums import contradictions, forced, unchecked
from archive.report.torn import read_torn

_CAPTION = 40
_CONFIDENCE = {True: 1.0, False: 0.8}


@dataclass(frozen=True, slots=True)
class Tables:
    """The cells of the form(s) that the document uses.

    `cells` has every key of the form, or of both where they are mixed; `sources` one entry for each cell that stands in
    the document. `rows_found` counts rows by table (t4: its one row of values) and has a table only where some of it,
    at least its header, was seen. `derived` holds what a printed sum forces into its only empty cell.
    """

    format: Literal["2019", "2021"] | None
    cells: dict[str, Number | None]
    sources: dict[str, Source]
    derived: dict[str, Number]
    rows_found: dict[str, int]
    missing_rows: dict[str, tuple[str, ...]]
    local_extra: tuple[str, ...] = ()
    pictures: frozenset[str] = field(default_factory=frozenset)
    warnings: tuple[str, ...] = ()


def read_tables(document: Document, sections: Sequence[Section]) -> Tables:
    """Reads tables 2 to 4. `format` is None where no table was seen at all; then `cells` is empty."""
    hint = _formats_named(document)
    ruled = read_grids(_grids(document, sections), hint)
    torn = read_torn(sections, hint, document.method, complete=_complete(ruled))
    rows, conflicts = _merged((*ruled.rows, *torn.rows))
    headed = ruled.headed | torn.headed | {found.row.table for found in rows}
    warnings = (*ruled.warnings, *torn.warnings, *conflicts)
    formats = _formats(rows, headed, hint)
    pictures = _pictures(sections, headed)
    if not formats:
        return Tables(None, {}, {}, {}, {}, {}, (), pictures, warnings)
    return _assembled(document.method, rows, headed, formats, (ruled, torn), pictures, warnings)


def _grids(document: Document, sections: Sequence[Section]) -> Iterator[tuple[str, Grid]]:
    """Every grid whose columns are known, with the line above it."""
    for section in sections:
        caption = ""
        for block in section.blocks:
            if isinstance(block, Grid) and not block.loose:
                yield caption, repaired(block) if (block.method or document.method) == "ocr" else block
            caption = block.text if isinstance(block, Paragraph) and len(block.text) <= _CAPTION else ""


def _assembled(
    method: Method, rows: Sequence[FoundRow], headed: frozenset[str], formats: tuple[str, ...],
    findings: tuple[Findings, ...], pictures: frozenset[str], warnings: tuple[str, ...],
) -> Tables:
    cells: dict[str, Number | None] = dict.fromkeys(form().keys(formats))
    sources: dict[str, Source] = {}
    slots: dict[str, Slot] = {}
    for found in rows:
        for key, unit, slot in zip(found.row.cells, _units(found.row), found.slots, strict=True):
            if slot is not None and key in cells:
                reading = read_number(slot.raw) if slot.raw.strip() else BLANK
                cells[key] = None if slot.readings else reading.value
                sources[key] = _source(slot, reading, unit, method)
                slots[key] = slot
    warnings = (*warnings, *_settle(cells, sources, slots, formats))
    doubtful = _doubtful(cells, slots, formats)
    for key in doubtful:
        cells[key] = None
        del sources[key]
    if doubtful:
        warnings = (*warnings, f"{len(doubtful)} cells rest on their position alone and no printed sum confirms them")
    warnings = (*warnings, *_give_up(cells, sources, formats))
    main: Literal["2019", "2021"] = "2019" if "t2_2019" in headed or formats == ("2019",) else "2021"
    extra = tuple(text for finding in findings for text in finding.extra)
    counts = _counts(rows, headed)
    return Tables(
        main, cells, sources, _derived(cells, rows, formats), counts, _missing(rows, counts, formats), extra, pictures,
        tuple(dict.fromkeys(warnings)),
    )


def _units(row: Row) -> tuple[str | None, ...]:
    return tuple(column.unit for column in row.columns)


def _source(slot: Slot, reading: Reading, unit: str | None, method: Method) -> Source:
    place = slot.place
    state: State = "text" if slot.readings else reading.state
    confidence = min(_CONFIDENCE[slot.certain], slot.confidence)
    return Source(
        slot.raw, state, slot.method or method, reading.unit or unit, round(confidence, 3),
        place.page, place.box, place.at, slot.certain and not slot.readings, place.part,
    )


def _settle(
    cells: dict[str, Number | None], sources: dict[str, Source], slots: dict[str, Slot], formats: tuple[str, ...]
) -> Iterator[str]:
    """Lets the printed sums decide between the readers of a picture."""
    readings = {key: _readings(slot) for key, slot in slots.items() if slot.readings}
    settled = settle(cells, readings, formats) if readings else {}
    for key, reading in settled.items():
        cells[key] = reading.value
        confidence = min(sources[key].confidence, _CONFIDENCE[False])
        sources[key] = replace(sources[key], state=reading.state, confidence=confidence)
    if len(readings) > len(settled):
        yield f"{len(readings) - len(settled)} cells of a picture were read in two ways and no printed sum decides"


def _give_up(
    cells: dict[str, Number | None], sources: dict[str, Source], formats: tuple[str, ...]
) -> Iterator[str]:
    """Takes back what the readers of a picture agreed on where the sums of its row and column say something else."""
    seen = [key for key, source in sources.items() if source.method == "ocr" and cells[key] is not None]
    misread = suspects(cells, seen, formats) if seen else frozenset()
    for key in misread:
        cells[key] = None
        sources[key] = replace(sources[key], state="text", certain=False)
    if misread:
        yield f"{len(misread)} cells of a picture contradict the sums of their row and their column"


def _readings(slot: Slot) -> tuple[Reading, ...]:
    return tuple(dict.fromkeys(read_number(text) if text.strip() else BLANK for text in slot.readings))


def _doubtful(cells: dict[str, Number | None], slots: dict[str, Slot], formats: tuple[str, ...]) -> set[str]:
    """Cells known by position alone that take part in a sum which does not hold, or that no sum can confirm."""
    wrong = {key for keys in contradictions(cells, formats) for key in keys} | unchecked(cells, formats)
    return {key for key in wrong if key in slots and not slots[key].certain}


def _derived(cells: dict[str, Number | None], rows: Sequence[FoundRow], formats: tuple[str, ...]) -> dict[str, Number]:
    standing = {key for found in rows for key in found.row.cells}
    return {key: value for key, value in forced(cells, formats).items() if key in standing}


def _merged(rows: Iterable[FoundRow]) -> tuple[list[FoundRow], list[str]]:
    """One entry a row: of two that say the same the first; where they differ nobody knows which one counts."""
    found: dict[tuple[str, str], FoundRow] = {}
    warnings = []
    for row in rows:
        key = (row.row.table, row.row.key)
        before = found.get(key)
        if before is None or not any(before.slots):
            found[key] = row
        elif any(row.slots) and _values(before) != _values(row):
            slots = tuple(a if _same(a, b) else None for a, b in zip(before.slots, row.slots, strict=True))
            found[key] = FoundRow(row.row, slots)
            warnings.append(f"the row {row.row.labels[0]} stands twice with different values")
    return list(found.values()), warnings


def _values(row: FoundRow) -> list[Number | None]:
    return [read_number(slot.raw).value if slot else None for slot in row.slots]


def _same(one: Slot | None, other: Slot | None) -> bool:
    return one is not None and other is not None and read_number(one.raw) == read_number(other.raw)


def _complete(findings: Findings) -> frozenset[str]:
    """The tables of which every row was read: nothing is left for the torn text."""
    keys = {(found.row.table, found.row.key) for found in findings.rows}
    done = set()
    for table in form().tables:
        for name in ("2019", "2021"):
            wanted = {(table.key, row.key) for row in table.of((name,))}
            if wanted and wanted <= keys:
                done.add(table.key)
    return frozenset(done)


def _formats_named(document: Document) -> tuple[str, ...]:
    """The forms whose words stand in the document, for rows that both forms have."""
    text = "".join(plain(_text(block)) for block in document.blocks)
    new = any(word in text for word in ("本年制发", "现行有效", "本年废止", "逾期不补正", "逾期未按收费"))
    old = any(word in text for word in ("本年新制作", "对外公开总", "上一年项目", "其他对外管理", "政府集中采购"))
    return ("2019",) if old and not new else ("2021",) if new and not old else ("2019", "2021") if old else ()


def _text(block: object) -> str:
    if isinstance(block, Grid):
        return "".join(cell.text for cell in block.cells)
    return block.text if isinstance(block, Paragraph) else ""


def _formats(rows: Sequence[FoundRow], headed: frozenset[str], hint: tuple[str, ...]) -> tuple[str, ...]:
    """The forms whose keys the cells have: those of the tables and rows that only one form has."""
    if not headed:
        return ()
    seen = {name for name, table in (("2019", "t2_2019"), ("2021", "t2")) if table in headed}
    seen |= {found.row.formats[0] for found in rows if len(found.row.formats) == 1}
    return tuple(sorted(seen)) or hint or ("2021",)


def _counts(rows: Sequence[FoundRow], headed: frozenset[str]) -> dict[str, int]:
    counts = {table.key: 0 for table in form().tables if table.key in headed}
    for found in rows:
        counts[found.row.table] = 1 if found.row.table == "t4" else counts[found.row.table] + 1
    return counts


def _missing(rows: Sequence[FoundRow], counts: dict[str, int], formats: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Rows of a table that was seen and that should have them."""
    have = {(found.row.table, found.row.key) for found in rows}
    other = "other_all" if ("t3", "other_all") in have else None
    missing = {}
    for table in form().tables:
        wanted = table.of(("2019",) if other and table.key == "t3" else formats[-1:] if table.key == "t3" else formats)
        lost = tuple(row.key for row in wanted if (table.key, row.key) not in have)
        if table.key in counts and lost:
            missing[table.key] = lost
    return missing


def _pictures(sections: Sequence[Section], headed: frozenset[str]) -> frozenset[str]:
    """Sections that should show a table and show a picture."""
    shown = {form().table(key).section for key in headed}
    held = {s.key for s in sections if any(isinstance(block, Picture) for block in s.blocks)}
    return frozenset(held & {table.section for table in form().tables} - shown)
