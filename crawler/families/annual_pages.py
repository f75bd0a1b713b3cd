"""The annual report pages of Hanweb's disclosure module: one address for each body and report year (pure)."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode, urljoin, urlsplit

from archive.bundles import Outcome
from crawler import articles
from crawler.pages import Page, find_date, squeeze

ANNUAL = re.compile(r"""[^\s"'<>()=]*/xxgkAnnualReport\.jsp""", re.I)
PATH = "/module/xxgk/xxgkAnnualReport.jsp"
NO_YEAR = 1990                        # the regulations are of 2008: what this year shows is the empty shell
LONGEST_TITLE = 120
SUBSTANCE = 100                       # characters that a report says beyond the shell
SECTION = "总体情况"                  # the first of a report's six headings
DATED = re.compile(r"发布(?:时间|日期)|公开日期")


def address_on(page: Page) -> str | None:
    """The address of the annual report page, without its query, where this page names it."""
    match = ANNUAL.search(page.html)
    return urljoin(page.url, match.group()) if match else None


def is_one(url: str) -> bool:
    """The address is that of an annual report page."""
    return urlsplit(url).path.lower().endswith(PATH.rpartition("/")[2].lower())


def address(base: str, area: str, year: int | None = None) -> str:
    """The page of one body's reports, for one report year."""
    page = base if is_one(base) else urljoin(base, PATH)
    query = {"area": area} | ({"fbtime": str(year)} if year is not None else {})
    return f"{page}?{urlencode(query)}"


def shell(page: Page, area: str, names: Iterable[str] = ()) -> str:
    """What an annual report page shows beside the body's own report: text without codes, names and numbers."""
    text = page.text
    for word in (area, *sorted(filter(None, names), key=len, reverse=True)):
        text = text.replace(word, "")
    return re.sub(r"\d+", "#", text)


def outcome(page: Page, area: str, empty: str | None, names: Iterable[str] = ()) -> Outcome:
    """REPORT, EMPTY where the page equals the shell of a year that cannot be, else UNKNOWN.

    Where the shell could not be had (`empty` None), nothing can be told to be empty.
    """
    if empty is not None and shell(page, area, names) == empty:
        return Outcome.EMPTY
    more = len(page.text) > len(empty or "") + SUBSTANCE or bool(articles.files(page))
    return Outcome.REPORT if more and (_dated(page) or SECTION in page.text) else Outcome.UNKNOWN


def _dated(page: Page) -> bool:
    label = DATED.search(page.text)
    return label is not None and find_date(page.text[label.end():][:40])[0] is not None


def title(page: Page) -> str | None:
    """The heading of an annual report page."""
    for element in page.tree.xpath("//h1 | //h2 | //h3 | //*[contains(@class, 'title')] | //strong"):
        text = squeeze(str(element.text_content()))
        if "报告" in text and len(text) < LONGEST_TITLE:
            return text
    return page.metas.get("articletitle")
