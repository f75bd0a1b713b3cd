"""Hanweb's disclosure module: columns by body and catalogue number, whose list is a table behind a search (pure).

The column page is a shell; its script posts a form to search.jsp and gets one page of a table, which names its page
count. The table may show rows of other columns too: they are kept, since a report filed there would be lost with
them, and whose report a row is its own page says.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

import lxml.html

from crawler.asks import ask, post
from crawler.families import areas, generic
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page, absolute

MODULE = "/module/xxgk/"
SEARCH = "/module/xxgk/search.jsp"
CALL = re.compile(r"""[^\s"'<>()=]*/search\.jsp""", re.I)
TREE = re.compile(r"""[^\s"'<>()]*/module/xxgk/tree\.jsp\?[^\s"'<>]*""", re.I)
COLUMN = re.compile(r"/col/col(\w+)/")
WEB = re.compile(r"\b(?:webid|web_id|jdid)['\"]?\s*[:=]\s*['\"]?(\d+)", re.I)
ROWS = "//tr[contains(@class, 'tr_main_value')]"
COUNT = re.compile(r"共\s*(\d+)\s*页")
NEAR = (600, 2000)                    # characters before and after the call in which its form stands
TREE_NAME = "政府信息公开目录"

# What the module's own script sends, in its order; `fbtime` -1 is every year.
FORM: Mapping[str, str] = {
    "infotypeId": "", "jdid": "1", "area": "", "divid": "", "vc_title": "", "vc_number": "", "vc_filenumber": "",
    "vc_all": "", "texttype": "", "fbtime": "-1", "sortfield": ",createdatetime:0,orderid:0", "currpage": "1",
    "standardXxgk": "1", "isAllList": "1", "unit": "", "keyWord": "", "requestUrl": "",
}
FIXED = ("currpage", "fbtime", "vc_title", "vc_all", "keyWord")


def wrote(page: Page) -> bool:
    """The module in an address, a frame, a script or a link, and no list of its own in the page."""
    return (MODULE in page.html or MODULE in page.url) and "<datastore" not in page.html


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A page of the table, or the column page in front of it; else whatever list the page has."""
    asked = ask(page.asked or page.url)
    if urlsplit(asked.url).path.lower().endswith("/search.jsp"):
        return _table(page, _form_of(asked.url, asked.body))
    form = _form_on(page)
    if form is None:
        return generic.read(page, earlier)
    if page.tree.xpath(ROWS):
        return _table(page, form)
    # The form may stand in a frame of the page; what is guessed without it is tried first, as it needs no request.
    asks = (*_pages(page, form), *_frames(page))
    return shell(asks[:1], dict(pairwise(asks)))


def leads(page: Page) -> tuple[Link, ...]:
    """The catalogue's tree, and what a tree's script names."""
    trees = [(TREE_NAME, address) for address in TREE.findall(page.html)]
    named = [*trees, *areas.SCRIPTED.findall(page.html),
             *((name, address) for address, name in areas.BEHIND.findall(page.html))]
    links = {url: Link(url, name, "", name, None, None)
             for name, address in named if (url := absolute(page.url, address)) is not None}
    return tuple(links.values())


def _table(page: Page, form: Mapping[str, str]) -> Listed | None:
    """One page of the table. An empty one proves nothing: a wrong form brings it, too."""
    rows = page.tree.xpath(ROWS) or page.tree.xpath("//tr[.//a[@href]]")
    inside = {absolute(page.url, anchor.get("href")) for row in rows for anchor in _anchors(row)}
    entries = tuple(link for link in page.links if link.tag == "a" and link.url in inside)
    count = COUNT.search(page.text)
    announced, number = int(count[1]) if count else None, int(form.get("currpage") or 1)
    if not entries and number == 1:
        return None
    more = announced is not None and number < announced
    onward = _pages(page, {**form, "currpage": str(number + 1)})[0] if more else ""
    return Listed(entries, (onward,) if more else (), announced=announced)


def _frames(page: Page) -> tuple[str, ...]:
    """The module's frames in a page but for the tree of bodies."""
    return tuple(link.url for link in page.links if link.tag in ("iframe", "frame") and MODULE in link.url
                 and "/tree.jsp" not in link.url)


def _anchors(row: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    anchors = [anchor for anchor in row.iter("a") if anchor.get("href")]
    return [anchor for anchor in anchors if "bt_link" in (anchor.get("class") or "")] or anchors


def _pages(page: Page, form: Mapping[str, str]) -> tuple[str, str]:
    """The address of one page of the table: as the script posts it, and as a link."""
    address = ask(page.asked or page.url).url
    if not urlsplit(address).path.lower().endswith("/search.jsp"):
        call = CALL.search(page.html)
        address = urljoin(page.url, call.group() if call and MODULE in call.group() else SEARCH)
    address = address.partition("?")[0]
    return post(address, form.items()), f"{address}?{urlencode(form)}"


def _form_of(address: str, body: bytes | None) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    return dict(pairs + parse_qsl((body or b"").decode(), keep_blank_values=True))


def _form_on(page: Page) -> dict[str, str] | None:
    """The form that a column page's script posts; None where the page is no such column."""
    query = dict(parse_qsl(urlsplit(page.url).query))
    area = query.get("vc_xxgkarea") or query.get("area") or ""
    call = CALL.search(page.html)
    near = page.html[max(0, call.start() - NEAR[0]):call.end() + NEAR[1]] if call else ""
    said = {name: value for name in FORM if name not in FIXED and (value := _value(name, near)) is not None}
    column = COLUMN.search(urlsplit(page.url).path)
    web = WEB.search(page.html)
    told = {"infotypeId": query.get("number") or query.get("infotypeId", ""), "area": area,
            "divid": f"div{column[1]}" if column else "", "jdid": web[1] if web else ""}
    sure = {name: value for name, value in told.items() if value and name in ("infotypeId", "area")}
    form = {**FORM, **_given(told), **_given(said), **sure}
    return form if form["infotypeId"] and (form["area"] or call) and (area or call) else None


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _value(name: str, script: str) -> str | None:
    """What a script or a hidden field near the call gives to one of the form's fields."""
    for pattern in (rf"(?:[?&'\"]){name}=([^&'\"<>\s+]*)", rf"\b{name}['\"]?\s*:\s*['\"]([^'\"]*)",
                    rf"\b{name}['\"]?\s*:\s*([\w-]+)\s*[,}}]", rf"name=['\"]{name}['\"][^<>]*?value=['\"]([^'\"]*)"):
        match = re.search(pattern, script)
        if match:
            return unquote(match[1])
    return None


FAMILY = Family("xxgk", wrote, read, leads)
