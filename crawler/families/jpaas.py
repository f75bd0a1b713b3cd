"""Hanweb JPaaS: a column page names its units in attributes of script tags; their answers are HTML within JSON (pure).

A unit is asked for with the page's own parameters. Further pages are asked for in one of two dialects, `paramJson` or
bare `pageNo` and `pageSize`: a server that does not know the first shows its first page again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from crawler.families.answers import json_object, number, query_of, with_query
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page

UNIT = "/front/page/build/unit"
SCRIPTS = "//script[@url and @querydata]"
PAIR = re.compile(r"""['"](\w+)['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|([\w.-]+))""")
LIST = re.compile(r"当前栏目|list|列表", re.I)
PAGER = re.compile(r"^(?:\d+|[<>«»]+|首页|尾页|末页|上一?页|下一?页|.*跳转.*|确定)$")
SIZE = re.compile(r"page-?size['\"]?\s*[:=]\s*\\?['\"]?(\d+)", re.I)
PARAMETER = "paramJson"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a unit. `dialect` names the parameter that carried the page's number; "" for the first page."""

    address: str
    number: int
    size: str | None
    dialect: str

    def page(self, wanted: int, size: str, dialect: str) -> str:
        """The address of another page of the same unit."""
        kept = {name: value for name, value in query_of(self.address).items()
                if name not in (PARAMETER, "pageNo", "pageSize")}
        if dialect == PARAMETER:
            kept[PARAMETER] = f'{{"pageNo":{wanted},"pageSize":"{size}"}}'
        else:
            kept |= {"pageNo": str(wanted), "pageSize": size}
        return f"{self.address.partition('?')[0]}?{urlencode(kept)}"


def wrote(page: Page) -> bool:
    """A unit's script tag, or a unit's answer."""
    return UNIT in page.html or UNIT in (page.asked or page.url)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A unit's answer, or the column page that names it."""
    address = page.asked or page.url
    if UNIT in address:
        return _answer(page, _asked(address), earlier)
    asks = [(urljoin(page.url, script.get("url")), _parameters(script.get("querydata")))
            for script in page.tree.xpath(SCRIPTS) if UNIT in script.get("url")]
    lists = [one for one in asks if LIST.search(one[1].get("tagId", ""))] or asks
    if not lists:
        return None
    firsts = [f"{url}?{urlencode(parameters)}" for url, parameters in lists]
    return shell(tuple(firsts), {first: with_query(first, tagId="") for first in firsts})


def _parameters(text: str) -> Mapping[str, str]:
    return {name: one or two or bare for name, one, two, bare in PAIR.findall(text)}


def _asked(address: str) -> Asked:
    query = query_of(address)
    told = json_object(query.get(PARAMETER, "")) or {}
    wanted, size = number(told.get("pageNo")), told.get("pageSize")
    if wanted is not None:
        return Asked(address, wanted, str(size) if size else None, PARAMETER if wanted > 1 else "")
    bare = number(query.get("pageNo"))
    return Asked(address, bare or 1, query.get("pageSize"), "pageNo" if (bare or 1) > 1 else "")


def _answer(page: Page, asked: Asked, earlier: Earlier) -> Listed | None:
    markup = _markup(page.html)
    if markup is None:
        return None
    part = Page(page.url, f"<html><body>{markup}</body></html>")
    entries = tuple(link for link in part.links if link.tag == "a" and not PAGER.match(link.text))
    if asked.number == 1 and not entries:
        return None                   # a wrong tagId is answered so: ask with none
    announced = _announced(part)
    known: frozenset[str] = frozenset().union(*(seen.entries for seen in earlier))
    size = asked.size or _size(part, entries)
    if asked.number > 1 and {link.url for link in entries} <= known:
        # Who answers with nothing has understood, and the list ends here.
        tried = asked.dialect == PARAMETER and not any(_asked(seen.address).dialect for seen in earlier)
        other = tried and bool(entries)
        following = (asked.page(asked.number, size, "pageNo"),) if other else ()
        return Listed(entries, following, announced=announced, duplicate=other, open_ended=announced is None)
    more = announced is None or announced > asked.number
    following = (asked.page(asked.number + 1, size, asked.dialect or PARAMETER),) if more else ()
    return Listed(entries, following, announced=announced, open_ended=announced is None)


def _markup(text: str) -> str | None:
    """The HTML in an answer; None where the answer is none of a unit."""
    answer = json_object(text)
    data = answer.get("data") if answer is not None else None
    found = data.get("html") if isinstance(data, dict) else data if answer is not None else None
    return str(found) if isinstance(found, str) else "" if answer is not None and "success" in answer else None


def _announced(part: Page) -> int | None:
    """The last page that the fragment's controls lead to; None where it has none."""
    pages = [int(value) for value in part.tree.xpath("//@data-page") if str(value).strip().isdigit()]
    return max(pages, default=None)


def _size(part: Page, entries: tuple[Link, ...]) -> str:
    """How many entries the server puts on a page: by its own account, else as many rows as the first one has."""
    told = SIZE.search(part.html)
    rows = part.tree.xpath("//li[.//a[@href]] | //tr[.//a[@href]]")
    inner = [row for row in rows if row.find(".//li") is None and row.find(".//tr") is None]
    return told[1] if told else str(min(len(inner) or len(entries), len(entries)))


FAMILY = Family("jpaas", wrote, read)
