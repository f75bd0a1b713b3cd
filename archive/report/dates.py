"""Days in a report: when it says it was published, and which period it covers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from archive.documents.model import Document, Grid, Paragraph
from archive.report.prose import squash
from archive.report.sections import Section

_META_NAMES = {"pubdate": "PubDate", "publishdate": "PublishDate", "publishtime": "PublishTime"}
_DAY = r"(?P<y>20\d\d)(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日?)(?!\d*[/.年月])"
_META_DAY = re.compile(_DAY)
_COMPACT = re.compile(r"(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:\d{4,6})?")
# what stands before 日期 or 时间: how far it is to be trusted, 9 for what is no publication
_PREFIXES = {"发布": 0, "发表": 0, "公开": 0, "公布": 0, "刊发": 0, "": 1, "更新": 2, "发文": 3,
             "发稿": 2, "上传": 2, "录入": 2, "信息提供": 3, "撰写": 3}
# a body's name may run into a bare label: 来源:卜集镇人民政府日期:
_NAME_END = tuple("府室处会心镇乡局道源者辑员")
_LABELLED = re.compile(r"(?P<prefix>信息提供|[\u4e00-\u9fff]{0,2})(?P<word>日期|时间)[:\s|\[(【]*"
                       r"(?:" + _DAY + r"(?!日?\s*星期)|(?P<y3>20\d\d)(?P<m3>[01]\d)(?P<d3>[0-3]\d)(?!\d))")
_ON = re.compile(r"(?:发布于|发表于)[:\s]*" + _DAY)
_BARE = re.compile(r"[\[(]?" + _DAY + r"(?!日?\s*(?:[起至到]|星期|-))")
_BARE_REST = re.compile(r"[\s\d:.]*(?:[\])]|作者|来源|点击|浏览|阅读|字体|字号|访问|\(|\||编辑|$)")
_NEAR_TITLE = 6

_PERIOD_WORDS = re.compile(r"统计|所列数据|报告期")
_OTHER_PERIOD = re.compile(r"公示|征求|征集|活动|申报|办理期|报名|有效期")
_SPAN = re.compile(
    r"(?<!\d)(?P<y1>20\d\d)年?(?P<m1>\d{1,2})月(?P<d1>\d{1,2})日?起?(?:开始)?(?:-{1,2}|至|到|~|—{1,2}|–)"
    r"(?:(?P<y2>20\d\d)年?|当年|同年|本年)?(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日")
# 年 and 月 lost on the way: only the statutory period is put together again from its digits
_TORN = re.compile(r"(?<!\d)(?P<y1>20\d\d)年?0?1月?0?1日?起?(?:-|至|到|~|—)*(?P<y2>20\d\d)?年?12月?31日")
_DAMAGED_YEAR = re.compile(r"(?<!\d)20\d{3,}年")


@dataclass(frozen=True, slots=True)
class Published:
    """The day a page claims, ISO 8601, and where it says so: `meta PubDate`, `line 发布时间`."""

    on: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The period that the figures cover, ISO 8601; None where it is not said or cannot be made out."""

    start: str | None = None
    end: str | None = None


def read_published(document: Document, sections: Sequence[Section], title: str | None) -> Published:
    """The publication date in order of trust: meta tag, labelled line, head table, a bare date below the title."""
    for name, content in document.metas:
        day = _meta_day(content) if name in _META_NAMES else None
        if day:
            return Published(day, f"meta {_META_NAMES[name]}")
    lines, cells = _lines(sections)
    for source, texts in (("line", lines), ("head table", cells)):
        found = min(_labelled("\n".join(texts)), default=None)
        if found:
            return Published(found[2], f"{source} {found[1]}")
    below = _below_title(lines, title)
    return Published(below, "line below the title") if below else Published()


def _meta_day(content: str) -> str | None:
    text = squash(content)
    match = _COMPACT.fullmatch(text) or _META_DAY.match(text)
    return _iso(match) if match else None


def _lines(sections: Sequence[Section]) -> tuple[list[str], list[str]]:
    """The lines before the first part, and the texts of the tables that stand there."""
    head = [block for section in sections if section.key == "s0" for block in section.blocks]
    lines = [squash(block.text) for block in head if isinstance(block, Paragraph)]
    cells = [squash(cell.text) for block in head if isinstance(block, Grid) for cell in block.cells]
    return lines, cells


def _labelled(text: str) -> Iterator[tuple[int, str, str]]:
    """Trust (0 is best), label and day of every labelled date in a text."""
    for match in _LABELLED.finditer(text):
        prefix = match["prefix"]
        bare = "" if not prefix or prefix.endswith(_NAME_END) else None
        known = next((name for name in _PREFIXES if name and prefix.endswith(name)), bare)
        trust = _PREFIXES[known] if known is not None else 9
        day = _iso(match)
        if day and trust < 9:
            yield trust, f"{known}{match['word']}", day
    for match in _ON.finditer(text):
        day = _iso(match)
        if day:
            yield 0, "发布于", day


def _below_title(lines: list[str], title: str | None) -> str | None:
    printed = (index for index, line in enumerate(lines) if title and len(line) > 5 and line in title)
    start = next(printed, None)
    if start is None:
        return None
    for line in lines[start + 1:start + 1 + _NEAR_TITLE]:
        match = _BARE.match(line)
        if match and _BARE_REST.match(line, match.end()):
            return _iso(match)
    return None


def _iso(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    year, month, day = (next((groups[name + form] for form in ("", "2", "3") if groups.get(name + form)), None)
                        for name in "ymd")
    return iso(year, month, day)


def iso(year: str | None, month: str | None, day: str | None) -> str | None:
    """A day in ISO 8601, None for one that does not exist."""
    try:
        return date(int(year or 0), int(month or 0), int(day or 0)).isoformat()
    except ValueError:
        return None


def read_period(*texts: str) -> Period:
    """The statistical period, from sentences that speak of one; texts in the order in which they are asked."""
    for text in texts:
        for pattern in (_SPAN, _TORN):
            for match in pattern.finditer(text):
                around = text[max(0, match.start() - 40):match.end() + 12]
                if _PERIOD_WORDS.search(around) and not _OTHER_PERIOD.search(around):
                    return _period(match)
    return Period()


def _period(match: re.Match[str]) -> Period:
    groups = match.groupdict()
    first, last = groups["y1"], groups["y2"] or groups["y1"]
    return Period(iso(first, groups.get("m1", "1"), groups.get("d1", "1")),
                  iso(last, groups.get("m2", "12"), groups.get("d2", "31")))
