"""What a report's page says of its publication, the most trusted place first; its files stand in attachments.py (pure).

What was written, archived or takes effect on a day is no publication, and neither is the day in an address that an
import left there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial

import lxml.html

from archive.bundles import Claim, Offer
from crawler.attachments import FileLink, detail, file_name, files, is_file
from crawler.families.answers import epoch_day
from crawler.pages import Page, find_date, squeeze

__all__ = ["FileLink", "claims", "file_name", "files", "is_file"]

FIRST = "2008-05-01"                      # the regulations took effect: what claims to be older is a default or damage
FAR = timedelta(days=60)                  # an address that differs by more carries the day of an import
META: Mapping[str, str] = {"pubdate": "PubDate", "publishdate": "PublishDate", "publishtime": "PublishTime"}
COMPACT = re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?(?!\d)")
# In order of trust; a bare 日期 or 时间 counts where it is no part of a longer word.
LABELS = ("发布时间", "发布日期", "公开日期", "公开时间", "公布日期", "公布时间", "发表时间", "发表日期",
          "发布于", "发表于", "信息提供日期", "上传时间", "更新时间", "更新日期", "日期", "时间")
FIRSTS = frozenset(label[0] for label in LABELS)
BARE = ("日期", "时间")
# a name may run into a bare label: 来源：卜集镇人民政府时间：
NAME_END = "府室处会心镇乡局道源者辑员部办"
FILLER = r"[\s\u3000:：]*"
AFTER = r"[\s\u3000:：\[【(（]*"
SHORT = 40                                # characters of a head table's label with its value
URL_DATES = (
    re.compile(r"/((?:19|20)\d\d)/(\d{1,2})-(\d{1,2})/"), re.compile(r"/((?:19|20)\d\d)-(\d{1,2})/(\d{1,2})/"),
    re.compile(r"/t((?:19|20)\d\d)(\d\d)(\d\d)_"), re.compile(r"/art/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})/"),
    re.compile(r"/((?:19|20)\d\d)-(\d\d)-(\d\d)/"), re.compile(r"/((?:19|20)\d\d)(\d\d)/(\d\d)/"),
)
WRITTEN_IN_SCRIPT = ("display_publish_time", "first_publish_time", "publish_time", "published_at")


def claims(page: Page | None, url: str, offer: Offer | None) -> tuple[Claim, ...]:
    """Every date that says when a report was published, the most trusted first; those that disagree stay."""
    found = [*(_page_claims(page) if page is not None else ()), *_listing_claim(offer)]
    found = [claim for claim in dict.fromkeys(found) if claim.on >= FIRST]
    return (*found, *_url_claim(url, found))


def _page_claims(page: Page) -> Iterator[Claim]:
    for name, shown in META.items():
        yield from _claim(f"meta {shown}", page.metas.get(name, ""))
    yield from _script_claim(page)
    heads = list(_head_claims(page))
    named = {(claim.on, claim.source.rpartition(" ")[2]) for claim in heads}
    yield from (claim for claim in _line_claims(page.text) if (claim.on, claim.source[5:]) not in named)
    yield from heads


def _claim(source: str, text: str) -> Iterator[Claim]:
    on, raw = _day(text)
    if on and raw:
        yield Claim(on, source, raw)


def _day(text: str) -> tuple[str | None, str | None]:
    """The first day in a text, also one of digits alone."""
    on, raw = find_date(text)
    if on is not None:
        return on, raw
    match = COMPACT.search(text)
    return (find_date("-".join(match.groups()[:3]))[0], match[0]) if match else (None, None)


def _script_claim(page: Page) -> Iterator[Claim]:
    """The day that stands only in the script object from which the page is drawn, in Unix seconds."""
    told = detail(page) or {}
    for name in WRITTEN_IN_SCRIPT:
        on = epoch_day(told.get(name)) or _day(str(told.get(name) or ""))[0]
        if on:
            yield Claim(on, f"script {name}", str(told[name]))
            return


def _line_claims(text: str) -> Iterator[Claim]:
    for label in LABELS:
        spread = FILLER.join(label)
        for match in re.finditer(rf"(?P<label>{spread}){AFTER}(?P<value>.{{0,20}})", text):
            if label in BARE and not _stands_alone(text, match):
                continue
            on, raw = _leading_day(match["value"])
            if on and raw:
                yield Claim(on, f"line {label}", raw)
                break


def _leading_day(text: str) -> tuple[str | None, str | None]:
    """The day that a text begins with."""
    on, raw = _day(text)
    return (on, raw) if raw is not None and text.lstrip().startswith(raw) else (None, None)


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """A bare label is no end of a longer word: 成文日期, and 成 文 日 期 where it is spaced itself."""
    before = text[max(0, match.start() - 2):match.start()]
    before = before if match["label"] in BARE else before.rstrip()
    last = before[-1:]
    return not "\u4e00" <= last <= "\u9fff" or last in NAME_END


def _head_claims(page: Page) -> Iterator[Claim]:
    """What the table at the head of an article says: a label's cell and its value, in the same cell or the next."""
    cells = {label: list(found) for label, found in _labelled(page.tree)}
    for label in LABELS:
        for value in cells.get(label, ()):
            on, raw = _leading_day(value)
            if on and raw:
                yield Claim(on, f"head table {label}", raw)
                break


def _labelled(tree: lxml.html.HtmlElement) -> Iterable[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for cell in tree.iter("td", "th"):
        text = squeeze(str(cell.text_content())) if cell.find(".//td") is None else ""
        if not text or len(text) > SHORT or text[0] not in FIRSTS:      # a report's tables have hundreds of cells
            continue
        for label in LABELS:
            match = re.match(rf"{FILLER.join(label)}{FILLER}", text)
            if match is not None:
                following = cell.getnext()
                value = text[match.end():] or (str(following.text_content()) if following is not None else "")
                found.setdefault(label, []).append(squeeze(value).lstrip(":：[【(（ "))
    return found.items()


def _listing_claim(offer: Offer | None) -> Iterator[Claim]:
    if offer is not None and offer.on:
        yield Claim(offer.on, "listing", offer.raw_date or offer.on)


def _url_claim(url: str, others: list[Claim]) -> Iterator[Claim]:
    for pattern in URL_DATES:
        match = pattern.search(url)
        on, _ = find_date("-".join(match.groups())) if match else (None, None)
        if on and match and on >= FIRST and _credible(on, others):
            yield Claim(on, "url", match.group().strip("/"))
            return


def _credible(on: str, others: list[Claim]) -> bool:
    near = partial(_near, date.fromisoformat(on))
    return not others or any(near(date.fromisoformat(claim.on)) for claim in others)


def _near(day: date, other: date) -> bool:
    return abs(day - other) <= FAR
