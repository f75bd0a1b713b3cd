"""Hanweb JCMS: jpage columns, whose first records stand in the page and the rest behind a data proxy.

What a column page says (its units) is read here; how the proxy's windows and pages go on, in windows.py. A page may
hold two units; each is read through.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.families import windows
from crawler.families.datastore import Store, stores
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page, identity

CALL = re.compile(r"(?:\(\s*['\"]#(?P<unit>[\w-]+)['\"]\s*\)\s*\.\s*)?\bjpage\s*\(\s*\{", re.I)
RENDER = re.compile(r"render['\"]?\s*:\s*['\"]#?([\w-]+)", re.I)
NUMBER = r"['\"]?\s*[:=]\s*['\"]?(\d+)"
TOTAL = re.compile("totalrecord" + NUMBER, re.I)
PER_PAGE = re.compile("perpage" + NUMBER, re.I)
GROUP = re.compile("groupsize" + NUMBER, re.I)
PROXY = re.compile(r"proxyurl['\"]?\s*[:=]\s*['\"]([^'\"]+)", re.I)
PARAMETERS = re.compile(r"\bparam_(\w+)\s*=\s*\{(.*?)\}", re.S)
PAIR = re.compile(r"['\"]?(\w+)['\"]?\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([\w./%-]+))")
CONTAINER = re.compile(r"""\bid\s*=\s*["']?([\w-]+)""")
BEFORE = 300                            # characters before a block in which its container begins
PATHS = ("/module/web/jpage/dataproxy.jsp", "/module/jpage/dataproxy.jsp")
STANDARD = {"col": "1", "appid": "1"}
ELSEWHERE = "getMessage.do"             # the same call with another server behind it: truecms.py

INDEX_FAMILY = "hanweb-xxgk"            # a tree or index page that names the bodies
ANNUAL_FAMILY = "hanweb-annual"         # one body's page for one report year


@dataclass(frozen=True, slots=True)
class Call:
    """One jpage call: the unit it names, and the script text of its options."""

    unit: str | None
    options: str

    def number(self, pattern: re.Pattern[str]) -> int | None:
        """A number among the options."""
        match = pattern.search(self.options)
        return int(match[1]) if match else None


def wrote(page: Page) -> bool:
    """A datastore, a jpage call or an answer of the data proxy."""
    if ELSEWHERE.lower() in page.html.lower():
        return False
    return bool("<datastore" in page.html or CALL.search(page.html) or "dataproxy.jsp" in (page.asked or page.url))


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A jpage column, or one answer of its data proxy."""
    blocks = stores(page.html, page.url)
    asked = windows.asked(page.asked or page.url)
    if asked is not None:
        return windows.read(asked, blocks[0] if blocks else None, earlier)
    found = tuple(_units(page, blocks))
    return _column(found) if found else None


def leads(page: Page) -> tuple[Link, ...]:
    """What the records link to: a datastore stands in a script, where no anchor is seen."""
    return tuple(link for block in stores(page.html, page.url) for link in block.links)


def _column(found: tuple[windows.Unit, ...]) -> Listed:
    entries = tuple(link for unit in found if unit.store for link in unit.store.entries)
    nexts = [onward for unit in found if (onward := unit.next()) is not None]
    left = [unit.left() for unit in found]
    total = len({identity(link.url) for link in entries}) + sum(number or 0 for number in left)
    instead = {url: other for chain in nexts for url, other in pairwise(chain)}
    return Listed(entries, tuple(chain[0] for chain in nexts), instead, total=None if None in left else total,
                  shell=not any(unit.store for unit in found))


def _units(page: Page, blocks: tuple[Store, ...]) -> Iterator[windows.Unit]:
    """The page's units: each block with its call and parameters, and calls that have no block."""
    calls, parameters = list(_calls(page.html)), _parameters(page.html)
    for block in blocks:
        name = _container(page.html, block.position)
        call = next((call for call in calls if call.unit == name), None) or next(
            (call for call in calls if call.unit is None or call.unit not in parameters), None)
        call = call or (calls[0] if len(blocks) == 1 and calls else None)
        if call is not None:
            calls.remove(call)
        yield _unit(page, block, call, parameters, name)
    for call in calls:
        if not blocks and PROXY.search(call.options):
            yield _unit(page, None, call, parameters, call.unit)


def _unit(page: Page, block: Store | None, call: Call | None, parameters: Mapping[str, Mapping[str, str]],
          name: str | None) -> windows.Unit:
    options = call or Call(None, "")
    more = block.more if block is not None else None
    names = [found for found in (name, options.unit) if found in parameters]
    own = parameters.get(names[0] or "") if names else next(iter(parameters.values()), None) if call else None
    total = options.number(TOTAL)
    if total is None and block is not None:
        total = block.total
    return windows.Unit(
        block, total, options.number(PER_PAGE) or windows.PER_PAGE, options.number(GROUP) or windows.GROUP,
        _proxies(page.url, options, more, known=own is not None), tuple((own or _linked(more)).items()),
        own is not None)


def _proxies(base: str, call: Call, more: str | None, *, known: bool) -> tuple[str, ...]:
    """Where the proxy may stand: where the page says, then the other of the two usual paths."""
    match = PROXY.search(call.options)
    said = match[1] if match else more or (PATHS[0] if known else None)
    if said is None:
        return ()
    first = urljoin(base, said.partition("?")[0])
    others = [urljoin(base, path) for path in PATHS]
    return (first, *(other for other in others if first in others and other != first))


def _linked(more: str | None) -> Mapping[str, str]:
    query = dict(parse_qsl(urlsplit(more or "").query, keep_blank_values=True))
    return STANDARD | {key: value for key, value in query.items() if key not in windows.PLACES}


def _calls(text: str) -> Iterator[Call]:
    starts = list(CALL.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=False):
        options = text[match.end():end].partition("</script")[0]
        render = RENDER.search(options)
        yield Call(match["unit"] or (render[1] if render else None), options)


def _parameters(text: str) -> dict[str, Mapping[str, str]]:
    return {name: {key: one or two or bare for key, one, two, bare in PAIR.findall(body)}
            for name, body in PARAMETERS.findall(text)}


def _container(text: str, position: int) -> str | None:
    """The id of the element that a block stands in."""
    before = CONTAINER.findall(text[max(0, position - BEFORE):position])
    return before[-1] if before else None


FAMILY = Family("hanweb", wrote, read, leads)
