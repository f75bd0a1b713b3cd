"""Requests as addresses: what a POST asks for, written as one address (pure).

A listing's page may be the answer to a POST. It is known by an address as web archives write one: the address asked,
then `__wb_method=POST`, then the form's pairs in order; a JSON body is the one pair `__json`.

    http://h/search.jsp?__wb_method=POST&currpage=2&area=11370828…
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

MARK = "__wb_method=POST"
JSON = "__json="


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `body` is None for a GET."""

    url: str
    body: bytes | None = None
    content_type: str = ""


def post(url: str, form: Iterable[tuple[str, str]]) -> str:
    """The address of a form that is posted; `form` in the order in which it is sent."""
    return _marked(url, urlencode(list(form)))


def post_json(url: str, value: object) -> str:
    """The address of a JSON value that is posted."""
    return _marked(url, JSON + quote(json.dumps(value, ensure_ascii=False, separators=(",", ":")), safe=""))


def ask(address: str) -> Ask:
    """What an address asks for."""
    before, mark, body = address.partition(MARK)
    if not mark:
        return Ask(address)
    url = before[:-1]
    if body.startswith("&" + JSON):
        return Ask(url, unquote(body.removeprefix("&" + JSON)).encode(), "application/json;charset=utf-8")
    return Ask(url, body.removeprefix("&").encode(), "application/x-www-form-urlencoded")


def _marked(url: str, body: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{MARK}" + (f"&{body}" if body else "")
