"""Word 97-2003 documents (DOC, and WPS as WPS Office writes it): the same flow as a DOCX, out of its binary tables."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.documents import flow
from archive.documents.doc_file import Runs, WordFile, character_runs, characters, open_file, paragraph_runs, text_boxes
from archive.documents.doc_flow import CELL, Text, joined, put_together
from archive.documents.doc_pictures import floating_pictures, inline_picture
from archive.documents.doc_sprms import CharacterProperties, ParagraphProperties, character, paragraph, short
from archive.documents.doc_styles import Lists, Style, read_fonts, read_styles
from archive.documents.model import Document
from archive.documents.numbering import numbered
from archive.documents.symbols import written
from archive.errors import Unreadable

MEDIA_TYPE = "application/msword"
_END, _PAGE, _PICTURE, _DRAWING = "\r", "\x0c", "\x01", "\x08"
_MARKS = frozenset((CELL, _END, _PAGE))
_FIELD, _RESULT, _FIELD_END = "\x13", "\x14", "\x15"
# characters that are not text ([MS-DOC] 2.4.1); the others below a space are dropped
_WRITTEN = {"\t": "\t", "\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\xa0": " "}
_BROKEN = (struct.error, IndexError, ValueError, KeyError, OverflowError)


@dataclass(slots=True)
class _Story:
    file: WordFile
    letters: list[str]
    characters: Runs
    paragraphs: Runs
    styles: list[Style]
    lists: Lists
    fonts: list[str]
    boxes: dict[int, tuple[int, int]]
    known: dict[bytes, CharacterProperties] = field(default_factory=dict)


def read_doc(body: bytes) -> Document:
    """A DOC or WPS as a Document. Raises Unreadable for what is encrypted, broken or older than Word 97."""
    file = open_file(body)
    try:
        story = _Story(
            file, characters(file), character_runs(file), paragraph_runs(file), read_styles(file), Lists(file),
            read_fonts(file), text_boxes(file),
        )
        text = put_together(_paragraphs(story, 0, file.lengths[0]))
        blocks, warnings = flow.lay_out([*text, *map(_floating, floating_pictures(file))])
    except _BROKEN as error:
        raise Unreadable(f"the Word file is broken: {error}") from error
    if not blocks:
        raise Unreadable("the Word file holds no text")
    return Document(MEDIA_TYPE, "doc", blocks, file.title, warnings=(*file.warnings, *warnings))


def _paragraphs(story: _Story, start: int, end: int) -> Iterator[Text]:
    """A stretch of text in paragraphs, each up to its mark ([MS-DOC] 2.4.2)."""
    end, kept = min(end, len(story.letters)), ""
    items: list[flow.Item] = []
    fields = _Fields(story.letters[start:end])
    for position in range(start, end):
        if story.letters[position] in _MARKS or position == end - 1:
            found = _paragraph(story, start, position, fields)
            found.text, found.items = kept + found.text, [*items, *found.items]
            kept, items, start = "", [], position + 1
            if found.deleted and found.mark == _END and not found.properties.cell_end:
                kept, items = found.text, found.items      # it goes on in the next paragraph
            else:
                found.items = [*_lines(found, story), *found.items]
                yield found


class _Fields:
    """Whether the text is inside the instructions of a field; its result is what a reader sees."""

    def __init__(self, letters: list[str]) -> None:
        self._whole = letters.count(_FIELD) == letters.count(_FIELD_END)
        self._open: list[bool] = []

    def hides(self, letter: str) -> bool:
        """Takes the next character; True for a mark of a field and within instructions."""
        if letter == _FIELD:
            self._open.append(True)
        elif letter == _RESULT and self._open:
            self._open[-1] = False
        elif letter == _FIELD_END and self._open:
            self._open.pop()
        # where a mark is lost nobody knows which text is an instruction: then all of it is kept
        return letter in (_FIELD, _RESULT, _FIELD_END) or (self._whole and any(self._open))


def _paragraph(story: _Story, start: int, mark: int, fields: _Fields) -> Text:
    pieces: list[str] = []
    items: list[flow.Item] = []
    for first, last, found in _spans(story, start, mark):
        shown = not (found.deleted or found.hidden)
        for position, letter in enumerate(story.letters[first:last], first):
            if fields.hides(letter) or not shown:
                continue
            pieces.append(_seen(letter, found, story.fonts))
            if letter == _PICTURE and found.picture is not None:
                items += _inline(story.file, found.picture)
            elif letter == _DRAWING and position in story.boxes:
                items += put_together(_paragraphs(story, *story.boxes.pop(position)))
    letter = story.letters[mark]
    ending = next(_spans(story, mark, mark + 1))[2]
    if letter not in _MARKS:
        pieces.append(_seen(letter, ending, story.fonts))
    properties = _properties(story, mark)
    return Text(letter, properties, items, joined(pieces), ending.deleted, ending.hidden)


def _inline(file: WordFile, offset: int) -> list[flow.Item]:
    body = inline_picture(file, offset)
    return [flow.Image(f"data stream, byte {offset}", body)] if body else []


def _floating(body: bytes) -> flow.Image:
    return flow.Image("drawing", body)


def _seen(letter: str, properties: CharacterProperties, fonts: list[str]) -> str:
    if properties.symbol is not None:
        font, code = properties.symbol
        return written(fonts[font] if font < len(fonts) else "", code)
    if letter >= " " and not properties.special:
        return _WRITTEN.get(letter, letter)
    return _WRITTEN.get(letter, "")


def _spans(story: _Story, start: int, end: int) -> Iterator[tuple[int, int, CharacterProperties]]:
    """Stretches of characters with the same properties."""
    while start < end:
        piece = story.file.piece(start)
        if piece is None:
            raise Unreadable("the Word file is broken: a character stands in no piece of its text")
        offset = piece.offset + (start - piece.start) * piece.width
        sprms, until = story.characters.at(offset)
        last = min(end, piece.end, start + max((until - offset + piece.width - 1) // piece.width, 1))
        change = _change(story.file, piece.prm)
        key = sprms + b"|" + change
        if key not in story.known:
            story.known[key] = character([sprms, change])
        yield start, last, story.known[key]
        start = last


def _change(file: WordFile, prm: int) -> bytes:
    """What a fast save left in the piece table instead of in the properties."""
    if not prm & 1:
        return short(prm)
    return file.changes[prm >> 1] if prm >> 1 < len(file.changes) else b""


def _properties(story: _Story, mark: int) -> ParagraphProperties:
    """A paragraph's properties are kept with its mark ([MS-DOC] 2.4.6.1)."""
    found = ParagraphProperties()
    piece = story.file.piece(mark)
    if piece is not None:
        value, _ = story.paragraphs.at(piece.offset + (mark - piece.start) * piece.width)
        found.style = int.from_bytes(value[:2], "little")
        style = story.styles[found.style].sprms if found.style < len(story.styles) else ()
        paragraph([*style, value[2:], _change(story.file, piece.prm)], story.file.data, found)
    return found


def _lines(text: Text, story: _Story) -> Iterator[flow.Item]:
    """The lines of a paragraph, its automatic number before the first."""
    properties = text.properties
    styled = properties.style < len(story.styles) and story.styles[properties.style].heading
    label = story.lists.label(properties.number, properties.level or 0) if properties.number else ""
    for index, line in enumerate(text.text.strip("\n").split("\n")):
        shown = line.strip() if index else numbered(label, line.strip())
        yield flow.Line(shown, styled or properties.outline < 9)
