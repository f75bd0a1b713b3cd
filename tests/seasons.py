"""Plays crawls of one county into a real ledger: real bundles, ingested and read, and judged. For tests only."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bundles import instant, listing, make_bundle

from archive.bundles import Attachment, Candidate, Look, Outcome, Verdict
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.refresh import refresh
from archive.registry import load
from archive.volumes import Volumes
from monitor import findings, settings, status

COUNTY = "370828"
HOME = "http://www.jinxiang.gov.cn/"
LIST = HOME + "list.html"
NAMES = {"370828101": "羊山镇", "370828102": "胡集镇", "370828103": "霄云镇", "370828104": "鸡黍镇",
         "370828107": "司马镇", "370828109": "马庙镇", "370828110": "化雨镇", "370828111": "卜集镇"}


def page(code, year=2025, on="2026-01-15", figure=27, title=None):
    """A report page with a title, a date line (None: no date) and enough text to be one."""
    name = NAMES[code]
    title = title or f"金乡县{name}{year}年政府信息公开工作年度报告"
    line = f"<p>发布时间：{on}</p>" if on else ""
    return f"""<html><head><title>{title}</title></head><body><h1>{title}</h1>{line}
    <p>本报告由金乡县{name}人民政府编制，统计期限自{year}年1月1日起至{year}年12月31日止。</p>
    <h2>一、总体情况</h2><p>{year}年，{name}主动公开政府信息{figure}条，未收到依申请公开的申请。</p>
    <h2>五、存在的主要问题及改进情况</h2><p>存在公开内容不够丰富的问题，下一步将继续改进。</p>
    <h2>六、其他需要报告的事项</h2><p>无。</p></body></html>""".encode()


@dataclass(frozen=True)
class Shown:
    """One address as a crawl met it; `files` are attachments by URL with their outcome."""

    url: str
    body: bytes | None = None
    outcome: Outcome = Outcome.REPORT
    listed: bool = True
    title: str | None = None
    code: str | None = None
    year: int | None = None
    files: dict = field(default_factory=dict)


def shown(code, *, year=2025, path=None, **fields):
    """A township's report as its page shows it."""
    return Shown(HOME + (path or f"{code}-{year}.html"), page(code, year, **fields))


def again(code, outcome=Outcome.HELD, *, year=2025, listed=True):
    """The same address in a later crawl, without a body."""
    return Shown(HOME + f"{code}-{year}.html", None, outcome, listed)


class Season:
    """A home whose one county is crawled by hand; `codes` are the townships that its looks are about."""

    def __init__(self, root: Path, codes=tuple(NAMES), *, since=2025, config=""):
        self.home = Home(root)
        self.home.make()
        (self.home.portals / "jinxiang.toml").write_text(f'code = "{COUNTY}"\nhome = "{HOME}"\nsince = {since}\n')
        self.home.config.write_text(f'counties = ["{COUNTY}"]\n{config}')
        self.settings = settings.load(self.home.config, {})
        self.registry = load(self.home.portals)
        self.db = open_ledger(self.home)
        self.volumes = Volumes(self.home.warc)
        self.codes = codes
        self.count = 0

    def crawl(self, at, *items, verdict=Verdict.COMPLETE, reason=None, complete=True, years=(2025,)):
        """One crawl at `at` that met `items`; what is blocked gives looks that are not complete."""
        pages = {item.url: item.body for item in items if item.body is not None}
        if complete:
            pages[LIST] = b"<html><body>list</body></html>"
        looks = [Look(code, year, complete, reason, (LIST,)) for code in self.codes for year in years]
        candidates = [
            Candidate(item.url, item.title, item.outcome, None, LIST, listed=item.listed, division_code=item.code,
                      report_year=item.year,
                      attachments=tuple(Attachment(url, None, outcome, None) for url, outcome in item.files.items()))
            for item in items
        ]
        self.count += 1
        folder = make_bundle(self.home.incoming, COUNTY, at, pages, [listing(LIST)] if complete else [], looks,
                             candidates, verdict, reason=reason, seed=str(self.count))
        ingest(self.db, self.volumes, folder, now=instant(at))
        refresh(self.db, self.volumes, self.registry)

    def down(self, at, reason="http status 503"):
        """A crawl that met nothing but errors."""
        self.crawl(at, verdict=Verdict.UNREACHABLE, reason=reason, complete=False)

    def judged(self, at, year=2025):
        """Judge at `at`, open and close findings; the statuses by township code."""
        as_of = at if isinstance(at, datetime) else instant(at)
        judgements = status.judge_all(self.db, self.registry, self.settings, as_of=as_of)
        findings.update(self.db, judgements, as_of=as_of)
        return {one.duty.township: one for one in judgements
                if one.duty.report_year == year and one.duty.township in self.codes}

    def open(self):
        """Codes of the open findings on dates and links by township code (None: the county's).

        That the season looks for some of the county's townships alone is left out.
        """
        found = {}
        for row in findings.rows(self.db, only_open=True):
            unlooked = row["division_code"] is None and "还没有任何一次采集" in row["message"]
            if row["division_code"] in (None, *self.codes) and row["code"][0] in "TL" and not unlooked:
                found.setdefault(row["division_code"], set()).add(row["code"])
        return found
