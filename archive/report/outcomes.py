"""Table 4 out of lines of text: one row of fifteen values under five labels that stand there three times."""

from collections.abc import Sequence
from dataclasses import replace

from archive.report.batches import Batch
from archive.report.form import form
from archive.report.numbers import read_number
from archive.report.rows import FoundRow, Slot, row_of

_BLOCKS = ("review", "litigation_direct", "litigation_after_review")
_WORDS = {"review": "行政复议", "litigation_direct": "未经复议直接", "litigation_after_review": "复议后起诉"}
_LEAVES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def read_outcomes(batches: Sequence[Batch]) -> tuple[list[FoundRow], list[str]]:
    """The three blocks of table 4 and warnings; empty where the values cannot be told apart."""
    whole = [slots for slots in map(_whole, batches) if slots]
    whole = [slots for slots in whole if any(slot.raw.strip() for slot in slots)] or whole[:1]
    if len(whole) == 1:
        return _rows(whole[0]), []
    if len(whole) > 1:
        return [], ["table 4 has more than one row of values"]
    tokens = [token for batch in batches for token in batch.tokens if token.raw.strip()]
    if not tokens:
        return [], []
    found = _labelled(batches) or _in_order(batches, tokens) or _by_sums(batches)
    return (_rows(found), []) if found else ([], ["the values of table 4 could not be told apart"])


def _whole(batch: Batch) -> list[Slot] | None:
    """Fifteen values in one row; where cells are known also one that has empty cells in it, or nothing but these."""
    if not batch.cells:
        return batch.tokens if len(batch.tokens) == 15 else None
    if len(batch.tokens) == 15 or batch.filled == 15:
        return batch.tokens if len(batch.tokens) == 15 else [t for t in batch.tokens if t.raw.strip()]
    return batch.tokens[:15] if not batch.filled and len(batch.tokens) > 15 else None


def _rows(tokens: Sequence[Slot]) -> list[FoundRow]:
    table = form().table("t4")
    parts = (tuple(tokens[index:index + 5]) for index in (0, 5, 10))
    return [FoundRow(row_of(table, key), slots) for key, slots in zip(_BLOCKS, parts, strict=True)]


def _labelled(batches: Sequence[Batch]) -> list[Slot] | None:
    """Each value directly after its own label, fifteen times in the order of the form."""
    ends = [next((leaf for leaf in _LEAVES if batch.label.endswith(leaf)), "") for batch in batches]
    single = all(len(batch.tokens) == 1 and not batch.cells for batch in batches)
    return [batch.tokens[0] for batch in batches] if single and ends == list(_LEAVES) * 3 else None


def _in_order(batches: Sequence[Batch], tokens: list[Slot]) -> list[Slot] | None:
    """Fifteen values in pieces that end where blocks end; every block adds up, and its words stand before it."""
    ends: set[int] = set()
    for batch in batches:
        ends.add((max(ends) if ends else 0) + batch.filled)
    if len(tokens) != 15 or not ends <= {5, 10, 15}:
        return None
    names = [key for batch in batches for key in _blocks_in(batch.label)]
    fits = names in (list(_BLOCKS), []) and all(_adds_up(tokens[i:i + 5]) for i in (0, 5, 10))
    return [replace(token, certain=False) for token in tokens] if fits else None


def _blocks_in(text: str) -> list[str]:
    found = sorted((text.find(word), key) for key, word in _WORDS.items() if word in text)
    return [key for _, key in found]


def _adds_up(tokens: Sequence[Slot]) -> bool:
    values = [read_number(token.raw).value for token in tokens]
    numbers = [value for value in values if value is not None]
    return len(numbers) == 5 and sum(numbers[:4]) == numbers[4]


def _by_sums(batches: Sequence[Batch]) -> list[Slot] | None:
    """Blocks whose totals stand apart: each four values have one total, and the words before them name the block.

    Columns that were read one after the other leave the four values of a block together and its total somewhere else.
    The first values are those of the first block; of the others one must directly follow its own block's words, and
    the last number of the table must be the total of the last block.
    """
    groups = [(batch, list(batch.tokens)) for batch in batches]
    if sum(len(tokens) for _, tokens in groups) != 15 or any(len(tokens) not in (1, 4, 5) for _, tokens in groups):
        return None
    blocks = _joined(groups)
    if blocks is None or len(blocks) != 3:
        return None
    named: list[list[Slot] | None] = [blocks[0][1], None, None]
    for batch, tokens in blocks[1:]:
        words = [key for key in _blocks_in(batch.label) if key != "review"]
        if len(words) == 1:
            named[_BLOCKS.index(words[0])] = tokens
    rest = [tokens for _, tokens in blocks[1:] if tokens not in named]
    if named.count(None) == 1 and len(rest) == 1:
        named[named.index(None)] = rest[0]
    last = groups[-1][1][-1]
    if None in named or named[2] is None or named[2][4].place != last.place:
        return None
    return [replace(token, certain=False) for tokens in named if tokens for token in tokens]


def _joined(groups: list[tuple[Batch, list[Slot]]]) -> list[tuple[Batch, list[Slot]]] | None:
    """Four values and the one total that fits them, in the order of the four; None where more than one fits."""
    totals = [tokens[0] for _, tokens in groups if len(tokens) == 1]
    blocks = []
    for batch, tokens in groups:
        if len(tokens) == 4:
            fitting = [total for total in totals if _adds_up([*tokens, total])]
            if len(fitting) != 1:
                return None
            totals.remove(fitting[0])
            blocks.append((batch, [*tokens, fitting[0]]))
        elif len(tokens) == 5:
            if not _adds_up(tokens):
                return None
            blocks.append((batch, tokens))
    return blocks if not totals else None
