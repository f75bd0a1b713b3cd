"""What a document is: whose report of which year, published when; or no report at all."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

from archive import divisions
from archive.divisions import County
from archive.documents.model import Document, Grid, Paragraph
from archive.report import titles
from archive.report.authors import issuer_line, preamble_name, towns_above, towns_named
from archive.report.dates import read_period, read_published
from archive.report.issuers import Issuer, county_in, fullest, read_issuer
from archive.report.model import Identity, Kind
from archive.report.narrative import preamble
from archive.report.prose import Prose, read_prose, squash
from archive.report.sections import Section
from archive.report.titles import Titles

_PARTS = 4                             # of the six: so many headings make a report even under an odd title
_LISTED = 3                            # so many titles of reports make a list, where nothing else stands on the page
_MIN_YEAR, _MAX_YEAR = 2007, 2099
_YEAR = re.compile(r"(?<![\d〔\[(第])(20\d\d)年(?!第|\d{1,2}月\d{1,2}日)")
_OWN_YEAR = re.compile(r"(?<![至到])(20\d\d)年度?,?(?:我|全|本|镇|乡|街道)(?![^。;\n]{0,20}(?:将|计划|拟))")
_STALE = re.compile(r"(?:比|较|同|自|从|上|至|-)$")

Reading = tuple[Kind, Identity, tuple[str, ...]]


def read_identity(document: Document, sections: Sequence[Section], *, url: str | None, county: str | None) -> Reading:
    """Kind, identity and doubts. `county` is the code of the county whose portal the document comes from."""
    found = titles.read_titles(document, sections)
    proses = [read_prose(section.blocks) for section in sections]
    home = _home(county)
    site = "\n".join(content for name, content in document.metas if name == "sitename")
    context = f"{_context(proses, sections)}\n{document.title or ''}\n{site}"
    issuer, title = _issuer(found, context, sections, proses, home)
    kind = _kind(document, found, sections, issuer, title)
    if kind == "not_a_report":
        return kind, _look_alike(document, sections, found, title), ()
    doubts: list[str] = []
    identity = _identity(document, sections, proses, issuer, title, url)
    if home and issuer and issuer.county and issuer.county.code != home.code:
        doubts.append(f"the document names {issuer.county.name}, the portal is {home.name}'s")
    if identity.township and not identity.division_code:
        doubts.append(f"{identity.township} is not in the division table")
    return kind, identity, tuple(doubts)


def _home(county: str | None) -> County | None:
    return divisions.county(county) if county else None


# Which title, whose

def _issuer(
    found: Titles, context: str, sections: Sequence[Section], proses: Sequence[Prose], home: County | None,
) -> tuple[Issuer | None, str | None]:
    """The body that the fullest title names, else the one of the page's issuer line or of the preamble."""
    title = _title(found)
    part = titles.issuer_part(title) if title else ""
    lines = _head_lines(sections)
    if part and not _names_nobody(part):
        return read_issuer(part, _local(part, context, home)), title
    line = issuer_line(lines)
    posted = read_issuer(line, _local(line, context, home)) if line else None
    if posted is None or posted.kind != "township_report":
        posted = _town(towns_named(_said(sections, proses)), context, home) \
            or _town(towns_above(lines), context, home) or posted
    told = preamble_name(context) if posted is None else None
    return (read_issuer(told, _local(told, context, home)) if told else posted), title


def _said(sections: Sequence[Section], proses: Sequence[Prose]) -> str:
    """Where authors are named: the opening and the last part, and each of their lines for itself (a signature)."""
    ends = (0, len(sections) - 1)
    lines = [squash(block.text) for end in ends for block in sections[end].blocks if isinstance(block, Paragraph)]
    return "\n".join([*(proses[end].text for end in ends), *lines])


def _town(names: Iterable[str], context: str, home: County | None) -> Issuer | None:
    """The one township of the table that all these names mean, under the longest of them."""
    found = [read_issuer(name, _local(name, context, home)) for name in names]
    known = [issuer for issuer in found if issuer.kind == "township_report" and issuer.unit]
    units = {issuer.unit for issuer in known}
    return max(known, key=lambda issuer: len(issuer.name)) if len(units) == 1 else None


def _title(found: Titles) -> str | None:
    """The title with the longest name of a body among those that agree with the first one on the year."""
    named = [title for title in found.inner if titles.likeness(title) in ("report", "letter")]
    if not named:
        return found.page[0] if found.page else None
    year = next((titles.title_year(title) for title in named if titles.title_year(title)), None)
    agreeing = [title for title in named if titles.title_year(title) in (year, None)]
    first = titles.issuer_part(agreeing[0])
    same = [title for title in agreeing if _same_body(titles.issuer_part(title), first)]
    return max(same, key=lambda title: (titles.title_year(title) is not None, len(titles.issuer_part(title))))


def _same_body(one: str, other: str) -> bool:
    """Whether two printed names can be the same body's: one is in the other, or one is empty."""
    one, other = (re.sub(r"人民政府|政府|办事处", "", name) for name in (one, other))
    return one in other or other in one


def _context(proses: Sequence[Prose], sections: Sequence[Section]) -> str:
    """Everything printed, the tables of the page's head included, as one text."""
    return titles.simplified("\n".join([*(prose.text for prose in proses), *_head_lines(sections)]))


def _head_lines(sections: Sequence[Section]) -> list[str]:
    """The lines and cells before the first part, each for itself."""
    head = [block for section in sections if section.key == "s0" for block in section.blocks]
    texts = [[block.text] if isinstance(block, Paragraph) else [cell.text for cell in block.cells]
             for block in head if isinstance(block, Paragraph | Grid)]
    return [titles.simplified(squash(text)) for group in texts for text in group]


def _local(name: str, context: str, home: County | None) -> County | None:
    """The county of a body: named with it, the portal's own, or the only one in the text that has such a township."""
    simple = titles.simplified(name)
    named = county_in(simple)
    if named or home:
        return named or home
    mentioned = divisions.mentioned_counties(context)
    having = {one for one in mentioned if divisions.mentioned_townships(simple, one.code)}
    return having.pop() if len(having) == 1 else None


def _names_nobody(part: str) -> bool:
    """What a template leaves in the place of a name, or 本单位."""
    return bool(re.fullmatch(r"本(?:级|部门|单位|机关)?|.*(?:[X×✕□○_]{2}|(?:单位|机关|具体)名称).*", part))


# Which kind

def _kind(
    document: Document, found: Titles, sections: Sequence[Section], issuer: Issuer | None, title: str | None,
) -> Kind:
    parts = len({section.key for section in sections} - {"s0"})
    shown = found.own or title
    own = titles.likeness(shown) if shown else "other"
    if parts < _PARTS and (own == "look-alike" or _is_list(document, found)):
        return "not_a_report"
    if own == "look-alike" and shown is not None and re.search("报告|年报", shown):
        return "not_a_report"
    if issuer is None:
        dated = title is not None and titles.title_year(title) is not None
        return "other_report" if parts >= _PARTS and (dated or _has_figures(document)) else "not_a_report"
    reports = title is not None and titles.likeness(title) == "report" and titles.says_whose(title)
    # under the title of another article, that of a report is only a link
    silent = own == "other" and shown is not None and titles.is_site_name(shown)
    if parts >= _PARTS or (reports and (own == "report" or silent)):
        return issuer.kind
    # a letter with which a city or a province sends its report: nobody's duty hangs on it
    sent = own == "letter" and issuer.kind == "other_report" and _reports_year(title)
    return "other_report" if sent else "not_a_report"


def _reports_year(title: str | None) -> bool:
    """Whether a title names a year and speaks of an annual report."""
    return bool(title and titles.title_year(title) and "年度报告" in title)


def _is_list(document: Document, found: Titles) -> bool:
    """Whether a page only names reports. One that is called a report of a year itself has links to others."""
    if document.title and titles.likeness(found.page[0]) == "report" and titles.title_year(found.page[0]):
        return False
    return len({(titles.issuer_part(title), titles.title_year(title)) for title in found.inner}) >= _LISTED


def _has_figures(document: Document) -> bool:
    grids = (block for block in document.blocks if isinstance(block, Grid))
    return any(cell.text.strip().isdigit() for grid in grids for cell in grid.cells)


# The identity itself

def _identity(
    document: Document, sections: Sequence[Section], proses: Sequence[Prose], issuer: Issuer | None, title: str | None,
    url: str | None,
) -> Identity:
    text = [prose.text for prose in proses]
    published = read_published(document, sections, title)
    period = read_period(*text)
    year = ((titles.title_year(title) if title else None)
            or _body_year(_opening(sections, proses, title)) or _asked_year(url))
    name = _full_name(issuer, title, text) if issuer else None
    return Identity(
        title=title if title and titles.is_report_title(title) else None,
        issuer=name,
        county=issuer.county.name if issuer and issuer.county else None,
        township=issuer.township if issuer else None,
        division_code=issuer.unit.code if issuer and issuer.unit else None,
        report_year=year,
        period_start=period.start,
        period_end=period.end,
        published_on=published.on,
        published_from=published.source,
    )


def _look_alike(document: Document, sections: Sequence[Section], found: Titles, title: str | None) -> Identity:
    """What can be said of a page that is no report: its title, its day and which year it speaks of."""
    shown = found.own or title
    published = read_published(document, sections, shown)
    return Identity(title=shown, published_on=published.on, published_from=published.source,
                    report_year=titles.title_year(shown) if shown else None)


def _full_name(issuer: Issuer, title: str | None, text: Sequence[str]) -> str:
    if issuer.township is None:
        return issuer.name
    whole = fullest(issuer.township, issuer.county,
                    [titles.simplified(titles.issuer_part(title or "")), *map(titles.simplified, text)])
    return whole or issuer.name


def _opening(sections: Sequence[Section], proses: Sequence[Prose], title: str | None) -> str:
    """What a report says of itself: below its title and in its first part. What follows speaks of plans as well."""
    return "\n".join(preamble(prose.text, title) if section.key == "s0" else prose.text
                     for section, prose in zip(sections, proses, strict=True) if section.key in ("s0", "s1"))


def _body_year(text: str) -> int | None:
    """The year of the statistical period or of what 我镇 did, else the one named clearly more often than others."""
    period = read_period(text)
    covered = int(period.start[:4]) if period.start and period.end and period.start[:4] == period.end[:4] else None
    own = {int(match[1]) for match in _OWN_YEAR.finditer(text)}
    ranked = _years(text).most_common(2)
    if covered is not None:
        said = own or {year for year, _ in ranked[:1]}
        return covered if not said or covered in said else None
    if len(own) == 1:
        return own.pop()
    if own or not ranked or (len(ranked) > 1 and ranked[0][1] < 2 * ranked[1][1]):
        return None
    return ranked[0][0] if ranked[0][1] > 1 else None


def _years(text: str) -> Counter[int]:
    return Counter(year for match in _YEAR.finditer(text)
                   if not _STALE.search(text[:match.start()]) and _MIN_YEAR <= (year := int(match[1])) <= _MAX_YEAR)


def _asked_year(url: str | None) -> int | None:
    """The report year that the portal's own parameter asks for."""
    value = parse_qs(urlsplit(url).query).get("fbtime", [""])[0] if url else ""
    return int(value) if re.fullmatch(r"20\d\d", value) else None
