"""The articles of a site: townships' and other bodies' reports, what merely looks like one, ordinary notices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from archive.clock import SHANGHAI, local_day
from crawler.replicas import paper_html, prose
from crawler.replicas.figures import figures
from crawler.replicas.pages import paragraphs
from crawler.replicas.places import County, Issuer, Place, seeded, token
from crawler.replicas.sites.model import Paper

YEARS = (2023, 2024, 2025)
SWITCHES: Mapping[str, str] = {
    "missing": "The newest report of one township is not published.",
    "title_wording": "Titles say 政务信息公开工作报告, 信息公开工作年度报告 or 政府信息公开年度报告.",
    "title_year_twice": "Titles name their year twice.",
    "title_year_missing": "Titles name no year.",
    "title_spaced": "Titles have blanks between the digits of the year and round names.",
    "title_break": "Titles have line breaks in them.",
    "title_short": "Titles name no township, as a township's own list writes them.",
    "pasted": "One report's text carries a paragraph of another county's report.",
    "misprinted": "One report's period is misprinted (20251月1日).",
    "rare": "Reports name people with characters that GB 2312 lacks.",
    "late": "One township's newest report is dated 20 February, after the due date.",
    "undated": "One township's newest report shows the year 1970 as its date, as an import leaves it.",
    "corrected": "From the day that the value names one township's newest report has another text at the same address.",
}
_RARE = "<p>（联系人：朱镕、陶喆、李堃；审核：王珺、张淏）</p>"
_WORDINGS = ("{full}{year}年政务信息公开工作报告", "{full}{year}年度信息公开工作年度报告",
             "{year}年{full}政府信息公开年度报告")


def _spaced(title: str, year: int) -> str:
    return title.replace(str(year), f" {' '.join(str(year))} ").replace("年度", "年 度")


# How a switch rewrites an ordinary title.
_TITLES: Mapping[str, Callable[[str, Issuer, int], str]] = {
    "title_wording": lambda _title, issuer, year: _WORDINGS[year % 3].format(full=issuer.full, year=year),
    "title_year_twice": lambda title, _issuer, year: f"{year}年{title}",
    "title_year_missing": lambda title, _issuer, year: title.replace(f"{year}年", ""),
    "title_spaced": lambda title, _issuer, year: _spaced(title, year),
    "title_break": lambda title, _issuer, year: title.replace(f"{year}年", f"\r\n{year}年\n"),
    "title_short": lambda _title, _issuer, year: f"{year}年政府信息公开工作年度报告",
}


@dataclass(frozen=True)
class Maker:
    """Makes the articles of one site as they stand on a day.

    `missing` is what is really not published, `chosen` the township whose newest report other switches single out.
    """

    county: County
    switches: Mapping[str, str]
    chosen: Place
    seed: int
    years: tuple[int, ...]
    day: date
    missing: tuple[str, int] | None = None

    def number(self, *parts: object) -> int:
        """A number of seven digits that depends on nothing but the county, the seed and the parts."""
        return 1_000_000 + int(token(12, self.county.code, self.seed, *parts), 16) % 8_999_999

    def report(self, place: Place, year: int) -> Paper | None:
        """A township's report; None where it is not published, or not yet."""
        if (place.code, year) == self.missing:
            return None
        appears = self._appears(place, year)
        if local_day(appears) > self.day:
            return None
        title = prose.title_of(self.county.issuer(place), year)
        for switch in _TITLES.keys() & self.switches.keys():
            title = _TITLES[switch](title, self.county.issuer(place), year)
        claimed = date(1970, 1, 1) if "undated" in self.switches and self.is_chosen(place, year) else local_day(appears)
        return Paper(self.number("report", place.code, year), title, appears, claimed, self._inner(place, year), place,
                     year)

    def reports(self, place: Place) -> list[Paper]:
        """Every report of a township that stands there."""
        return [paper for year in self.years if (paper := self.report(place, year)) is not None]

    def body(self, name: str, year: int) -> Paper:
        """The report of the county itself (人民政府) or of one of its departments (财政局)."""
        issuer = self.county.department(name)
        appears = self._moment(year + 1, 1, "body", name, year)
        return Paper(self.number("body", name, year), prose.title_of(issuer, year), appears, local_day(appears),
                     department_inner(issuer, year))

    def explained(self, place: Place, year: int, kind: str) -> Paper:
        """A picture story or a reading aid about a report (图解, 解读): not the report."""
        title = f"【{kind}】{self.county.name}{place.body}{year}年政府信息公开工作年度报告"
        lines = ("为方便群众了解年度报告的内容，现将有关情况作图文说明。",
                 "年度报告是行政机关每年向社会说明信息公开工作情况的文书，全文可在本栏目查看。")
        return self.notice(title, year + 1, 1, lines, kind, place.code, year)

    def notice(self, title: str, year: int, month: int, lines: tuple[str, ...], *key: object) -> Paper:
        """An ordinary article."""
        appears = self._moment(year, month, title, *key)
        return Paper(self.number("notice", title, *key), title, appears, local_day(appears), paragraphs(lines))

    def is_chosen(self, place: Place | None, year: int | None) -> bool:
        """Whether this is the report that switches single out."""
        return place == self.chosen and year == max(self.years)

    def _appears(self, place: Place, year: int) -> datetime:
        if "late" in self.switches and self.is_chosen(place, year):
            return datetime(year + 1, 2, 20, 9, 30, tzinfo=SHANGHAI)
        return self._moment(year + 1, 1, place.code, year)

    def _moment(self, year: int, month: int, *key: object) -> datetime:
        chance = seeded(self.county.code, self.seed, *key)
        start = datetime(year, month, chance.randint(4, 27), 8, 30, tzinfo=SHANGHAI)
        return start + timedelta(minutes=chance.randint(0, 540))

    def _inner(self, place: Place, year: int) -> str:
        inner = township_inner(self.county, place, year)
        if "rare" in self.switches:
            inner += _RARE
        if not self.is_chosen(place, year):
            return inner
        if "misprinted" in self.switches:
            inner = inner.replace(f"{year}年1月1日起", f"{year}1月1日起")
        if "pasted" in self.switches:
            inner += "<p>2019年，邻县某镇人民政府主动公开政府信息88条，未收到政府信息公开申请。</p>"
        if "corrected" in self.switches and self.day.isoformat() >= self.switches["corrected"]:
            inner += "<p>（本报告已更正：公开电话有变化，以本页为准。）</p>"
        return inner


@lru_cache(maxsize=4096)
def township_paper(county: County, place: Place, year: int) -> prose.Paper:
    """A township's report before it takes a form."""
    return prose.compose(county.issuer(place), year, figures(place.code, year))


@lru_cache(maxsize=4096)
def township_inner(county: County, place: Place, year: int) -> str:
    """A township's report as a page's inner HTML."""
    return paper_html.body(township_paper(county, place, year))


@lru_cache(maxsize=1024)
def department_inner(issuer: Issuer, year: int) -> str:
    """The report of a body that is no township as a page's inner HTML."""
    return paper_html.body(prose.compose(issuer, year, figures(issuer.key, year)))
