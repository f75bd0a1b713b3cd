"""Rich Text (RTF), which many a file called .doc is: the same flow of paragraphs and tables as in a Word file."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from archive.documents import flow
from archive.documents.doc_flow import CELL, Text, joined, put_together
from archive.documents.doc_sprms import MAX_COLUMNS, MAX_DEPTH, Column, ParagraphProperties
from archive.documents.model import Document
from archive.documents.numbering import numbered
from archive.documents.rtf_words import CHARSETS, Word, codec, words
from archive.errors import Unreadable

MEDIA_TYPE = "application/rtf"
MAX_GROUPS = 2000
MAX_PICTURES = 200
_END = "\r"
# destinations that hold no text of the page; whatever a `\*` marks and nobody knows is one too
_SKIPPED = frozenset((
    "colortbl", "stylesheet", "listtable", "listoverridetable", "header", "headerl", "headerr", "headerf", "footer",
    "footerl", "footerr", "footerf", "footnote", "annotation", "fldinst", "nonshppict", "nonesttables", "private",
    "filetbl", "revtbl", "rsidtbl", "generator", "xmlnstbl", "themedata", "colorschememapping", "datastore",
    "latentstyles", "pgdsctbl", "bkmkstart", "bkmkend", "objdata", "objclass", "sp", "shprslt", "mmathPr", "author",
    "operator", "subject", "keywords", "comment", "doccomm", "company", "manager", "category", "atnid", "atnauthor",
    "xe", "tc", "pntext", "upr",
))
_KEPT = frozenset(("shppict", "shptxt", "nesttableprops", "ud", "fldrslt", "shpinst", "listtext", "pict", "result"))
_WRITTEN = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
}
_SIGNS = {"~": " ", "_": "-", "{": "{", "}": "}", "\\": "\\"}


@dataclass(slots=True)
class _State:
    """What holds in a group; a group inside starts with a copy."""

    destination: str = ""                         # "", or fonts, title, picture, label, skipped
    codec: str = "cp1252"
    fallback: int = 1                             # characters that stand for one in Unicode
    shown: bool = True
    depth: int = 0
    heading: bool = False
    starred: bool = False
    box: "_Line | None" = None                    # the paragraph that a text box interrupts
    columns: list[Column] | None = None           # of the row around a table in a cell


@dataclass(slots=True)
class _Line:
    """The paragraph that is being put together."""

    pieces: list[str] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    items: list[flow.Item] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    state: _State = field(default_factory=_State)
    outer: list[_State] = field(default_factory=list)
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    default: int = 0
    line: _Line = field(default_factory=_Line)
    waiting: bytearray = field(default_factory=bytearray)      # text that may end with half a character
    leave: int = 0                                # fallback characters still to be left out
    title: list[str] = field(default_factory=list)
    hexes: list[bytes] = field(default_factory=list)
    pictures: int = 0
    columns: list[Column] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)


def read_rtf(body: bytes) -> Document:
    """An RTF file as a Document. Raises Unreadable for what is none, and for one without text."""
    if not body.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("the file is no RTF")
    reading = _Reading()
    for word in words(body.lstrip()):
        _take(word, reading)
    _flush(reading)
    if reading.line.pieces or reading.line.items:
        _end(reading, _END)
    blocks, warnings = flow.lay_out(put_together(reading.texts))
    if not blocks:
        raise Unreadable("the RTF file holds no text")
    cut = () if not reading.outer else ("the file is cut off: its last group has no end",)
    return Document(MEDIA_TYPE, "doc", blocks, joined(reading.title).strip() or None, warnings=(*cut, *warnings))


def _take(word: Word, reading: _Reading) -> None:
    if word.kind == "bytes":
        _text(word.data, reading)
        return
    if word.kind == "sign" and word.name in "{}\\":
        _text(word.name.encode("ascii"), reading)      # may be the second half of a character
        return
    if reading.leave and word.kind == "control" and word.name in _WRITTEN:
        reading.leave -= 1
        return
    if word.kind != "sign":
        reading.leave = 0
    _flush(reading)
    if word.kind == "open":
        if len(reading.outer) >= MAX_GROUPS:
            raise Unreadable("the RTF file is broken: its groups are nested too deep")
        reading.outer.append(reading.state)
        reading.state = replace(reading.state, starred=False, box=None, columns=None)
    elif word.kind == "close":
        _close(reading)
    elif word.kind == "sign":
        _sign(word.name, reading)
    else:
        _control(word, reading)


def _text(data: bytes, reading: _Reading) -> None:
    left = min(reading.leave, len(data))
    reading.leave -= left
    reading.waiting += data[left:]


def _flush(reading: _Reading) -> None:
    """Decodes the bytes that wait: a character of two may stand in two words."""
    if not reading.waiting:
        return
    data, reading.waiting = bytes(reading.waiting), bytearray()
    if reading.state.destination == "picture":
        reading.hexes.append(data)
    elif reading.state.destination == "fonts":
        return
    else:
        _write(data.decode(reading.state.codec, "replace"), reading)


def _write(text: str, reading: _Reading) -> None:
    where = reading.state.destination
    if where == "title":
        reading.title.append(text)
    elif where == "label":
        reading.line.label.append(text)
    elif where == "" and reading.state.shown:
        reading.line.pieces.append(text)


def _sign(name: str, reading: _Reading) -> None:
    if name == "*":
        reading.state.starred = True
    elif name in "\r\n":
        _end(reading, _END)
    elif name in _SIGNS:
        _write(_SIGNS[name], reading)


def _close(reading: _Reading) -> None:
    ended = reading.state
    if ended.destination == "picture" and reading.hexes:
        _picture(reading)
    if ended.box is not None:
        if reading.line.pieces or reading.line.items:
            _end(reading, _END)
        reading.line = ended.box
    if ended.columns is not None:
        reading.columns = ended.columns
    if reading.outer:
        reading.state = reading.outer.pop()


def _picture(reading: _Reading) -> None:
    raw = b"".join(reading.hexes).translate(None, b" \t\r\n")
    reading.hexes = []
    try:
        body = bytes.fromhex(raw.decode("ascii"))
    except ValueError:
        return
    if body.startswith((b"\xff\xd8\xff", b"\x89PNG")) and reading.pictures < MAX_PICTURES:
        reading.pictures += 1
        reading.line.items.append(flow.Image(f"picture {reading.pictures}", body))


def _control(word: Word, reading: _Reading) -> None:
    name, state = word.name, reading.state
    if state.destination == "skipped":
        return
    if name in _DESTINATIONS:
        _DESTINATIONS[name](word, reading)
    elif name in _SKIPPED or (state.starred and name not in _KEPT):
        state.destination = "skipped"
    elif name in _WRITTEN:
        _write(_WRITTEN[name], reading)
    elif name in _CONTROLS:
        _CONTROLS[name](word, reading)
    state.starred = False


def _end(reading: _Reading, mark: str, *, cell: bool = False, row: bool = False) -> None:
    """Ends a paragraph, and with it a cell or a row."""
    state, line = reading.state, reading.line
    depth = state.depth
    if mark == CELL:
        depth = 1
    elif cell or row:
        depth = max(depth, 2)
    properties = ParagraphProperties(depth=depth, cell_end=cell, row_end=row, columns=list(reading.columns))
    text = numbered(joined(line.label).strip(), joined(line.pieces).strip())
    shown: list[flow.Item] = [flow.Line(each.strip(), state.heading) for each in text.split("\n")]
    reading.texts.append(Text(mark, properties, [*shown, *line.items]))
    reading.line = _Line()


def _paragraph_end(_word: Word, reading: _Reading) -> None:
    if not reading.state.destination:
        _end(reading, _END)


def _cell_end(_word: Word, reading: _Reading) -> None:
    _end(reading, CELL)


def _row_end(_word: Word, reading: _Reading) -> None:
    _end(reading, CELL, row=True)


def _inner_cell_end(_word: Word, reading: _Reading) -> None:
    _end(reading, _END, cell=True)


def _inner_row_end(_word: Word, reading: _Reading) -> None:
    _end(reading, _END, row=True)


def _row_start(_word: Word, reading: _Reading) -> None:
    reading.columns, reading.flags = [], {}


def _cell_edge(word: Word, reading: _Reading) -> None:
    """The right edge of the next cell; what was said about it stands before."""
    if len(reading.columns) < MAX_COLUMNS:
        left = reading.columns[-1].right if reading.columns else min(word.number or 0, 0) - 1
        across = {"clmgf": 1, "clmrg": 2}.get(reading.flags.get("across", ""), 0)
        reading.columns.append(Column(left, word.number or 0, across, reading.flags.get("down", "")))
    reading.flags = {}


def _across(word: Word, reading: _Reading) -> None:
    reading.flags["across"] = word.name


def _down(word: Word, reading: _Reading) -> None:
    reading.flags["down"] = "restart" if word.name == "clvmgf" else "continue"


def _plain_paragraph(_word: Word, reading: _Reading) -> None:
    reading.state.depth, reading.state.heading = 0, False


def _in_table(_word: Word, reading: _Reading) -> None:
    reading.state.depth = max(reading.state.depth, 1)


def _depth(word: Word, reading: _Reading) -> None:
    reading.state.depth = min(max(word.number or 0, 0), MAX_DEPTH)


def _outline(word: Word, reading: _Reading) -> None:
    reading.state.heading = word.number is not None and word.number < 9


def _plain(_word: Word, reading: _Reading) -> None:
    reading.state.shown = True
    reading.state.codec = reading.fonts.get(reading.default, reading.page)


def _default(word: Word, reading: _Reading) -> None:
    reading.default = word.number or 0


def _hide(word: Word, reading: _Reading) -> None:
    reading.state.shown = word.number == 0


def _page(word: Word, reading: _Reading) -> None:
    reading.page = reading.state.codec = codec(word.number)


def _font(word: Word, reading: _Reading) -> None:
    reading.font = word.number or 0
    if reading.state.destination != "fonts":
        reading.state.codec = reading.fonts.get(reading.font, reading.page)


def _charset(word: Word, reading: _Reading) -> None:
    if reading.state.destination == "fonts" and word.number in CHARSETS:
        reading.fonts[reading.font] = CHARSETS[word.number or 0]


def _fallback(word: Word, reading: _Reading) -> None:
    reading.state.fallback = min(max(word.number or 0, 0), 8)


def _unicode(word: Word, reading: _Reading) -> None:
    _write(chr((word.number or 0) & 0xFFFF), reading)
    reading.leave = reading.state.fallback


def _to(destination: str) -> Callable[[Word, _Reading], None]:
    def enter(_word: Word, reading: _Reading) -> None:
        reading.state.destination = destination
    return enter


def _box(_word: Word, reading: _Reading) -> None:
    """A text box: its paragraphs come before the one that it interrupts."""
    reading.state.box, reading.line = reading.line, _Line()
    reading.state.destination, reading.state.depth = "", 0


def _inner_row(_word: Word, reading: _Reading) -> None:
    reading.state.columns = reading.columns


_DESTINATIONS: dict[str, Callable[[Word, _Reading], None]] = {
    "fonttbl": _to("fonts"), "title": _to("title"), "info": _to("info"), "pict": _to("picture"),
    "listtext": _to("label"), "shptxt": _box, "shpinst": _to("shape"),
    "nesttableprops": _inner_row,
}
_CONTROLS: dict[str, Callable[[Word, _Reading], None]] = {
    "par": _paragraph_end, "sect": _paragraph_end, "page": _paragraph_end, "cell": _cell_end, "row": _row_end,
    "nestcell": _inner_cell_end, "nestrow": _inner_row_end, "trowd": _row_start, "cellx": _cell_edge,
    "clmgf": _across, "clmrg": _across, "clvmgf": _down, "clvmrg": _down, "pard": _plain_paragraph,
    "intbl": _in_table, "itap": _depth, "outlinelevel": _outline, "plain": _plain, "deff": _default,
    "v": _hide, "deleted": _hide, "ansicpg": _page, "f": _font, "fcharset": _charset, "uc": _fallback, "u": _unicode,
}
