"""Hanweb JCMS: jpage lists with their embedded datastore and data proxy, and the disclosure module (xxgk).

The embedded block is no well-formed XML: its CDATA parts are cut out and each is read as HTML. A window of the proxy
may repeat one record of the next, so entries are told apart by address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from archive.bundles import Outcome
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import BLANKS, Page, find_date, squeeze

UNIT = re.compile(r"<datastore\b.*?</datastore>", re.S | re.I)
RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>", re.S | re.I)
NEXT_GROUP = re.compile(r"<nextgroup>\s*<!\[CDATA\[(.*?)\]\]>", re.S | re.I)
TOTAL = re.compile(r"totalrecord\W{1,4}(\d+)", re.I)
PER_PAGE = re.compile(r"perpage\W{1,4}(\d+)", re.I)
PROXY = re.compile(r"proxyurl['\"]?\s*[:=]\s*['\"]([^'\"]+)", re.I)
PARAMETERS = re.compile(r"param_(\w+)\s*=\s*\{(.*?)\}", re.S)
PAIR = re.compile(r"['\"]?(\w+)['\"]?\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([\w./%-]+))")
HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.I)
WINDOW = 100                          # more than some 300 records a window come back empty or cut

AREA = re.compile(r"[?&](?:amp;)?(?:area|vc_xxgkarea)=([0-9A-Z]{18})\b")
SCRIPTED = re.compile(r"""['"]([^'"]{2,40})['"]\s*,\s*['"]([^'"]*(?:area|vc_xxgkarea)=[0-9A-Z]{18}[^'"]*)""")
ANNUAL = re.compile(r"""[^\s"'<>()]*/xxgkAnnualReport\.jsp""", re.I)
ANNUAL_PATH = "/module/xxgk/xxgkAnnualReport.jsp"
INDEX_FAMILY = "hanweb-xxgk"            # a tree or index page that names the bodies
ANNUAL_FAMILY = "hanweb-annual"         # one body's page for one report year
NO_YEAR = 1990                        # the regulations are of 2008: what this year shows is the empty shell
LONGEST_TITLE = 120
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Unit:
    """One body of the disclosure platform: its 18-character code and the name beside it."""

    area: str
    name: str


def wrote(page: Page) -> bool:
    """A datastore, a jpage call or the disclosure module."""
    return bool(UNIT.search(page.html) or "jpage(" in page.html or "/module/xxgk/" in page.html
                or "dataproxy.jsp" in page.url or "/module/xxgk/" in page.url)


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """A jpage column or one window of its data proxy."""
    stores = UNIT.findall(page.html)
    if not stores:
        return None
    records = [record for store in stores for record in RECORD.findall(store)]
    entries = Page(page.url, f"<html><body>{''.join(records)}</body></html>").links
    total = TOTAL.search(page.html)
    following = _next_window(page.url) if _is_window(page.url) else _first_window(page, len(records))
    if total is None or _reached(page.url, len(records)) >= int(total[1]):
        following = None
    return Listed(entries, (following,) if following else (), total=int(total[1]) if total else None)


def units(page: Page, county: str) -> tuple[Unit, ...]:
    """The bodies that a tree or index page links to, with codes that are this county's and whose check holds."""
    pairs = [(match[1], link.name) for link in page.links if (match := AREA.search(link.url))]
    pairs += [(match[1], name) for name, address in SCRIPTED.findall(page.html) if (match := AREA.search(address))]
    named = {area: BLANKS.sub("", name) for area, name in reversed(pairs) if name}
    return tuple(Unit(area, name) for area, name in named.items() if area[2:8] == county and checked(area))


def checked(code: str) -> bool:
    """The last character of an 18-character code is the right one (GB 32100)."""
    if len(code) != 18 or any(sign not in ALPHABET for sign in code):
        return False
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return ALPHABET[-total % 31] == code[17]


def annual_address(page: Page) -> str | None:
    """The address of the annual report page, without its query, where this page names it."""
    match = ANNUAL.search(page.html)
    return urljoin(page.url, match.group()) if match else None


def annual(base: str, area: str, year: int | None = None) -> str:
    """The page of one body's reports, for one report year."""
    address = base if base.lower().endswith(ANNUAL_PATH.rpartition("/")[2].lower()) else urljoin(base, ANNUAL_PATH)
    query = {"area": area} | ({"fbtime": str(year)} if year is not None else {})
    return f"{address}?{urlencode(query)}"


def area_of(url: str) -> str | None:
    """The body that an annual report page is of."""
    return next(iter(parse_qs(urlsplit(url).query).get("area", ())), None)


def shell(page: Page, area: str) -> str:
    """What an annual report page shows beside the body's own report: text without codes and numbers."""
    return re.sub(r"\d+", "#", page.text.replace(area, ""))


def annual_outcome(page: Page, area: str, empty: str | None) -> Outcome:
    """REPORT, EMPTY where the page equals the shell of a year that cannot be, else UNKNOWN.

    Where the shell could not be had (`empty` None), nothing can be told to be empty.
    """
    if empty is not None and shell(page, area) == empty:
        return Outcome.EMPTY
    dated = "发布时间" in page.text and find_date(page.text)[0] is not None
    return Outcome.REPORT if dated and len(page.text) > len(empty or "") + 100 else Outcome.UNKNOWN


def report_title(page: Page) -> str | None:
    """The heading of an annual report page."""
    for element in page.tree.xpath("//h1 | //h2 | //h3 | //*[contains(@class, 'title')] | //strong"):
        text = squeeze(str(element.text_content()))
        if "报告" in text and len(text) < LONGEST_TITLE:
            return text
    return page.metas.get("articletitle") or page.title or None


def _reached(url: str, records: int) -> int:
    query = dict(parse_qsl(urlsplit(url).query))
    return int(query.get("endrecord", records)) if _is_window(url) else records


def _is_window(url: str) -> bool:
    return "startrecord=" in url


def _next_window(url: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query["startrecord"] = str(int(query["endrecord"]) + 1)
    query["endrecord"] = str(int(query["endrecord"]) + WINDOW)
    return urlunsplit(parts._replace(query=urlencode(query)))


def _first_window(page: Page, shown: int) -> str | None:
    proxy = _proxy(page)
    if proxy is None:
        return None
    per_page = PER_PAGE.search(page.html)
    window = {"startrecord": str(shown + 1), "endrecord": str(shown + WINDOW)}
    query = {**_parameters(page), **window, "perpage": per_page[1] if per_page else "15"}
    return f"{proxy}?{urlencode(query)}"


def _proxy(page: Page) -> str | None:
    match = PROXY.search(page.html)
    if match:
        return str(urljoin(page.url, match[1].partition("?")[0]))
    link = _next_group(page)
    return urljoin(page.url, link.partition("?")[0]) if link else None


def _next_group(page: Page) -> str | None:
    group = NEXT_GROUP.search(page.html)
    href = HREF.search(group[1]) if group else None
    return str(href[1]).replace("&amp;", "&") if href else None


def _parameters(page: Page) -> Mapping[str, str]:
    match = PARAMETERS.search(page.html)
    if match:
        return {key: one or two or bare for key, one, two, bare in PAIR.findall(match[2])}
    query = dict(parse_qsl(urlsplit(_next_group(page) or "").query, keep_blank_values=True))
    query.pop("page", None)
    return {"col": "1", "appid": "1"} | query


FAMILY = Family("hanweb", wrote, read)
