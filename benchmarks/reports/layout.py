"""Lays the three tables out, with merged cells, as the form prescribes and as publishers change it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from benchmarks.reports.figures import disclosure, second
from benchmarks.reports.labels import (
    BLOCKS,
    CORNER,
    CORNERS,
    GROUPS,
    LAST,
    OTHER,
    OTHERS,
    OUTCOME,
    OUTCOME_LABELS,
    OUTCOMES,
    PEOPLE,
    PEOPLE_LABELS,
    RECEIVED,
    SINGLE,
    VARIANTS,
    Columns,
)
from benchmarks.reports.model import Cell, Generation, Table

Wording = Callable[[str], str]


def wording(chance: Random, quirks: frozenset[str]) -> Wording:
    """How labels are printed: as prescribed, or in one of their variants."""
    share = 0.5 if "label variants" in quirks else 0.0

    def word(label: str) -> str:
        return chance.choice(VARIANTS[label]) if label in VARIANTS and chance.random() < share else label

    return word


def disclosure_tables(
    raw: Mapping[str, str], generation: Generation, word: Wording, quirks: frozenset[str]
) -> tuple[Table, ...]:
    """Table 2 as one table, or (quirk) one for each block."""
    pieces = [_block(raw, second(generation), block, word, quirks) for block in disclosure(generation)]
    if "blocks apart" in quirks:
        return tuple(_table("t2", 4, rows) for rows in pieces)
    return (_table("t2", 4, [row for rows in pieces for row in rows]),)


Row = list[tuple[str, int, int, str | None]]  # text, rowspan, colspan, key


def _block(
    raw: Mapping[str, str], table: str, block: tuple[str, Columns, Columns], word: Wording, quirks: frozenset[str]
) -> list[Row]:
    title, columns, rows = block
    rest = 4 - len(columns)
    found: list[Row] = [
        [(word(title), 1, 4, None)],
        [("信息内容", 1, 1, None), *_wide([(word(label), None) for _, label in columns], rest)],
    ]
    for row, label in rows:
        values = [(raw[key], key) for key in (f"{table}.{row}.{column}" for column, _ in columns)]
        wide = _padded(values, rest) if "values not merged" in quirks else _wide(values, rest)
        found.append([(word(label), 1, 1, None), *wide])
    if "local row" in quirks and rows[0][0] == "regulations":
        found.append([("其他主动公开文件", 1, 1, None), *[(str(number), 1, 1, None) for number in (3, 1, 17)]])
    return found


def _wide(texts: Iterable[tuple[str, str | None]], rest: int) -> Row:
    """The last cell of a short row covers the rest of the table."""
    row: Row = [(text, 1, 1, key) for text, key in texts]
    text, _, _, key = row[-1]
    return [*row[:-1], (text, 1, rest, key)]


def _padded(texts: Iterable[tuple[str, str | None]], rest: int) -> Row:
    return [*((text, 1, 1, key) for text, key in texts), *[("", 1, 1, None)] * (rest - 1)]


def request_table(chance: Random, raw: Mapping[str, str], single: bool, word: Wording, quirks: frozenset[str]) -> Table:
    """Table 3, ten columns wide."""
    corner = chance.choice(CORNERS) if "other corner" in quirks else CORNER
    first, *organs, last = map(word, PEOPLE_LABELS)
    rows: list[Row] = [*_heads(corner, first, organs, last, quirks)]
    rows += [[(word(label), 1, 3, None), *_values(raw, key)] for key, label in RECEIVED]
    rows += list(_endings(raw, single, word, quirks))
    rows.append([(word(LAST[1][1]), 1, 3, None), *_values(raw, "carried_out")])
    return _table("t3", 10, rows, heads=3)


def _heads(corner: str, first: str, organs: list[str], last: str, quirks: frozenset[str]) -> Iterator[Row]:
    if "total beside" in quirks:
        yield [(corner, 3, 3, None), ("申请人情况", 1, 6, None), (last, 3, 1, None)]
        yield [(first, 2, 1, None), ("法人或其他组织", 1, 5, None)]
    else:
        yield [(corner, 3, 3, None), ("申请人情况", 1, 7, None)]
        yield [(first, 2, 1, None), ("法人或其他组织", 1, 5, None), (last, 2, 1, None)]
    yield [(label, 1, 1, None) for label in organs]


def _endings(raw: Mapping[str, str], single: bool, word: Wording, quirks: frozenset[str]) -> Iterator[Row]:
    """The rows of 三、本年度办理结果; a group whose label was forgotten has an empty cell there."""
    groups = GROUPS if single else (*GROUPS, (OTHER, OTHERS))
    height = len(SINGLE) + sum(len(rows) for _, rows in groups) + single + 1
    body: list[Row] = [[(word(label), 1, 2, None), *_values(raw, key)] for key, label in SINGLE]
    for group, rows in groups:
        name = "" if "group without name" in quirks and group == GROUPS[0][0] else word(group)
        for number, (key, label) in enumerate(rows):
            head: Row = [(name, len(rows), 1, None)] if number == 0 else []
            body.append([*head, (word(label), 1, 1, None), *_values(raw, key)])
    if single:
        body.append([(word(OTHER), 1, 2, None), *_values(raw, "other_all")])
    body.append([(word(LAST[0][1]), 1, 2, None), *_values(raw, "total_handled")])
    body[0].insert(0, (word(OUTCOME), height, 1, None))
    yield from body


def _values(raw: Mapping[str, str], row: str) -> Row:
    return [(raw[f"t3.{row}.{person}"], 1, 1, f"t3.{row}.{person}") for person in PEOPLE]


def dispute_table(raw: Mapping[str, str], word: Wording) -> Table:
    """Table 4: one row of fifteen figures under three rows of heads."""
    endings = [word(label) for label in OUTCOME_LABELS]
    rows: list[Row] = [
        [("行政复议", 1, 5, None), ("行政诉讼", 1, 10, None)],
        [*((label, 2, 1, None) for label in endings), ("未经复议直接起诉", 1, 5, None), ("复议后起诉", 1, 5, None)],
        [(label, 1, 1, None) for label in endings * 2],
        [(raw[key], 1, 1, key) for key in (f"t4.{block}.{one}" for block in BLOCKS for one in OUTCOMES)],
    ]
    return _table("t4", 15, rows, heads=3)


def _table(name: str, width: int, rows: list[Row], heads: int = 1) -> Table:
    """Puts every cell where the ones before leave room, as HTML does."""
    taken: set[tuple[int, int]] = set()
    cells = []
    for number, row in enumerate(rows):
        column = 0
        for text, tall, wide, key in row:
            while (number, column) in taken:
                column += 1
            cells.append(Cell(text, number, column, tall, wide, key))
            taken |= {(number + down, column + right) for down in range(tall) for right in range(wide)}
    return Table(name, width, len(rows), tuple(cells), heads)
