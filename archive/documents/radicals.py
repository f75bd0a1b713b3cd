"""Radicals that stand for characters: some fonts of PDF call 人 a radical, and copies carry that on."""

import re
import unicodedata
from dataclasses import replace

from archive.documents.model import Block, Document, Grid, Paragraph

_RADICAL = re.compile("[\u2e80-\u2fd5]")
# the Kangxi radicals (U+2F00 on) have their characters in Unicode; of the supplement these are whole characters
_SUPPLEMENT = dict(zip(
    "⺊⺎⺒⺓⺝⺟⺠⺢⺪⺫⺬⺮⻁⻃⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻞⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "卜兀巳幺月母民水疋目示竹虎西西见角贝车長长门青韦页风飞食食首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟亀龟",
    strict=True,
))


def as_characters(document: Document) -> Document:
    """The document with the characters that its radicals show; itself where it has none."""
    if not any(_RADICAL.search(text) for block in document.blocks for text in _texts(block)):
        return document
    blocks = tuple(_block(block) for block in document.blocks)
    return replace(document, blocks=blocks, title=_characters(document.title) if document.title else document.title)


def _texts(block: Block) -> tuple[str, ...]:
    if isinstance(block, Grid):
        return tuple(cell.text for cell in block.cells)
    return (block.text,) if isinstance(block, Paragraph) else ()


def _block(block: Block) -> Block:
    if isinstance(block, Grid):
        return replace(block, cells=tuple(replace(cell, text=_characters(cell.text)) for cell in block.cells))
    return replace(block, text=_characters(block.text)) if isinstance(block, Paragraph) else block


def _characters(text: str) -> str:
    return _RADICAL.sub(lambda found: _SUPPLEMENT.get(found[0]) or unicodedata.normalize("NFKC", found[0]), text)
