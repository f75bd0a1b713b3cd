"""Where an address leads besides what it names: pages that move on by themselves, slips in how it is written (pure)."""

import re
from urllib.parse import urlsplit, urlunsplit

from w3lib.html import get_meta_refresh

from crawler import blocks
from crawler.pages import absolute

SOON = 15.0                # seconds after which a page still moves on by itself; more is a page that reloads
NOTICE = 120               # characters of text that such a page has at most
SCRIPT_LIMIT = 5_000
LOCATION = re.compile(
    r"(?:\b(?:window|self|top|parent|document)\s*\.\s*){0,2}\blocation(?:\s*\.\s*href)?\s*=\s*([\"'])([^\"'<>]+)\1|"
    r"\blocation\s*\.\s*(?:replace|assign)\s*\(\s*([\"'])([^\"'<>]+)\3\s*\)")
# A script that asks who comes, or puts its target together, decides for itself: nothing is read out of it.
DECIDES = re.compile(
    r"userAgent|navigator|document\.cookie|eval\(|location\s*\.\s*(?:hash|search)|[\"']\s*\+|\+\s*[\"']")
FRONT = re.compile(r"/(?:(?:index|default|main|home)(?:\.[a-z]+)?)?", re.I)
FILE_SLASH = re.compile(r"(\.(?:s?html?|jspx?|aspx?|php|do|pdf|docx?|xlsx?|wps|ofd|zip|rar))/+$", re.I)
SLASHES = re.compile(r"//+")
TAIL = re.compile(r"(?:%20|%E3%80%80|\+|[,;，；。])+$", re.I)


def onward(url: str, markup: str) -> str | None:
    """The address to which a page with hardly any text moves on by itself, by meta refresh or by script."""
    if len(markup) > 4 * SCRIPT_LIMIT or len(blocks.visible(markup)) - len(blocks.title(markup)) > NOTICE:
        return None
    return _refresh(url, markup) or _location(url, markup)


def _refresh(url: str, markup: str) -> str | None:
    seconds, target = get_meta_refresh(markup, url)
    return absolute(url, target) if target and seconds is not None and seconds <= SOON else None


def _location(url: str, markup: str) -> str | None:
    if len(markup) > SCRIPT_LIMIT or DECIDES.search(markup):
        return None
    found = {match[2] or match[4] for match in LOCATION.finditer(blocks.COMMENT.sub(" ", markup))}
    return absolute(url, found.pop()) if len(found) == 1 else None


def plainer(url: str) -> str | None:
    """The address without the slips that templates make: doubled slashes, one behind a file's name, a blank."""
    parts = urlsplit(url)
    path = FILE_SLASH.sub(r"\1", SLASHES.sub("/", TAIL.sub("", parts.path)))
    plain = urlunsplit((parts.scheme, parts.netloc, path or "/", TAIL.sub("", parts.query), ""))
    return plain if plain != url.partition("#")[0] else None


def is_front(url: str) -> bool:
    """The address of a host's front page."""
    parts = urlsplit(url)
    return not parts.query and bool(FRONT.fullmatch(parts.path or "/"))
