"""Running text as the templates read it: half width, without spaces, one paragraph a line, each with its place."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from archive.documents.model import Block, Method, Paragraph, Place
from archive.report.places import in_words
from archive.report.writing import is_traditional, simplified

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]|\*\*")
_CIRCLED = re.compile(r"[①-⑳]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
_SINGLE_DIGITS = re.compile(r"(?<![\d.,])\d(?: \d)+(?![\d.,])")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,])")
_YEAR = re.compile(r"(?<!\d)2 ?0 ?\d ?\d(?= ?年)")
_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]?")
MAX_SENTENCE = 10_000                 # characters; what is longer is a run of something, and templates crawl over it
_TOLD_OF = re.compile(r"(?:(?<=[,。!?;:\n])|^)(?:截至|截止|至|到|其中|计划|预计|在)?(?P<year>20\d\d)年(?!\d{1,2}月)"
                      r"[^。!?;\n]*?(?=[,:](?:截至|截止|至|到|其中)?20\d\d年|[。!?;\n]|$)")
_ENDED = tuple("。!?;:")
_ITEM = re.compile(
    r"\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}[、.]|\d{1,2}[、.](?!\d)|[一二三四五六七八九十]是"
    r"|第[一二三四五六七八九十][,、]|[\u4e00-\u9fff]{2,8}:"
)
_SUBHEADING = re.compile(r"(?:\([一二三四五六七八九十\d]{1,3}\)|\d{1,2}[、.]"
                         r"|[一二三四五六七八九十]{1,2}[、.])[^。,;:]{2,40}")
_PAGE_NUMBER = re.compile(r"[-—–]\d{1,3}[-—–]|第\d{1,3}页.{0,8}")
_HEAD = re.compile(r"^(?:\((?P<level1>[一二三四五六七八九十]{1,3})\)|(?P<level2>[一二三四五六七八九十]{1,3})[、.]"
                   r"|(?P<level3>\d{1,2})[、.](?!\d))", re.M)
# What a page prints below a report: everything from here on is the site's.
_FURNITURE = re.compile(
    r"^(?:.{0,6}(?:上一[篇条]|下一[篇条]|打印本页|关闭窗口|关闭本页|打印此页|扫一扫|分享到|相关(?:阅读|信息|文档"
    r"|链接)|网站地图"
    r"|版权所有|主办单位|主办:|承办单位|网站标识码|[\u4e00-\u9fff]ICP备|[\u4e00-\u9fff]公网安备|政府网站找错)"
    r"|\[?打印\]?$|\[?关闭\]?$)", re.M)


@dataclass(frozen=True, slots=True)
class Prose:
    """Text in lines; `starts` are the offsets at which the pieces from `places` begin.

    `methods` tells how each piece was read where that is not the document's way.
    """

    text: str
    starts: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    methods: tuple[Method | None, ...] = ()

    def where(self, offset: int) -> str | None:
        """Where a character stands, in words, as the reader of the document named it."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0:
            return None
        place = self.places[index]
        return in_words(place.at, place.page, place.box, place.part)

    def method(self, offset: int) -> Method | None:
        """How the piece with a character was read, None where in the document's own way."""
        index = bisect_right(self.starts, offset) - 1
        return self.methods[index] if index >= 0 else None


def squash(text: str) -> str:
    """A line in half width and simplified characters without spaces; between two numbers one space stays."""
    text = _CIRCLED.sub("\n", _INVISIBLE.sub("", text))
    text = _BETWEEN_DIGITS.sub(" ", unicodedata.normalize("NFKC", text).strip())
    text = re.sub(r"(?<!\d)[ \t\u3000\xa0]+|[ \t\u3000\xa0]+(?!\d)", "", text)
    for pattern in (_YEAR, _SINGLE_DIGITS, _THOUSANDS):
        text = pattern.sub(lambda match: match.group().replace(" ", ""), text)
    return simplified(unicodedata.normalize("NFC", text))         # marks that stood apart have found their letters


def read_prose(blocks: Iterable[Block]) -> Prose:
    """The paragraphs as prose: lines that a page broke are joined again, tables are left out."""
    text, starts, places, methods = "", [], [], []
    blocks = tuple(blocks)
    for block in blocks:
        line = squash(block.text) if isinstance(block, Paragraph) else ""
        if not isinstance(block, Paragraph) or not line or _PAGE_NUMBER.fullmatch(line):
            continue
        text += "\n" if text and not _goes_on(text.rsplit("\n", 1)[-1], line) else ""
        starts.append(len(text))
        places.append(block.place)
        methods.append(block.method)
        text += line
    # a line may be too short to be known for Traditional writing by itself; the offsets have to stay
    written = "".join(block.text for block in blocks if isinstance(block, Paragraph))
    whole = simplified(text, sure=True) if is_traditional(written) else text
    return Prose(whole if len(whole) == len(text) else text, tuple(starts), tuple(places), tuple(methods))


def _goes_on(last: str, line: str) -> bool:
    """Whether a line carries on the one before. Two numbers are never joined to one."""
    if last.endswith(_ENDED) or _ITEM.match(line) or _SUBHEADING.fullmatch(last):
        return False
    return not (last[-1:].isdigit() and line[:1].isdigit())


def without_furniture(prose: Prose) -> Prose:
    """The prose up to where the site's own lines begin."""
    return replace(prose, text=without_site_lines(prose.text))


def without_site_lines(text: str) -> str:
    """A squashed text up to where the site's own lines begin."""
    found = _FURNITURE.search(text)
    return text[:found.start()] if found else text


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Sentences with their offsets."""
    for match in _SENTENCE.finditer(text):
        if match.end() - match.start() <= MAX_SENTENCE:
            yield match.start(), match.group()


def of_year(text: str, year: int | None) -> str:
    """A text without what it tells of other years, from a year that opens a clause to the next or the sentence's end.

    A text that never names the report's own year is a stale copy and stays as it is, and so does one without a year.
    """
    if year is None or f"{year}年" not in text:
        return text
    return _TOLD_OF.sub(lambda told: told.group() if int(told["year"]) == year else "", text)


def clauses(sentence: str) -> list[str]:
    """A sentence taken apart at its commas."""
    return [clause for clause in re.split(r"[,。;:!?\n]", sentence) if clause]


def subsections(text: str) -> list[tuple[str, str]]:
    """Head and text of what stands under （一）（二）…, or under the numerals that the part uses instead."""
    heads = list(_HEAD.finditer(text))
    level = next((name for name in ("level1", "level2", "level3") if sum(1 for h in heads if h[name]) > 1), None)
    marks = [head for head in heads if level and head[level]]
    ends = [*(mark.start() for mark in marks[1:]), len(text)][:len(marks)]
    return [(text[mark.end():mark.end() + 24].split("\n")[0], text[mark.end():end])
            for mark, end in zip(marks, ends, strict=True)]


def subsection(text: str, topic: str) -> str | None:
    """The text of the subsection whose head speaks of a topic (a pattern), None where there is none."""
    return next((body for head, body in subsections(text) if re.search(topic, head)), None)
