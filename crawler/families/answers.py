"""Answers of data requests: JSON or JSONP, and what they say as links (pure)."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from archive.clock import local_day
from crawler.pages import Link, absolute, find_date, squeeze

CALLBACK = re.compile(r"^\s*[\w$.]+\s*\(\s*(.*?)\s*\)\s*;?\s*$", re.S)
TAG = re.compile(r"<[^>]{1,200}>")
SECONDS = range(946_684_800, 4_102_444_800)          # 2000 to 2099


def json_object(text: str) -> dict[str, Any] | None:
    """The object that an answer is, bare or as the argument of a callback; None where it is none."""
    text = text.lstrip("\ufeff").strip()
    called = CALLBACK.match(text)
    try:
        found = json.loads(called[1] if called else text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def objects(value: object) -> Iterator[dict[str, Any]]:
    """The objects of a list, nothing for whatever is no list."""
    yield from (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def link(base: str, address: object, title: object, when: object = None) -> Link | None:
    """An entry as a link; `when` is written as text. None where the address is none."""
    url = absolute(base, address) if isinstance(address, str) else None
    if url is None:
        return None
    name = squeeze(unescape(TAG.sub("", str(title or ""))))
    on, raw = find_date(str(when)) if when else (None, None)
    return Link(url, name, "", squeeze(f"{name} {when or ''}"), on, raw)


def number(value: object) -> int | None:
    """A count, also where it is written as text."""
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def epoch_day(value: object) -> str | None:
    """The day in Asia/Shanghai (ISO) of an instant in Unix seconds or milliseconds."""
    found = number(value) or 0
    seconds = found // 1000 if found // 1000 in SECONDS else found
    return local_day(datetime.fromtimestamp(seconds, UTC)).isoformat() if seconds in SECONDS else None


def query_of(address: str) -> dict[str, str]:
    """The query of an address; of a repeated name the first value."""
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    return dict(reversed(pairs))


def with_query(address: str, **changed: str) -> str:
    """The address with some of its query's values changed or added at the end."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | changed
    return parts._replace(query=urlencode(query)).geturl()
