"""Epoint EWB: a disclosure page whose list is the answer to a posted JSON value.

    /dynamic/zwgk/govInfoPub.html?categorynum=003006[&deptcode=…]       the shell
    /js/webBuilderCommon.js, /js/ajaxReq.js                             siteGuid stands in one of them
    /EWB-FRONT/rest/lightfrontaction/getgovinfolist                     {"custom": {"total": 9, "data": [...]}}

Between the shell and its request stands a script file: it is asked for with the shell's own query behind it, which a
file does not heed, so that its answer still tells which list is meant. Older installations want the value inside
`params` beside an empty `token`.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler.asks import ask, post_json
from crawler.families import generic
from crawler.families.answers import json_object, link, number, objects, query_of
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page, absolute

SHELL = re.compile(r"/govInfoPub\w*\.html?$", re.I)
ACTION = re.compile(r"/rest/\w+/getgovinfolist", re.I)
CALL = re.compile(r"""(?<![+\s])\s*["'`]([^"'`\s]*/rest/\w+/getgovinfolist)\b""", re.I)     # not behind a variable
PREFIX = re.compile(r"""(?<![+\s])\s*["'`](/?[\w.:-][\w./:-]*?/rest/)""", re.I)
PROJECT = re.compile(r"""projectName['"]?\s*[:=]\s*['"]/?([\w./-]+?)/?['"]""", re.I)
GUID = re.compile(r"""siteGuid['"]?\s*[:=]\s*['"]([\w-]+)['"]""", re.I)
SCRIPTS = ("webBuilderCommon.js", "ajaxReq.js")
ACTIONS = "/rest/lightfrontaction/getgovinfolist"
DEFAULT = f"/EWB-FRONT{ACTIONS}"
SIZE = 15
REST, CATEGORY, DEPARTMENT = "rest", "categorynum", "deptcode"
DAYS = ("infodate", "publishdate", "showdate", "pubdate", "date")


def wrote(page: Page) -> bool:
    """Its disclosure page, its list request, or a script of it."""
    asked = page.asked or page.url
    return bool(SHELL.search(urlsplit(page.url).path) or ACTION.search(asked) or _script(asked)
                or "/EWB-FRONT/" in page.html or "/rest/lightfrontaction/" in page.html)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A page of the list, the script that holds the site's guid, or the shell that needs both."""
    asked = page.asked or page.url
    if ACTION.search(asked):
        return _answer(page, asked, earlier)
    if _script(asked):
        return _requested(page, asked, query_of(asked))
    if SHELL.search(urlsplit(page.url).path):
        return _shell(page)
    return generic.read(page, earlier)


def _script(asked: str) -> bool:
    return urlsplit(asked).path.rpartition("/")[2] in SCRIPTS and bool(query_of(asked).get(CATEGORY))


def _shell(page: Page) -> Listed | None:
    """What the shell asks for: its list at once where it knows the guid, else the scripts that do."""
    told = {name.lower(): value for name, value in (query_of(page.asked) | query_of(page.url)).items()}
    if not told.get(CATEGORY):
        return None
    call = CALL.search(page.html)
    state = {CATEGORY: told[CATEGORY], DEPARTMENT: told.get(DEPARTMENT, "")} | ({REST: call[1]} if call else {})
    if GUID.search(page.html):
        return _requested(page, page.url, state)
    named = [absolute(page.url, source) for source in page.tree.xpath("//script/@src")]
    scripts = [next((url for url in named if url and urlsplit(url).path.endswith(f"/{name}")),
                    urljoin(page.url, f"/js/{name}")) for name in SCRIPTS]
    scripts.sort(key=lambda url: url not in named)
    first, second = (urlsplit(url)._replace(query=urlencode(state)).geturl() for url in scripts)
    return shell((first,), {first: second})


def _requested(page: Page, asked: str, state: dict[str, str]) -> Listed | None:
    """The first page of the list, in both forms of the request."""
    guid = GUID.search(page.html)
    if guid is None:
        return None
    rest = state.get(REST) or _rest(page.html)
    value = {DEPARTMENT: state.get(DEPARTMENT, ""), CATEGORY: state.get(CATEGORY, ""), "pageIndex": 0,
             "pageSize": SIZE, "siteGuid": guid[1]}
    url = urljoin(asked, rest)
    first = post_json(url, value)
    return shell((first,), {first: post_json(url, {"token": "", "params": value})})


def _rest(script: str) -> str:
    """Where a script sends its requests."""
    call, project, prefix = (sign.search(script) for sign in (CALL, PROJECT, PREFIX))
    if call:
        return call[1]
    base = f"/{project[1]}" if project else prefix[1].removesuffix("/rest/") if prefix else ""
    return f"{base}{ACTIONS}" if base else DEFAULT


def _answer(page: Page, asked: str, earlier: Earlier) -> Listed | None:
    custom = _custom(page)
    value = json.loads((ask(asked).body or b"{}").decode())
    if custom is None:
        # the older form of an empty list's request, which this installation does not know
        return Listed((), duplicate=True) if "params" in value and earlier and not earlier[0].entries else None
    entries = tuple(entry for row in objects(custom["data"]) if (entry := _entry(page, row)) is not None)
    total = number(custom.get("total"))
    seen = len({entry.url for entry in entries}.union(*(one.entries for one in earlier)))
    if entries:
        more = seen != total                             # a total below what was seen says nothing
        return Listed(entries, (_next(asked, value),) if more else (), total=total)
    unheard = not earlier and "params" not in value          # nothing may also mean: not understood
    return Listed((), (post_json(ask(asked).url, {"token": "", "params": value}),) if unheard else (),
                  open_ended=True, total=total)


def _custom(page: Page) -> dict[str, Any] | None:
    found = json_object(page.html) or {}
    custom = found.get("custom", found.get("data"))
    if isinstance(custom, str):
        custom = json_object(custom)
    if not isinstance(custom, dict):
        return None
    rows = custom.get("data")
    if isinstance(rows, str):
        rows = json_object(f'{{"data": {rows}}}') or {}
        return {**custom, **rows} if rows else None
    return custom if isinstance(rows, list) else None


def _next(asked: str, value: dict[str, Any]) -> str:
    """The request of the next page, in the form of this one."""
    inner = value.get("params", value)
    onward = {**inner, "pageIndex": inner["pageIndex"] + 1}
    return post_json(ask(asked).url, {**value, "params": onward} if "params" in value else onward)


def _entry(page: Page, row: dict[str, Any]) -> Link | None:
    when = next((row[name] for name in DAYS if row.get(name)), None)
    return link(page.url, row.get("infourl"), row.get("realtitle") or row.get("title"), when)


FAMILY = Family("epoint", wrote, read)
