"""How much of a document is looked at. The longest reports have twenty thousand characters; a flood has no end."""

from collections.abc import Iterator
from dataclasses import replace

from archive.documents.model import Block, Document, Grid, Paragraph, Picture

MAX_CHARACTERS = 500_000
MAX_BLOCKS = 40_000
MAX_LENGTH = 50_000                   # of one paragraph or cell
_ENDS = "。；！？;\n"


def within_reach(document: Document) -> Document:
    """The document, or as much of it as is looked at and a warning that says so."""
    lengths = [_length(block) for block in document.blocks]
    if sum(lengths) <= MAX_LENGTH and len(lengths) <= MAX_BLOCKS:
        return document
    blocks = tuple(_reached(tuple(map(_shortened, document.blocks[:MAX_BLOCKS]))))
    if blocks == document.blocks:
        return document
    note = (f"only the first {MAX_CHARACTERS} characters were looked at, {MAX_LENGTH} of a paragraph and "
            f"{MAX_BLOCKS} paragraphs")
    return replace(document, blocks=blocks, warnings=(*document.warnings, note))


def _reached(blocks: tuple[Block, ...]) -> Iterator[Block]:
    left = MAX_CHARACTERS
    for block in blocks:
        left -= _length(block)
        if left < 0:
            return
        if not isinstance(block, Paragraph) or block.text:
            yield block


def _length(block: Block) -> int:
    if isinstance(block, Paragraph):
        return len(block.text)
    return 0 if isinstance(block, Picture) else sum(len(cell.text) for cell in block.cells)


def _shortened(block: Block) -> Block:
    """A block whose paragraph ends with a sentence, so that no number is torn, and whose cells are no numbers."""
    if isinstance(block, Paragraph) and len(block.text) > MAX_LENGTH:
        end = max(block.text.rfind(mark, 0, MAX_LENGTH) for mark in _ENDS) + 1
        return replace(block, text=block.text[:end])
    if isinstance(block, Grid) and any(len(cell.text) > MAX_LENGTH for cell in block.cells):
        return replace(block, cells=tuple(replace(cell, text=cell.text[:MAX_LENGTH]) for cell in block.cells))
    return block
