"""The words of an RTF file, one after the other: groups, controls, bytes of text (RTF 1.9.1)."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_WORD = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\x00]+)|[\r\n\x00]+|\\"
)
# bytes that a text font's charset stands for; others are those of the document
CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 204: "cp1251", 77: "mac_roman"}
_PAGES = {936: "gb18030", 65001: "utf-8", 10000: "mac_roman", 10008: "gb18030", 54936: "gb18030"}


@dataclass(frozen=True, slots=True)
class Word:
    """A brace, a control with its number, a control sign, or bytes of text."""

    kind: Literal["open", "close", "control", "sign", "bytes"]
    name: str = ""
    number: int | None = None
    data: bytes = b""


def words(body: bytes) -> Iterator[Word]:
    """All words of a body; binary data is stepped over."""
    at = 0
    while found := _WORD.match(body, at):
        at = found.end()
        kind = found.lastgroup if found["word"] is None else "word"
        if kind == "word":
            number = int(found["number"]) if found["number"] else None
            if found["word"] == b"bin":
                at += min(max(number or 0, 0), len(body))
            else:
                yield Word("control", found["word"].decode("ascii"), number)
        elif kind == "hex":
            yield Word("bytes", data=bytes.fromhex(found["hex"].decode("ascii")))
        elif kind == "sign":
            yield Word("sign", found["sign"].decode("latin-1"))
        elif kind == "brace":
            yield Word("open" if found["brace"] == b"{" else "close")
        elif kind == "text":
            yield Word("bytes", data=found["text"])


def codec(page: int | None) -> str:
    """The codec of a code page; Windows' own for what is not known."""
    if page is None:
        return "cp1252"
    name = _PAGES.get(page, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
