"""A page as the crawler reads it: links with what stands around them, metas, titles (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import lxml.html
from lxml.etree import ParserError
from w3lib.encoding import html_to_unicode
from w3lib.html import get_base_url
from w3lib.url import safe_url_string

DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(?:[-./]|年)\s*(\d{1,2})\s*(?:[-./]|月)\s*(\d{1,2})(?!\d{3})")
ENDS = re.compile(r"</(?:body|html)\s*>", re.I)
BLANKS = re.compile(r"[\s\u3000\xa0]+")
ROWS = {"li", "tr", "dd", "dt", "p", "h1", "h2", "h3", "h4"}
PATH = re.compile(r"首页\s*[>》»/]")
# Queries that change nothing: marks of a search or of where one came from, sessions, random numbers against caches.
NOISE = re.compile(r"topsearch|open|utm_\w+|spm|jsessionid|phpsessid", re.I)
NOISE_IN_WORDS = re.compile(r"key|from|ref", re.I)        # a number may be the number of a page
RANDOM = re.compile(r"_|_?t|ts|time|timestamp|_?r|rand|random|nocache|v", re.I)
RANDOM_VALUE = re.compile(r"0?\.\d+|\d{9,}")
MOBILE_HOST = re.compile(r"^(?:www|m|wap|3g)\.(?=[^.:]+\.)")
MOBILE_PATH = re.compile(r"^/(?:mobile|wap)(?=/)", re.I)
SESSION = re.compile(r";jsessionid=[^/?#]*", re.I)
INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|jsp|aspx?|php)$", re.I)
MAXIMUM = 200                             # characters of a row that are still its own text


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `row` is the text of the list row round it, `on` the date in that row (ISO)."""

    url: str
    text: str
    title: str
    row: str
    on: str | None
    raw_date: str | None
    tag: str = "a"

    @property
    def name(self) -> str:
        """The fullest form of what the link is called: list texts are often cut with dots."""
        return max(self.title, self.text.rstrip(".…"), key=len)


@dataclass(frozen=True)
class Page:
    """One page, mostly HTML. `html` is decoded text, `asked` the address that was asked for (crawler/asks.py)."""

    url: str
    html: str
    asked: str = ""

    @cached_property
    def tree(self) -> lxml.html.HtmlElement:
        """The parsed page; an empty one where there is nothing to parse."""
        # Pages put together from parts end more than once; the parser would stop at the first end.
        markup = ENDS.sub("", self.html.lstrip("\ufeff")).encode("utf-8", "replace")
        parser = lxml.html.HTMLParser(encoding="utf-8")
        try:
            return lxml.html.document_fromstring(markup, parser=parser)
        except ParserError:
            return lxml.html.document_fromstring("<html></html>")

    @cached_property
    def metas(self) -> dict[str, str]:
        """Meta tags by lower-case name; repeated ones joined by blanks."""
        found: dict[str, list[str]] = {}
        for meta in self.tree.iter("meta"):
            name, content = meta.get("name"), (meta.get("content") or "").strip()
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
        return {name: " ".join(contents) for name, contents in found.items()}

    @cached_property
    def title(self) -> str:
        """The text of `<title>`."""
        return squeeze(self.tree.findtext(".//title") or "")

    @cached_property
    def text(self) -> str:
        """Everything that a reader sees, blanks squeezed."""
        return squeeze(" ".join(_texts(self.tree)))

    @cached_property
    def breadcrumb(self) -> str:
        """The line that says where one is (`首页 > …`), or nothing."""
        texts = (str(element.text_content()) for element in self.tree.iter("div", "p", "td", "ul", "span", "nav"))
        lines = (text for text in texts if len(text) < 2 * MAXIMUM and "首页" in text and PATH.search(text))
        return squeeze(min(lines, key=len, default=""))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Anchors and frames in document order, absolute http(s) addresses only."""
        return tuple(_links(self))


def squeeze(text: str) -> str:
    """One blank for every run of blanks, none at the ends."""
    return BLANKS.sub(" ", text).strip()


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page: header, byte order mark, meta, then gb18030."""
    return html_to_unicode(content_type or None, body, default_encoding="utf-8", auto_detect_fun=_guess)[1]


def find_date(text: str) -> tuple[str | None, str | None]:
    """The first real day in a text, as ISO and as written."""
    for match in DATE.finditer(text):
        try:
            return date(*map(int, match.groups())).isoformat(), match.group().strip()
        except ValueError:
            continue
    return None, None


def identity(url: str) -> str:
    """What makes two addresses one document.

    No scheme, no `www.` or `m.` before the host, no default port, no mobile form of the path, no name of a folder's own
    page, no session, no noise in the query, no fragment.
    """
    parts = urlsplit(url)
    host = MOBILE_HOST.sub("", parts.netloc.lower()).removesuffix(":80").removesuffix(":443")
    path = MOBILE_PATH.sub("", SESSION.sub("", parts.path)) or "/"
    path = path.replace("/mpost_", "/post_").removesuffix("/mindex") + ("/index" if path.endswith("/mindex") else "")
    query = [pair for pair in parse_qsl(parts.query, True) if not _is_noise(*pair)]
    return urlunsplit(("", host, path if query else INDEX.sub("/", path), urlencode(query), ""))


def _is_noise(key: str, value: str) -> bool:
    worded = NOISE_IN_WORDS.fullmatch(key) and not value.isdigit()
    return bool(NOISE.fullmatch(key) or worded or (RANDOM.fullmatch(key) and RANDOM_VALUE.fullmatch(value)))


def folder(url: str) -> str:
    """The address up to its last slash."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rpartition('/')[0]}/"


def absolute(base: str, reference: str) -> str | None:
    """A reference as a full http(s) address without its fragment, or None."""
    reference = reference.strip().replace("&amp;", "&")
    if not reference or reference.startswith("#"):
        return None
    try:
        parts = urlsplit(urljoin(base, reference))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        return safe_url_string(urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, "")))
    except ValueError:
        return None


def _guess(body: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "gb18030"


def _texts(element: lxml.html.HtmlElement) -> Iterator[str]:
    for node in element.iter():
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail


def _links(page: Page) -> Iterator[Link]:
    base = _base(page)
    for element in page.tree.iter("a", "area", "iframe", "frame"):
        tag = str(element.tag)
        reference = element.get("href") if tag in ("a", "area") else element.get("src")
        url = absolute(base, reference or "")
        if url is None:
            continue
        row = squeeze(str(_row(element).text_content())[: 4 * MAXIMUM])[:MAXIMUM]
        text = squeeze(str(element.text_content()))
        on, raw = find_date(row.replace(text, " ")) if text else find_date(row)
        yield Link(url, text, squeeze(element.get("title") or ""), row, on, raw, tag)


def _base(page: Page) -> str:
    """What the page's addresses are relative to: its own address where its base element names none."""
    try:
        base = get_base_url(page.html, page.url)
        urljoin(base, "x")
    except ValueError:
        return page.url
    return base


def _row(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    for ancestor in element.iterancestors():
        if ancestor.tag in ROWS:
            return ancestor
    return element
