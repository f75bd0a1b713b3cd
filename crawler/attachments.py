"""The files that belong to a report's page: linked, framed, shown by a viewer, written by a script (pure).

A link's `OLDSRC` names an internal path and is not read. What a page carries inside its scripts (a PDF in base64, the
text of the article) comes as a file with its body, under an address that nobody can ask for: `urn:written:…`.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import lxml.html

from archive import embedding
from crawler.literals import value_of
from crawler.pages import Page, absolute, squeeze

FILE = re.compile(r"\.(pdf|docx?|wps|ofd|xlsx?|et|zip|rar|7z|ceb|txt|rtf|pptx?)$", re.I)
DOWNLOAD = re.compile(r"/(?:downfile|download)\.jsp|virtual_attach_file\.vsb|/downloadFile|/group\d+/M\d\d/"
                      r"|/resources/public/|/attachment/\d", re.I)
PAGE = re.compile(r"\.(?:s?html?|css|js)$", re.I)
PICTURE = re.compile(r"\.(png|jpe?g|gif|bmp|tiff?)$", re.I)
BODIES = ("zoom", "content", "vsb_content", "article", "UCAP-CONTENT")
BODY_CLASSES = ("TRS_Editor", "TRS_UEDITOR", "trs_paper_default", "Custom_UnionStyle", "wenz", "v_news_content",
                "article-content", "content")
FURNITURE = frozenset(("header", "nav", "menu", "footer", "foot", "sidebar"))
HELPER = re.compile(r"""\b\w*(?:pdf|ofd|viewer)\w*\(\s*["']([^"']+)["']""", re.I)
VARIABLE = re.compile(
    r"""\b(?:pdf|ofd|file|fj|attach\w*|appendix)(?:_?(?:url|path|src|href))?\s*[:=]\s*["']([^"']+)["']""", re.I)
ESCAPED = re.compile(r"\\([\"'/])")
PDF = re.compile(r"""["'](?:data:application/pdf;base64,)?(JVBERi0[A-Za-z0-9+/=\s\\]{100,30000000})["']""")
PARAMETER = re.compile(r"""filename(?P<form>\*)?\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^;]*))""", re.I)
WRITTEN = "urn:written:"
MOST = 20                                 # files of one report page


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that a page links to or shows; one that stands in the page itself carries its `body`."""

    url: str
    name: str | None
    body: bytes | None = None
    kind: str = ""                        # the media type of `body`


def is_file(url: str) -> bool:
    """The address is a file's, not a page's."""
    path = unquote(urlsplit(url).path)
    return bool(FILE.search(path) or (DOWNLOAD.search(url) and not PAGE.search(path)))


def files(page: Page) -> tuple[FileLink, ...]:
    """Files in and below the body: anchors, frames, viewers, scripts, and the pictures of the body."""
    found: dict[str, FileLink] = {}
    inner = _inner(page)
    pages = [page, inner] if inner is not None else [page]
    for one in pages:
        for link in [*_anchors(one), *_viewers(one), *_scripted(one), *_frame_names(one)]:
            found.setdefault(link.url, link)
    for link in [*_listed_in_script(page), *_pictures(page, inner), *_written(page, inner)]:
        found.setdefault(link.url, link)
    found.pop(page.url, None)
    return tuple(found.values())[:MOST]


def detail(page: Page) -> dict[str, Any] | None:
    """The script object from which an article is drawn, where the page has one."""
    found = value_of(page.html, "DETAIL") if "_CONFIG" in page.html else None
    return found if isinstance(found, dict) else None


def file_name(disposition: str) -> str | None:
    """The name that a Content-Disposition header (decoded as Latin-1) gives, in any of its forms.

    Raw UTF-8 or GBK, percent-encoded, or RFC 5987. Only the last part of what looks like a path: it is for people to
    read and never a path itself.
    """
    found = {match["form"] or "": (match["quoted"] if match["quoted"] is not None else match["plain"]).strip()
             for match in PARAMETER.finditer(disposition)}
    if found.get("*", "").count("'") >= 2:
        charset, _, value = found["*"].split("'", 2)
        name = _decoded(unquote_to_bytes(value), charset)
    else:
        name = _decoded(unquote_to_bytes(found.get("", found.get("*", "")).encode("latin-1", "replace")))
    return squeeze(re.split(r"[/\\]", name)[-1]) or None


def _decoded(raw: bytes, charset: str = "") -> str:
    for encoding in (charset, "utf-8", "gb18030"):
        try:
            name = raw.decode(encoding or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
        # bytes that somebody on the way took for Latin-1 and encoded once more
        twice = not name.isascii() and max(name) <= "\xff"
        return _decoded(name.encode("latin-1")) if twice else name
    return raw.decode("latin-1")


def _anchors(page: Page) -> Iterator[FileLink]:
    furniture = _furniture(page)
    for link in page.links:
        if link.tag not in ("a", "area") or link.url in furniture:
            continue
        url = link.url if is_file(link.url) else next(_shown_by(page, link.url), None)
        if url is not None:
            yield FileLink(url, link.name or _last(url))


def _furniture(page: Page) -> frozenset[str]:
    """The files that header, menu and footer link to."""
    found: set[str] = set()
    for element in page.tree.iter("header", "nav", "footer", "div", "ul"):
        marks = {element.tag, *(element.get("class") or "").lower().split(), (element.get("id") or "").lower()}
        if marks & FURNITURE:
            found.update(filter(None, (absolute(page.url, one.get("href") or "") for one in element.iter("a"))))
    inside = {absolute(page.url, one.get("href") or "") for body in bodies(page) for one in body.iter("a")}
    return frozenset(found - inside)


def _shown_by(page: Page, address: str) -> Iterator[str]:
    """The file that a viewer's address names: `viewer.html?file=1.pdf`."""
    for candidate in embedding.inner(address):
        url = absolute(page.url, candidate)
        if url and is_file(url):
            yield url


def _viewers(page: Page) -> Iterator[FileLink]:
    for element in page.tree.iter("iframe", "frame", "embed", "object"):
        reference = element.get("src") or element.get("data") or ""
        shown = absolute(page.url, reference)
        for url in (*_shown_by(page, reference), *((shown,) if shown and is_file(shown) else ())):
            yield FileLink(url, _last(url))
    for element in page.tree.xpath("//*[@data-value or @data-file or @data-pdf]"):
        url = absolute(page.url, next(element.get(name) for name in ("data-value", "data-file", "data-pdf")
                                      if element.get(name) is not None))
        if url and is_file(url):
            yield FileLink(url, _last(url))


def _scripted(page: Page) -> Iterator[FileLink]:
    """Links that a script writes, the file that a helper is called with, addresses in variables."""
    for script in page.tree.iter("script"):
        text = script.text or ""
        if "<a" in text:
            written = Page(page.url, ESCAPED.sub(lambda match: match[1], text))
            yield from (FileLink(link.url, link.name or _last(link.url)) for link in written.links if is_file(link.url))
        for reference in (*HELPER.findall(text), *VARIABLE.findall(text)):
            url = absolute(page.url, reference.replace("\\/", "/"))
            if url and is_file(url):
                yield FileLink(url, _last(url))


def _frame_names(page: Page) -> Iterator[FileLink]:
    """Frames of a cloud disk carry what they show as encoded JSON in their name."""
    for element in page.tree.iter("iframe", "frame"):
        try:
            told = json.loads(unquote(element.get("name") or ""))
        except ValueError:
            continue
        yield from _in_object(page, told)


def _in_object(page: Page, told: object) -> Iterator[FileLink]:
    if isinstance(told, list):
        for one in told:
            yield from _in_object(page, one)
    elif isinstance(told, dict):
        name = next((str(told[key]) for key in ("name", "fileName", "filename", "title") if told.get(key)), None)
        for value in told.values():
            url = absolute(page.url, value) if isinstance(value, str) else None
            if url and is_file(url) and value != name:
                yield FileLink(url, name or _last(url))
            elif isinstance(value, dict | list):
                yield from _in_object(page, value)


def _listed_in_script(page: Page) -> Iterator[FileLink]:
    """The files that the script object of an article lists."""
    told = detail(page) or {}
    for key in ("attachment", "attachments", "files"):
        yield from _in_object(page, told.get(key))


def _pictures(page: Page, inner: Page | None) -> Iterator[FileLink]:
    for body in (*bodies(page), *((inner.tree,) if inner is not None else ())):
        for image in body.iter("img"):
            url = absolute(page.url, image.get("src") or "")
            if url and PICTURE.search(urlsplit(url).path):
                yield FileLink(url, squeeze(image.get("alt") or "") or None)


def _inner(page: Page) -> Page | None:
    """The text of an article that stands only in its script object, as a page; None where it is shown too."""
    content = (detail(page) or {}).get("content")
    if not isinstance(content, str) or "<" not in content:
        return None
    base = f'<base href="{html.escape(page.url)}">'
    told = detail(page) or {}
    title = html.escape(str(told.get("title") or page.metas.get("articletitle") or page.title))
    inner = Page(page.url, f'<html><head><meta charset="utf-8">{base}<title>{title}</title></head>'
                           f"<body><h1>{title}</h1>{content}</body></html>")
    sample = Page(page.url, f"<div>{content}</div>").text[:60]
    return None if sample and sample in page.text else inner


def _written(page: Page, inner: Page | None) -> Iterator[FileLink]:
    """What stands in the page's scripts instead of at an address."""
    if inner is not None:
        yield FileLink(f"{WRITTEN}text:{page.url}", None, inner.html.encode(), "text/html; charset=utf-8")
    for number, script in enumerate(page.tree.iter("script")):
        for match in PDF.finditer(script.text or "") if "JVBERi0" in (script.text or "") else ():
            body = _unpacked(match[1])
            if body is not None:
                yield FileLink(f"{WRITTEN}{number}.pdf:{page.url}", None, body, "application/pdf")


def _unpacked(text: str) -> bytes | None:
    try:
        return base64.b64decode(re.sub(r"\\n|\\r|[\s\\]", "", text))
    except binascii.Error:
        return None


def bodies(page: Page) -> list[lxml.html.HtmlElement]:
    """The elements that hold an article's text, as the families name them."""
    by_id = [element for name in BODIES for element in page.tree.xpath("//*[@id=$name]", name=name)]
    if by_id:
        return by_id
    has = "//*[contains(concat(' ', normalize-space(@class), ' '), concat(' ', $name, ' '))]"
    return [element for name in BODY_CLASSES for element in page.tree.xpath(has, name=name)]


def _last(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
