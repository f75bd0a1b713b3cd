"""Tables without rulings: columns are found where values stand under each other, rows where labels stand beside them.

Words on a page become a table only where every one of them has its one column and its one row. Labels of several lines
belong to the row whose values stand beside any of their lines. What cannot be told is left as text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from archive.documents.glyphs import Glyph, Rectangle, bounds, rounded
from archive.documents.model import Grid, GridCell, Place
from archive.documents.ruling import Line
from archive.documents.valuerows import OVER, Row, grouped, is_heading, is_prose, may_be_halves, merged, value_rows
from archive.documents.words import Word, closest, find_words, follows, levels, overlap

_MARK = re.compile(r"\s*(?:\d{1,2}\s?[.．、](?!\d)|[(（][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、)")
_NEAR = 4.5
_MAX_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of values: where the labels end, and from where to where each column reaches."""

    labels: float
    reaches: tuple[tuple[float, float], ...]

    def of(self, word: Word) -> int | None:
        """The one column in which a word stands."""
        found = [index for index, (low, high) in enumerate(self.reaches) if word.left < high and word.right > low]
        return found[0] if len(found) == 1 else None


@dataclass(slots=True)
class _Label:
    lines: list[Word]
    rows: set[int] = field(default_factory=set)

    @property
    def left(self) -> float:
        return min(word.left for word in self.lines)

    @property
    def top(self) -> float:
        return min(word.top for word in self.lines)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.lines)


@dataclass(frozen=True, slots=True)
class Found:
    """A table, the glyphs that it took, and its columns for the page on which it goes on.

    `head` is its header where that stands alone at the end of the page before.
    """

    grid: Grid
    taken: frozenset[Glyph]
    columns: Columns
    head: Grid | None = None


def find_tables(
    glyphs: Sequence[Glyph], levels: Sequence[Line], number: int, width: float, carried: Columns | None = None,
    before: Sequence[Glyph] = (),
) -> list[Found]:
    """The tables that words without rulings make on page `number`, `width` points wide.

    `levels` are level rulings, `carried` the columns of a table at the end of the page before, `before` what stands
    there outside its tables.
    """
    words = find_words(glyphs)
    rows = value_rows(words)
    if not rows or len(words) > _MAX_WORDS:
        return []
    others = [word for word in words if not word.is_value]
    prose = frozenset(word for word in others if is_prose(word, width))
    found: list[Found] = []
    limit = 0.0
    for block in grouped(rows, others, prose):
        table = _Table(block, others, prose, levels, number, limit, None if found else carried)
        result = table.solved()
        if not found and not carried and before and not any(table.heads):
            result = _with_head(table, _tail(before, width), number) or result
        if result:
            found.append(result)
            bottom = result.grid.place.box[3] if result.grid.place.box else 0.0
            limit = bottom - 0.3 * block[-1].words[0].tall
        else:
            # labels beside rows that could not be read are not those of the next table
            limit = block[-1].middle + 0.6 * block[-1].words[0].tall
    return found


def _tail(glyphs: Sequence[Glyph], width: float) -> list[Word]:
    """The words at the end of a page behind its last prose, heading or value."""
    found: list[Word] = []
    for word in sorted(find_words(glyphs), key=lambda word: -word.bottom):
        far = bool(found) and min(w.top for w in found) - word.bottom > _NEAR * word.tall
        if word.is_value or far or is_prose(word, width) or is_heading(word):
            break
        found.append(word)
    return found


def _with_head(table: "_Table", tail: list[Word], number: int) -> Found | None:
    """The table under a header that the page break left behind."""
    if len(tail) < 2:
        return None
    down = table.rows[0].words[0].top - 0.8 * tail[0].tall - max(word.bottom for word in tail)
    moved = [replace(word, top=word.top + down, bottom=word.bottom + down) for word in tail]
    whole = replace(
        table, others=[*table.others, *moved], limit=min(word.top for word in moved) - 1,
        heads=[], over=[], head_rows=0,
    )
    result = whole.solved()
    if result is None or not any(whole.heads):
        return None
    head = [replace(cell, place=replace(cell.place, page=number - 1)) for cell in result.grid.cells
            if cell.row < whole.head_rows]
    body = tuple(replace(cell, row=cell.row - whole.head_rows) for cell in result.grid.cells
                 if cell.row >= whole.head_rows)
    own = [glyph for word in (*table.others, *(w for row in table.rows for w in row.words)) for glyph in word.glyphs]
    place = Place(page=number, box=bounds(glyph for glyph in own if glyph in result.taken))
    above = Place(page=number - 1, box=bounds(glyph for word in tail for glyph in word.glyphs))
    return Found(Grid(body, place), result.taken, result.columns, Grid(tuple(head), above))


@dataclass(slots=True)
class _Table:
    """One block of rows, and what stands around it."""

    rows: list[Row]
    others: list[Word]
    prose: frozenset[Word]
    levels: Sequence[Line]
    number: int
    limit: float
    carried: Columns | None
    head_rows: int = 0
    heads: list[list[Word]] = field(default_factory=list)
    over: list[Word] = field(default_factory=list)

    def solved(self) -> Found | None:
        """The table, None where a word has no place in it."""
        values = merged((word.left, word.right) for row in self.rows for word in row.words)
        beside = [word for word in self.others if word.left < values[0][0] and self._among(word)]
        edge = max((word.right for word in beside), default=0.0)
        if edge > values[0][0]:
            return None
        zone = self._zone()
        columns = self._columns(values, edge, zone)
        if columns is None or not self._placed(columns):
            return None
        if any(may_be_halves(upper, lower, len(columns.reaches)) for upper, lower in pairwise(self.rows)):
            return None
        head_end = max((word.bottom for stack in self.heads for word in stack), default=self.limit)
        labels = self._labels(columns, head_end)
        if labels is None or not self._believed(columns, labels):
            return None
        return self._made(columns, labels, [word for word in zone if word.middle < head_end])

    def _among(self, word: Word) -> bool:
        return self.rows[0].middle - 0.4 * word.tall <= word.middle <= self.rows[-1].middle + 0.4 * word.tall

    def _zone(self) -> list[Word]:
        """The words above the first row that belong to it, from the lowest up to a heading, prose or a wide gap."""
        first = self.rows[0]
        above = [w for w in self.others if self.limit < w.middle < first.middle - 0.2 * w.tall]
        found: list[Word] = []
        top = min(word.top for word in first.words)
        for word in sorted(above, key=lambda word: -word.middle):
            level = [other for other in above if abs(other.middle - word.middle) < 0.5 * word.tall]
            ends = word in self.prose or (len(level) == 1 and is_heading(word))
            if ends or top - word.bottom > _NEAR * word.tall:
                break
            found.append(word)
            top = min(top, word.top)
        return found

    def _columns(self, values: list[tuple[float, float]], edge: float, zone: list[Word]) -> Columns | None:
        """Columns from values and the lowest words over them; without such words those of the page before."""
        reaches = [[low, high] for low, high in values]
        stacks: list[list[Word]] = [[] for _ in reaches]
        gap = closest(zone)
        for word in sorted(zone, key=lambda word: -word.middle):
            if word.left < edge - 0.5:
                continue
            over = [i for i, (low, high) in enumerate(reaches) if word.left < high and word.right > low]
            if OVER.match(word.text) or len(over) > 1:
                self.over.append(word)
            elif not over:
                reaches.append([word.left, word.right])
                stacks.append([word])
            elif not stacks[over[0]] or follows(word, stacks[over[0]][-1], gap):
                index = over[0]
                stacks[index].append(word)
                reaches[index] = [min(reaches[index][0], word.left), max(reaches[index][1], word.right)]
            else:
                self.over.append(word)
        order = sorted(range(len(reaches)), key=lambda index: reaches[index][0])
        if any(stacks):
            self.heads = [stacks[index][::-1] for index in order]
        elif self.carried and (before := self._as_before(self.carried, values[0][0], edge)):
            return before
        spans = [(reaches[index][0], reaches[index][1]) for index in order]
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            return None
        return Columns(edge, _bounded(spans, edge))

    def _as_before(self, before: Columns, first: float, edge: float) -> Columns | None:
        """The columns of the page before, where every value has one of its own in them."""
        (low, high), *rest = before.reaches
        columns = Columns(edge, ((max(edge, min(low, first - 1)), high), *rest))
        places = [[columns.of(word) for word in row.words] for row in self.rows]
        fits = edge < high and all(None not in row and len(set(row)) == len(row) for row in places)
        return columns if fits else None

    def _placed(self, columns: Columns) -> bool:
        """Whether each value has one column, and each column one value in a row."""
        for row in self.rows:
            extra = [w for w in self.others if abs(w.middle - row.middle) < 0.4 * w.tall and w.left > columns.labels]
            row.words += [word for word in extra if word not in row.words]
            places = [columns.of(word) for word in row.words]
            if None in places or len(set(places)) < len(places):
                return False
        return True

    def _labels(self, columns: Columns, head_end: float) -> list[_Label] | None:
        """The labels beside the rows, each with at most one row; None where a row has two or a label has two."""
        first, last = self.rows[0], self.rows[-1]
        size = first.words[0].tall
        left = min(word.left for row in self.rows for word in row.words)
        top = max(head_end, self.limit) if any(self.heads) else max(self.limit, first.middle - 4 * size)
        floor = self._floor(columns.reaches[0][0], last, size)
        words = [w for w in self.others if top < w.middle < floor and w.right <= left + 0.5]
        labels = self._stacked(sorted(words, key=lambda word: (word.middle, word.left)))
        labels = [label for label in labels if label.top < last.middle + 0.3 * size]
        for index, row in enumerate(self.rows):
            beside = [x for x in labels if x.top - 0.1 * size <= row.middle <= x.bottom + 0.1 * size]
            if beside:
                chosen = max(beside, key=lambda label: label.left)
                chosen.rows.add(index)
        return None if any(len(label.rows) > 1 for label in labels) else labels

    def _floor(self, edge: float, last: Row, size: float) -> float:
        """Where the next table, heading or prose begins below the last row."""
        below = (word for word in self.others if word.middle > last.middle + 0.3 * size)
        other = (w for w in below if w.right > edge or OVER.match(w.text) or is_heading(w) or w in self.prose)
        return min((word.top for word in other), default=last.middle + 4 * size)

    def _stacked(self, words: list[Word]) -> list[_Label]:
        """Lines of labels that belong together: close under each other, no item number, ruling or row between."""
        gap = closest(words)
        if not any(_MARK.match(word.text) for word in words):
            # without item numbers two rows, the upper one blank, look like one label of two lines
            gap = min(gap, 0.25 * min((word.tall for word in words), default=0.0))
        ruled = self._ruled()
        labels: list[_Label] = []
        for word in words:
            label = next((x for x in reversed(labels) if self._joins(word, x, gap, ruled)), None)
            if label:
                label.lines.append(word)
            else:
                labels.append(_Label([word]))
        return labels

    def _ruled(self) -> list[float]:
        """The level rulings between the rows, where there is one between any two."""
        top, bottom = self.rows[0].middle, self.rows[-1].middle
        heights = [line.at for line in self.levels if top < line.at < bottom]
        each = all(any(a.middle < at < b.middle for at in heights) for a, b in pairwise(self.rows))
        return heights if each and len(self.rows) > 1 else []

    def _joins(self, word: Word, label: _Label, gap: float, ruled: list[float]) -> bool:
        last = label.lines[-1]
        if overlap(last, word) < 0.5 * min(last.right - last.left, word.right - word.left) or _MARK.match(word.text):
            return False
        if any(last.middle < at < word.middle for at in ruled):
            return False
        if not ruled and not follows(last, word, gap):
            return False
        beside = {self._row_of(line) for line in label.lines} - {None}
        mine = self._row_of(word)
        return not (beside and mine is not None and mine not in beside)

    def _row_of(self, word: Word) -> int | None:
        rows = (index for index, row in enumerate(self.rows) if abs(row.middle - word.middle) < 0.25 * word.tall)
        return next(rows, None)

    def _believed(self, columns: Columns, labels: list[_Label]) -> bool:
        """A single column is a table only under a header that names the labels too."""
        named = sum(1 for label in labels if label.rows)
        if len(columns.reaches) == 1:
            return named == len(self.rows) and any(self.heads)
        return named > 0 or len(columns.reaches) >= 5

    def _made(self, columns: Columns, labels: list[_Label], zone: list[Word]) -> Found:
        cells: list[GridCell] = []
        used: list[Word] = []
        row = self.head_rows = self._head(columns, zone, cells, used)
        lines = _in_rows(labels, self.rows)
        for index, beside in lines:
            values = self.rows[index].words if index is not None else []
            used += [*values, *(word for label in beside for word in label.lines)]
            self._line(columns, row, beside, values, cells)
            row += 1
        taken = frozenset(glyph for word in used for glyph in word.glyphs)
        return Found(Grid(tuple(cells), Place(page=self.number, box=bounds(taken))), taken, columns)

    def _head(self, columns: Columns, zone: list[Word], cells: list[GridCell], used: list[Word]) -> int:
        """The rows over the values: words over several columns, then the names of the columns with what is beside."""
        leaves = {id(word) for stack in self.heads for word in stack}
        if not leaves:
            return 0
        named = [word for stack in self.heads for word in stack]
        low, high = min(word.top for word in named), max(word.bottom for word in named)
        corner = [w for w in zone if id(w) not in leaves and w not in self.over and low <= w.middle <= high]
        above = [w for w in zone if id(w) not in leaves and w not in corner]
        row = 0
        for line in levels(above):
            for word in line:
                start, end = self._span(word, columns)
                cells.append(self._cell([word], row, start, end - start))
            row += 1
        if corner:
            cells.append(self._cell(sorted(corner, key=lambda word: (word.top, word.left)), row, 0, 2))
        for index, stack in enumerate(self.heads):
            cells.append(self._cell(stack, row, index + 2, 1) if stack else self._blank(columns, row, index, low, high))
        used += [*above, *corner, *named]
        return row + 1

    def _span(self, word: Word, columns: Columns) -> tuple[int, int]:
        over = [i for i, (low, high) in enumerate(columns.reaches) if word.left < high and word.right > low]
        return (over[0] + 2, over[-1] + 3) if over and word.left > columns.labels else (0, 2)

    def _line(
        self, columns: Columns, row: int, labels: list[_Label], values: list[Word], cells: list[GridCell]
    ) -> None:
        group, own = (labels[:-1], labels[-1:]) if labels else ([], [])
        if group:
            cells.append(self._cell([w for label in group for w in label.lines], row, 0, 1))
        for label in own:
            cells.append(self._cell(label.lines, row, 1 if group else 0, 1 if group else 2))
        by_column = {columns.of(word): word for word in values}
        words = [*values, *(w for label in own for w in label.lines)]
        top, bottom = min(w.top for w in words), max(w.bottom for w in words)
        for index in range(len(columns.reaches)):
            word = by_column.get(index)
            cells.append(
                self._cell([word], row, index + 2, 1) if word else self._blank(columns, row, index, top, bottom)
            )

    def _cell(self, words: list[Word], row: int, column: int, wide: int) -> GridCell:
        box = bounds(glyph for word in words for glyph in word.glyphs)
        text = "\n".join(word.text for word in words)
        return GridCell(text, row, column, Place(page=self.number, box=box), 1, wide)

    def _blank(self, columns: Columns, row: int, index: int, top: float, bottom: float) -> GridCell:
        low, high = columns.reaches[index]
        box: Rectangle = rounded((low, top, high, bottom))
        return GridCell("", row, index + 2, Place(page=self.number, box=box))


def _bounded(spans: list[tuple[float, float]], edge: float) -> tuple[tuple[float, float], ...]:
    """Columns that meet in the middle between what stands in them."""
    cuts = [max(edge, spans[0][0] - 12), *((a[1] + b[0]) / 2 for a, b in pairwise(spans)), spans[-1][1] + 12]
    return tuple(pairwise(cuts))


def _in_rows(labels: list[_Label], rows: list[Row]) -> list[tuple[int | None, list[_Label]]]:
    """The labels of each row, its own last; a numbered label without values is a row of its own, others are groups."""
    own = {index: label for label in labels for index in label.rows}
    found: dict[int, list[_Label]] = {index: [own[index]] if index in own else [] for index in range(len(rows))}
    alone: list[_Label] = []
    for label in labels:
        if label.rows:
            continue
        beside = (i for i, x in own.items() if x.bottom > label.top and x.top < label.bottom)
        inside = [index for index in beside if own[index].left > label.left + 1]
        if inside:
            found[inside[0]].insert(0, label)
        elif _MARK.match(label.lines[0].text):
            alone.append(label)
    lines: list[tuple[float, int | None, list[_Label]]] = [(label.lines[0].middle, None, [label]) for label in alone]
    lines += [(row.middle, index, found[index]) for index, row in enumerate(rows)]
    return [(index, beside) for _, index, beside in sorted(lines, key=lambda line: line[0])]
