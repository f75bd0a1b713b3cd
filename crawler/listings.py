"""What a listing page offers: which of its entries may be reports, and what kind of column it is (pure)."""

import re
from collections.abc import Iterable

from archive.bundles import Offer
from archive.divisions import Township
from archive.registry import Portal
from crawler.pages import Link, Page

BLANK = re.compile(r"[\s\u3000\xa0]+")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")

# Generous on purpose: decoys are fetched too, the parser decides whose report it is.
REPORT = re.compile(
    r"(?:信息公开|政务公开|信息工开).{0,12}(?:年度|年报|报告)|(?:年度|年).{0,6}报告.{0,8}信息公开|公开年报"
)
IN_COLUMN = re.compile(r"年报|年度.*报告|工作报告|信息公开.*报告")   # what is enough inside a column of such reports
COLUMN = re.compile(r"(?:信息公开|政务公开|公开)(?:工作)?(?:年度报告|年报|年度工作报告|工作年度报告)|年度报告|年报")
ONLY_YEAR = re.compile(r"(?:19|20)\d\d年?度?(?:年报)?")
TURN = re.compile(r"\d+|[上下首尾末]一?页|[<>»«]+")
PAGER = re.compile(rf"{TURN.pattern}|更多.*|.?")
NOT_COLUMN = re.compile(r"法治|统计|预算|决算|财政|审计|解读")
BODY = re.compile(
    r"局|委员会|委办|中心|医院|学校|法院|检察院|公司|政府办|[县区市]人民政府|银行|大队|联合会|总工会")
TOWN = re.compile(r"[镇乡]|街道|苏木|办事处")


def offers(entries: Iterable[Link], *, in_column: bool, named: bool = False) -> tuple[Offer, ...]:
    """The entries that may be reports, each address once, in order.

    In a column that calls itself one of annual reports (`named`) that is every entry with a day or a year: titles are
    cut off, misspelt or mere names of townships.
    """
    pattern = IN_COLUMN if in_column else REPORT
    found: dict[str, Offer] = {}
    for link in entries:
        name = BLANK.sub("", link.name)
        if pattern.search(name) or REPORT.search(name) or _nameless(link) or (named and _dated(link, name)):
            found.setdefault(link.url, Offer(link.url, link.name, link.on, link.raw_date))
    return tuple(found.values())


def years(title: str) -> tuple[int, ...]:
    """The years that a title names."""
    return tuple(dict.fromkeys(int(year) for year in YEAR.findall(BLANK.sub("", title))))


def other_body(title: str, county: str) -> bool:
    """The title names a department or the county itself, and no township. The county's name may hold 乡 or 镇."""
    rest = title.replace(county, "县").replace(county[:-1], "")
    return bool(BODY.search(rest)) and not TOWN.search(rest)


def column_name(page: Page) -> str:
    """What a column page calls itself, strongest place first; nothing for an article."""
    metas = page.metas
    if metas.get("articletitle"):
        return ""
    last = re.split(r"[>》»/]", page.breadcrumb)[-1].strip()
    return " | ".join(filter(None, (metas.get("columnname"), metas.get("columntype"), last, page.title)))


def is_report_column(page: Page) -> bool:
    """The page says of itself that annual reports on disclosure stand here."""
    name = BLANK.sub("", column_name(page))
    return bool(COLUMN.search(name)) and not NOT_COLUMN.search(page.metas.get("columnname") or name)


def names_reports(name: str) -> bool:
    """The name is one of a column of such reports."""
    plain = BLANK.sub("", name)
    return bool(COLUMN.search(plain)) and not NOT_COLUMN.search(plain)


def named(text: str, portal: Portal) -> Township | None:
    """The one township that a text names; None for none or several."""
    found = portal.mentioned(text)
    return found[0] if len(found) == 1 else None


def speaker(page: Page, portal: Portal) -> Township | None:
    """The township that a page's own words name as whose column it is, the strongest place first."""
    metas = page.metas
    places = (metas.get("columnname", ""), metas.get("sitename", ""), page.title, page.breadcrumb)
    return next((unit for place in places if (unit := named(place, portal)) is not None), None)


def _nameless(link: Link) -> bool:
    return not link.name and link.tag == "a" and link.on is not None


def _dated(link: Link, name: str) -> bool:
    plain = YEAR.search(name) and not ONLY_YEAR.fullmatch(name)
    return link.tag == "a" and bool(link.on or plain) and not PAGER.fullmatch(name)
