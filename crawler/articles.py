"""What a report's page says besides the report: its dates, and the files that belong to it (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import lxml.html

from archive.bundles import Claim, Offer
from crawler.pages import Page, absolute, find_date, squeeze

FILE = re.compile(r"\.(pdf|docx?|wps|ofd|xlsx?|et|zip|rar|7z|ceb|txt|rtf)$", re.I)
DOWNLOAD = re.compile(r"/(?:downfile|download)\.jsp|virtual_attach_file\.vsb|/downloadFile", re.I)
PICTURE = re.compile(r"\.(png|jpe?g|gif|bmp|tiff?)$", re.I)
BODIES = ("zoom", "content", "vsb_content", "article", "UCAP-CONTENT")
BODY_CLASSES = ("TRS_Editor", "TRS_UEDITOR", "wenz", "v_news_content", "article-content", "content")
URL_DATES = (
    re.compile(r"/((?:19|20)\d\d)/(\d{1,2})-(\d{1,2})/"), re.compile(r"/t((?:19|20)\d\d)(\d\d)(\d\d)_"),
    re.compile(r"/art/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})/"),
)
# In order of trust. What was written, archived or takes effect on a day is no publication.
LABELS = ("发布时间", "发布日期", "公开日期", "发表时间", "发表日期", "信息提供日期", "更新时间", "日期", "时间")
MOST = 20                                 # files of one report page


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that a page links to or shows."""

    url: str
    name: str | None


def is_file(url: str) -> bool:
    """The address is a file's, not a page's."""
    return bool(FILE.search(unquote(urlsplit(url).path)) or DOWNLOAD.search(url))


def claims(page: Page | None, url: str, offer: Offer | None) -> tuple[Claim, ...]:
    """Every date that says when a report was published, the most trusted first."""
    found = [*(_page_claims(page) if page is not None else ()), *_listing_claim(offer), *_url_claim(url)]
    return tuple(dict.fromkeys(found))


def files(page: Page) -> tuple[FileLink, ...]:
    """Files in and below the body: anchors, frames, viewers, and the pictures of the body."""
    found: dict[str, FileLink] = {}
    for link in [*_anchors(page), *_viewers(page), *_pictures(page)]:
        found.setdefault(link.url, link)
    found.pop(page.url, None)
    return tuple(found.values())[:MOST]


def _page_claims(page: Page) -> Iterator[Claim]:
    on, raw = find_date(page.metas.get("pubdate", ""))
    if on and raw:
        yield Claim(on, "meta PubDate", raw)
    text = page.text
    for label in LABELS:
        spread = r"\s*".join(label)
        match = re.search(rf"(?<![\u4e00-\u9fff]){spread}\s*[:：]?\s*(.{{0,24}})", text)
        on, raw = find_date(match[1][:20]) if match else (None, None)
        if on and raw:
            yield Claim(on, f"line {label}", raw)


def _listing_claim(offer: Offer | None) -> Iterator[Claim]:
    if offer is not None and offer.on:
        yield Claim(offer.on, "listing", offer.raw_date or offer.on)


def _url_claim(url: str) -> Iterator[Claim]:
    for pattern in URL_DATES:
        match = pattern.search(url)
        on, _ = find_date("-".join(match.groups())) if match else (None, None)
        if on and match:
            yield Claim(on, "url", match.group().strip("/"))


def _anchors(page: Page) -> Iterator[FileLink]:
    for link in page.links:
        if is_file(link.url):
            yield FileLink(link.url, link.name or unquote(urlsplit(link.url).path.rpartition("/")[2]))


def _viewers(page: Page) -> Iterator[FileLink]:
    for element in page.tree.iter("iframe", "embed", "object"):
        reference = element.get("src") or element.get("data") or ""
        inner = parse_qs(urlsplit(reference).query)
        for candidate in (*inner.get("file", ()), *inner.get("fileUrl", ()), reference):
            url = absolute(page.url, candidate)
            if url and is_file(url):
                yield FileLink(url, None)
    for element in page.tree.xpath("//*[@data-value]"):
        url = absolute(page.url, element.get("data-value"))
        if url and is_file(url):
            yield FileLink(url, None)


def _pictures(page: Page) -> Iterator[FileLink]:
    for body in _bodies(page):
        for image in body.iter("img"):
            url = absolute(page.url, image.get("src") or "")
            if url and PICTURE.search(urlsplit(url).path):
                yield FileLink(url, squeeze(image.get("alt") or "") or None)


def _bodies(page: Page) -> list[lxml.html.HtmlElement]:
    by_id = [element for name in BODIES for element in page.tree.xpath("//*[@id=$name]", name=name)]
    if by_id:
        return by_id
    has = "//*[contains(concat(' ', normalize-space(@class), ' '), concat(' ', $name, ' '))]"
    return [element for name in BODY_CLASSES for element in page.tree.xpath(has, name=name)]
