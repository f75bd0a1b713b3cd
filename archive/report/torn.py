"""Reads the statutory tables out of lines of text: rows with tabs or pipes, rows with spaces, one value a line.

A label in the line of its values names them. A label in the line before names them where it is the only one there.
Values without such a label are given to the rows between two named ones only where exactly as many are missing; they
are then marked uncertain, and dropped where a printed sum contradicts them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

from archive.documents.model import Method
from archive.report.batches import Batch, Cut, cut
from archive.report.cellrows import below_head, cells_of, offsets, usual
from archive.report.form import Row, form
from archive.report.halves import in_lines, in_turn, is_mixed, joined
from archive.report.numbers import glued_zeros, read_number
from archive.report.outcomes import read_outcomes
from archive.report.rows import Findings, FoundRow, Slot, best_block
from archive.report.sections import Section
from archive.report.sums import adds_up

_Slots = tuple[Slot | None, ...]
_PREFIX = 5
_BALANCE = ("new_received", "carried_in", "total_handled", "carried_out")
_TOTAL = re.compile(r"\(?七\)?(?:总计|合计)")
_OTHER = re.compile(r"(?:3|\(3\))其他$")
_NEW_ROWS = ("逾期不补正", "逾期未按收费")
_HEADER_START = re.compile(r".*(?:信息内容|第二十条第?\(?[一二三四五六七八九]?\)?项?)")


@dataclass(slots=True)
class _Group:
    """Seven slots of table 3, or values that cannot be told apart (`slots` None), with the row that they name."""

    slots: _Slots | None
    key: str | None = None
    strong: bool = False
    hints: tuple[str, ...] = ()


@dataclass(slots=True)
class _Result:
    rows: list[FoundRow] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_torn(
    sections: Sequence[Section], formats: tuple[str, ...], method: Method, *, complete: frozenset[str]
) -> Findings:
    """The rows that lines of text show; `method` is the document's. Tables in `complete` are left alone."""
    lines = cut(sections, method)
    result = _Result()
    if not complete & {"t2", "t2_2019"}:
        _read_disclosure(lines, formats, result)
    if "t3" not in complete:
        _read_requests(lines, result)
    if "t4" not in complete:
        rows, warnings = read_outcomes([b for b in lines.batches if b.table == "t4"])
        result.rows += rows
        result.warnings += warnings
    headed = frozenset(key for key, words in lines.words.items() if key and _is_headed(key, words))
    return Findings(tuple(result.rows), headed - {"t2"}, tuple(result.extra), tuple(result.warnings))


def _is_headed(key: str, words: str) -> bool:
    return any(mark in words for mark in form().table(key).markers)


def _spread(batch: Batch, count: int) -> list[Slot]:
    """The tokens; the zeros of a whole row that were run together are taken apart."""
    if len(batch.tokens) == 1 and count > 1 and glued_zeros(batch.tokens[0].raw, count):
        return [replace(batch.tokens[0], raw="0")] * count
    return batch.tokens


# --- table 2 ------------------------------------------------------------------------------------------------------


def _read_disclosure(lines: Cut, formats: tuple[str, ...], result: _Result) -> None:
    batches = [batch for batch in lines.batches if batch.table == "t2"]
    header, pieces = "", list[str]()
    named = [_rows_at_end(batch.own or batch.label) or _rows_at_end(batch.label) for batch in batches]
    # values without a label tell that labels and values may have changed places: then only one line is trusted
    lost = any(not rows and _is_unnamed(batch) for rows, batch in zip(named, batches, strict=True))
    found: list[FoundRow] = []
    weak: set[str] = set()
    for candidates, batch in zip(named, batches, strict=True):
        header = _header(batch, header)
        pieces = batch.pieces if len(batch.pieces) > 1 else pieces
        row = _decide(candidates, header, formats) if batch.own or not lost else None
        if row is not None:
            start = {batch.start} if batch.grid in lines.beside else set()
            mixed = is_mixed(pieces, row)
            found.append(FoundRow(row, _disclosed(batch, row, start, mixed)))
            weak |= set() if batch.own else {row.key}
        elif not candidates and batch.filled and (batch.own or not (lost or batch.cells)):
            words = batch.own or batch.pieces[-1]
            result.extra.append(" ".join([words, *(token.raw for token in batch.tokens)]).strip())
    for one in found:
        keys = [row.key for row in form().table(one.row.table).rows]
        torn = _before_gap(keys, [other.row.key for other in found if other.row.table == one.row.table], weak)
        result.rows.append(FoundRow(one.row, (None,) * len(one.slots)) if one.row.key in torn else one)


def _is_unnamed(batch: Batch) -> bool:
    """Whether values stand alone below a header, or below nothing; words of their own make them a local row."""
    return not batch.own and not batch.cells and not (batch.pieces and _says_row(batch.pieces[-1]))


def _says_row(words: str) -> bool:
    return len(words) > 2 and not any(mark in words for key in ("t2", "t2_2019") for mark in _heads(key))


@cache
def _heads(key: str) -> tuple[str, ...]:
    table = form().table(key)
    columns = (label for row in table.rows for column in row.columns for label in column.labels)
    return (*table.markers, "单位", "统计", *columns)


def _header(batch: Batch, before: str) -> str:
    """The words of the header that is in force: those since the block's title."""
    text = "".join(batch.pieces)
    match = _HEADER_START.match(text)
    return (text[match.end():] if match else "") or before


def _disclosed(batch: Batch, row: Row, start: set[int], mixed: bool) -> _Slots:
    """The values of a row; where lines are no cells those in different lines may have changed places."""
    count = len(row.columns)
    if mixed and not batch.cells and in_lines(batch.tokens):
        return (None,) * count
    if batch.cells and (slots := below_head(batch, row) or cells_of(batch, count, start)):
        return slots
    tokens = _spread(batch, count)
    return tuple(tokens) if len(tokens) == count and not batch.cells else (None,) * count


@cache
def _disclosure_labels() -> tuple[tuple[str, Row], ...]:
    rows = (row for key in ("t2", "t2_2019") for row in form().table(key).rows)
    return tuple(sorted(((label, row) for row in rows for label in row.labels), key=lambda pair: -len(pair[0])))


def _rows_at_end(text: str) -> tuple[Row, ...]:
    """The rows of table 2 whose longest label ends a text."""
    found = [(label, row) for label, row in _disclosure_labels() if text.endswith(label)]
    longest = {row.table: (label, row) for label, row in reversed(found)}
    return tuple(row for _, row in longest.values())


def _decide(candidates: tuple[Row, ...], header: str, formats: tuple[str, ...]) -> Row | None:
    columns = {label for row in candidates for column in row.columns for label in column.labels if label in header}
    # 处理决定数量 is a column of the old form and the end of a column's name in the new one
    columns -= {label for label in columns if any(label != other and label in other for other in columns)}
    row = best_block(candidates, sorted(columns)) if columns else None
    return row or next((row for row in candidates if len(formats) == 1 and formats[0] in row.formats), None)


# --- table 3 ------------------------------------------------------------------------------------------------------


def _read_requests(lines: Cut, result: _Result) -> None:
    batches = [batch for batch in lines.batches if batch.table == "t3"]
    words = lines.words.get("t3", "")
    new = any(mark in words for mark in _NEW_ROWS)
    rows = form().table("t3").of(("2021",) if new else ("2019",))
    keys = [row.key for row in rows]
    whole = joined(batches, lambda words: _names_row(words, new))
    groups = _groups(_without_strays(list(whole)), new)
    placed = _place(groups, keys, words, result)
    found = {row.key: row for row in rows}
    weak = {key for key, group in placed.items() if not group.strong}
    torn = _before_gap(keys, list(placed), weak)
    slots = {key: None if key in torn else group.slots for key, group in placed.items()}
    _fill_stray(slots, _strays(batches))
    result.rows += [FoundRow(found[key], values or (None,) * 7) for key, values in slots.items() if key in found]


def _before_gap(keys: Sequence[str], found: Sequence[str], weak: set[str]) -> set[str]:
    """Rows with their values in lines of their own where the next row is lost: the values may be that row's."""
    return {key for key, following in pairwise(keys) if key in weak and following not in found}


def _groups(batches: Sequence[Batch], new: bool) -> list[_Group]:
    """Seven values each, in order, with the row that the words before them name."""
    known = offsets(batches)
    mixed = is_mixed([piece for batch in batches for piece in batch.pieces], form().table("t3").rows[0])
    groups: list[_Group] = []
    for batch in batches:
        key, strong, hints = _named(batch, new)
        tokens = _spread(batch, 7)
        if batch.cells:
            slots = cells_of(batch, 7, usual(batch, known), known)
            if slots and (key or batch.filled):
                groups.append(_Group(slots, key, strong, hints))
            elif key:
                groups.append(_Group(None, key, strong, hints))
        elif len(tokens) % 7 == 0:
            if mixed and in_lines(tokens):
                tokens = [replace(token, certain=False) for token in tokens]
            for index in range(0, len(tokens), 7):
                mine = (key, strong, hints) if index == 0 else (None, False, ())
                groups.append(_Group(in_turn(tokens[index:index + 7]), *mine))
        else:
            groups.append(_Group(None, key, strong, hints))
    return groups


def _without_strays(batches: Sequence[Batch]) -> list[Batch]:
    """The batches without single values that stand between lines; their words belong to the values after them."""
    found: list[Batch] = []
    words: list[str] = []
    for batch in batches:
        if _is_stray(batch):
            words += batch.pieces
            continue
        found.append(replace(batch, pieces=[*words, *batch.pieces]))
        words = []
    return found


def _is_stray(batch: Batch) -> bool:
    return len(batch.tokens) == 1 and not batch.cells and not batch.own and not glued_zeros(batch.tokens[0].raw, 7)


def _named(batch: Batch, new: bool) -> tuple[str | None, bool, tuple[str, ...]]:
    """The row that the words before the values name, whether they stand in the same line, and all rows named there."""
    own = _rows_in(batch.own, new)
    every = _rows_in(batch.label, new)
    if len(own) == 1:
        return own[0], True, own
    if not own and batch.own and (cut_off := _cut_off(batch.own, new)):
        return cut_off, True, (cut_off,)
    if len(every) == 1:
        return every[0], False, every
    return (_cut_off(batch.label, new) if not every else None), False, every


def _names_row(words: str, new: bool) -> bool:
    return len(_rows_in(words, new)) == 1 or bool(words and _cut_off(words, new))


@cache
def _request_labels(new: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    special = ("other_all", "other_other", "total_handled")
    rows = form().table("t3").of(("2021",) if new else ("2019",))
    found = [(r.key, re.compile("|".join(_guarded(label) for label in r.labels))) for r in rows if r.key not in special]
    last = [("total_handled", _TOTAL), ("other_other", _OTHER)] if new else [("total_handled", _TOTAL)]
    return (*found, *last) if new else (*found, *last, ("other_all", re.compile(r"其他处理(?:情况)?$")))


def _guarded(label: str) -> str:
    return f"(?<!不){re.escape(label)}" if label == "予以公开" else re.escape(label)


def _rows_in(text: str, new: bool) -> tuple[str, ...]:
    """The rows of table 3 whose labels stand whole in a text, in the order of the text."""
    if text in ("总计", "合计"):
        return ("total_handled",)
    if text == "其他" and new:
        return ("other_other",)
    found = [(match.start(), key) for key, pattern in _request_labels(new) if (match := pattern.search(text))]
    return tuple(key for _, key in sorted(found))


def _cut_off(text: str, new: bool) -> str | None:
    """The one row whose label begins at the end of a text and was cut off there."""
    rows = form().table("t3").of(("2021",) if new else ("2019",))
    found = {
        row.key for row in rows for label in row.labels
        for size in range(_PREFIX, len(label)) if text.endswith(label[:size])
    }
    return next(iter(found)) if len(found) == 1 else None


def _place(groups: list[_Group], keys: list[str], words: str, result: _Result) -> dict[str, _Group]:
    """Which row each group is. Names in the values' own line stand; the rest must fit between them."""
    strong = [index for index, group in enumerate(groups) if group.strong]
    placed: dict[str, _Group] = {}
    for index in strong:
        _settle(placed, groups[index].key, groups[index], result)
    for before, after in pairwise([-1, *strong, len(groups)]):
        inside = groups[before + 1:after]
        low = keys.index(str(groups[before].key)) if before >= 0 else -1
        high = keys.index(str(groups[after].key)) if after < len(groups) else len(keys)
        open_rows = [key for key in keys[low + 1:high] if key not in placed]
        for key, group in _fit(inside, open_rows, words, result):
            _settle(placed, key, group, result)
    return placed


def _settle(placed: dict[str, _Group], key: str | None, group: _Group, result: _Result) -> None:
    if key is None:
        return
    if key in placed and _values(placed[key]) != _values(group):
        result.warnings.append(f"table 3: the row {key} stands twice with different values")
        placed[key] = _Group(None, key)
        return
    placed.setdefault(key, group)


def _values(group: _Group) -> list[object]:
    return [read_number(slot.raw) if slot else None for slot in group.slots or ()]


def _fit(inside: list[_Group], rows: list[str], words: str, result: _Result) -> list[tuple[str, _Group]]:
    """The groups between two strong names, and the rows that are open there."""
    if not inside:
        return []
    names = [group.key for group in inside]
    if all(name in rows for name in names) and [r for r in rows if r in names] == names:
        return [(str(group.key), group) for group in inside]
    if len(inside) == len(rows) and all(group.slots for group in inside) and _in_order(rows, words):
        pairs = zip(rows, inside, strict=True)
        counted = [(key, group if group.key == key else _doubtful(group)) for key, group in pairs]
        if all(_may_be(key, group) for key, group in counted):
            return counted
    return _fit_parts(inside, rows, words, result)


def _fit_parts(inside: list[_Group], rows: list[str], words: str, result: _Result) -> list[tuple[str, _Group]]:
    """Tries again between names in the line before, where these are in order; what does not fit stays unread."""
    weak = [index for index, group in enumerate(inside) if group.key in rows]
    order = [rows.index(str(inside[index].key)) for index in weak]
    if not weak or order != sorted(set(order)):
        result.warnings.append(f"table 3: {len(inside)} rows of values could not be told from each other")
        return []
    found: list[tuple[str, _Group]] = []
    misfit = False
    for before, after in pairwise([-1, *weak, len(inside)]):
        low = rows.index(str(inside[before].key)) if before >= 0 else -1
        high = rows.index(str(inside[after].key)) if after < len(inside) else len(rows)
        between = inside[before + 1:after]
        part = _exactly(between, rows[low + 1:high], words)
        misfit = misfit or (bool(between) and not part)
        found += part + ([(str(inside[after].key), inside[after])] if after < len(inside) else [])
    if misfit:
        result.warnings.append("table 3: some rows of values could not be told from each other")
        return []
    return found


def _exactly(groups: list[_Group], rows: list[str], words: str) -> list[tuple[str, _Group]]:
    if not groups or len(groups) != len(rows) or not all(g.slots for g in groups) or not _in_order(rows, words):
        return []
    return [(key, _doubtful(group)) for key, group in zip(rows, groups, strict=True) if _may_be(key, _doubtful(group))]


def _in_order(rows: list[str], words: str) -> bool:
    """Whether the labels that stand whole in the text follow each other as the form has them."""
    new = "other_other" in rows or any(mark in words for mark in _NEW_ROWS)
    places = {key: match.start() for key, pattern in _request_labels(new) if (match := pattern.search(words))}
    found = [places[key] for key in rows if key in places and key not in ("total_handled", "other_other")]
    return found == sorted(found)


def _may_be(key: str, group: _Group) -> bool:
    """A row known by position must add up by itself, where every cell of it is a number."""
    row = next(row for row in form().table("t3").rows if row.key == key)
    values = [read_number(slot.raw).value if slot else None for slot in group.slots or ()]
    return all(slot.certain for slot in group.slots or () if slot) or None in values or adds_up(values, row)


def _doubtful(group: _Group) -> _Group:
    slots = tuple(replace(slot, certain=False) if slot else None for slot in group.slots or ())
    return _Group(slots, group.key, group.strong, group.hints)


def _strays(batches: Iterable[Batch]) -> list[Slot]:
    """Single numbers that stand alone, where a row lost one."""
    alone = (batch.tokens[0] for batch in batches if _is_stray(batch))
    return [token for token in alone if read_number(token.raw).value is not None]


def _fill_stray(slots: dict[str, _Slots | None], strays: list[Slot]) -> None:
    """Puts the one stray value into the one empty cell, where the row's sum and the column's both say it is that."""
    empty = [(key, i) for key, row in slots.items() if row for i, s in enumerate(row) if s is None or not s.raw.strip()]
    if len(strays) != 1 or len(empty) != 1:
        return
    (key, column), value = empty[0], read_number(strays[0].raw).value
    row = slots[key] or ()
    others = [read_number(s.raw).value if s else None for i, s in enumerate(row) if i != column]
    if key not in _BALANCE or column != 6 or None in others or sum(v for v in others if v is not None) != value:
        return
    totals = {name: (slots.get(name) or (None,) * 7)[column] for name in _BALANCE} | {key: strays[0]}
    numbers = [read_number(slot.raw).value if slot else None for slot in totals.values()]
    if None not in numbers and sum(v * sign for v, sign in zip(numbers, (1, 1, -1, -1), strict=True) if v) == 0:
        slots[key] = (*row[:column], replace(strays[0], certain=False))
