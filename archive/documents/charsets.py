"""How bytes become text: what they are goes before what they say they are."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,20})|<\?xml[^>]{0,100}encoding=["']([\w-]{2,20})""", re.I
)
_HAN = re.compile("[\u4e00-\u9fff]")
# signs that every report has; what is read in the wrong charset hardly has them
_COMMON = frozenset("的政府信息公开公開年度报報告情况況")
# a server's default says nothing about a Chinese page, and these never fail to decode
_MEANINGLESS = frozenset({"iso8859-1", "cp1252", "ascii", "latin_1"})
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "big5hkscs"}
_HEAD = 200_000


def decode(body: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of a body and what was doubtful about it.

    A byte order mark decides; then UTF-8, where the body is that and has Chinese words in it; then the declared
    charset, the page's own, GB18030 and Big5, whichever decodes. Parts in another charset are read line by line.
    """
    bom = next(((mark, name) for mark, name in _BOMS if body.startswith(mark)), None)
    wide = bom[1] if bom else _unmarked(body)
    if wide:
        return body[len(bom[0]) if bom else 0:].decode(wide, "replace"), ()
    if (text := _strict(body, "utf-8")) is not None and (text.isascii() or _HAN.search(text)):
        return text, ()
    meta = _META.search(body[:_HEAD])
    said = (meta[1] or meta[2]).decode("ascii") if meta else None
    asked = [name for name in (_codec(declared), _codec(said)) if name]
    return _decoded(body, list(dict.fromkeys([*asked, "utf-8", "gb18030"])), told=bool(asked))


def _decoded(body: bytes, names: list[str], told: bool) -> tuple[str, tuple[str, ...]]:
    read = {name: text for name in names if (text := _strict(body, name)) is not None}
    if read and not told and (other := _strict(body, "big5hkscs")) is not None:
        read["big5hkscs"] = other
        return max(read.values(), key=_likeness), ()
    if read:
        return next(iter(read.values())), ()
    best = min(names, key=lambda name: body.decode(name, "replace").count("\ufffd"))
    text, mixed = _by_line(body, best, [name for name in names if name != best])
    doubt = "parts of the page are in another charset" if mixed else f"some characters could not be decoded as {best}"
    return text, (doubt,)


def _by_line(body: bytes, best: str, others: list[str]) -> tuple[str, bool]:
    """Each line in the charset that decodes it, the usual one first; and whether that left nothing over."""
    lines = []
    for line in body.split(b"\n"):
        read = (text for name in (best, *others) if (text := _strict(line, name)) is not None)
        lines.append(next(read, None) or line.decode(best, "replace"))
    text = "\n".join(lines)
    return text, "\ufffd" not in text


def _likeness(text: str) -> int:
    return sum(1 for letter in text[:50_000] if letter in _COMMON)


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        return None


def _unmarked(body: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of its markup and its spaces is 0."""
    head = body[:4000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 10 < len(head) or len(head) < 8:
        return None
    return "utf-16-le" if odd > even * 4 else "utf-16-be" if even > odd * 4 else None


def _codec(charset: str | None) -> str | None:
    """The codec for a declared charset or Content-Type, None where it is unknown or says nothing."""
    name = (charset or "").rsplit("charset=", 1)[-1].strip(" \"';").lower()
    try:
        found = codecs.lookup(_SUPERSETS.get(name, name)).name if name and "/" not in name else None
    except LookupError:
        return None
    # a page whose mark-up can be searched for its charset is not in UTF-16, whatever it says
    return None if found is None or found in _MEANINGLESS or found.startswith("utf-16") else found
