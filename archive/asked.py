"""What was asked for, so that a request of today finds the capture of another day (pure)."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote_to_bytes, urlsplit

POSTED = re.compile(r"[?&]__wb_method=(\w+)&?")         # how web archives write a posted request as an address
# Parameters that only keep a browser from using its cache, or name the function that takes the answer.
NOISE = frozenset({"_", "_t", "__wb_method", "timestamp", "nocache", "random", "rand", "rnd", "callback", "jsonp",
                   "jsoncallback", "jsonpcallback"})
MAYBE = frozenset({"t", "r", "v", "ts", "time"})        # these where their value is an instant or a fraction
PASSING = re.compile(r"\d{10}|\d{13}|0\.\d{6,}")
PORTS = {"http": ":80", "https": ":443"}
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: method in capitals, address, body."""

    method: str
    url: str
    body: bytes = b""


def exact(url: str, *, fragment: bool = False) -> str:
    """An address as it is compared: its host in lower case, no port that the scheme has anyway, no fragment."""
    bare, _, anchor = url.partition("#")
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    if not slash and "?" in host:
        host, _, query = host.partition("?")
        path = f"?{query}"
    plain = f"{scheme.lower()}{mark}{host.lower().removesuffix(PORTS.get(scheme.lower(), ':'))}/{path}"
    return f"{plain}#{anchor}" if fragment and anchor else plain


def loose(asked: Asked) -> str:
    """What a request comes to, whatever the scheme, the order of its parameters and its cache busters."""
    method, url, body = asked.method, asked.url, asked.body
    posted = POSTED.search(url)
    if posted:
        method, url, body = posted[1], url[:posted.start()], url[posted.end():].encode()
    parts = _split(url)
    path = unquote_to_bytes(parts.path or "/").decode("latin-1")
    pairs = sorted(_telling(parse_qsl(parts.query, True, encoding="latin-1")))
    sent = sorted(_telling(_sent(body)))
    return repr((method, parts.netloc.lower().removesuffix(PORTS.get(parts.scheme, ":")), path, pairs, sent))


def _split(url: str) -> SplitResult:
    """The parts of an address; one that no parser takes is all path."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _telling(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        passing = name.lower() in MAYBE and PASSING.fullmatch(value)
        if name.lower() not in NOISE and not passing:
            yield name, value


def _sent(body: bytes) -> Pairs:
    """The pairs of a posted form, or of a JSON value with its names in line, as archives write them."""
    text = body.decode("latin-1").strip()
    if text.startswith("__json="):
        text = unquote_to_bytes(text.removeprefix("__json=")).decode("latin-1")
    if text[:1] in ("{", "["):
        try:
            return list(_flat("", json.loads(text)))
        except (ValueError, RecursionError):
            return [("", text)]
    return parse_qsl(text, True, encoding="latin-1")


def _flat(name: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _flat(str(key), one)]
    if isinstance(value, list):
        return [pair for one in value for pair in _flat(name, one)]
    plain = value if isinstance(value, str) else json.dumps(value)
    return [(name, plain)]
