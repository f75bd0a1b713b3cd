"""Does the evidence bear the accusations out? `python -m tests.simulation.checker HOME` reads it again in the volumes.

It shares no code with nianbao: what is accused is what the command prints, where the evidence stands is asked of the
ledger, and everything else is read out of the volumes by other means. Whatever does not bear itself out is refused,
with a sentence.

    missing      the whole listings of two looks, 20 hours apart, after the due date, and no link to it
    late         the date on the page lies after the due date; or such looks, and the page came behind them
    backdated    the page claims a day in time, and two such looks lie before it
    withdrawn    it stood there; two looks without a link to it, or its address answers 404 or 410
    changed      two versions of one report whose words differ
    misfiled     a listing's link names the report, and the page behind it is another one
    others       the record is whole, and of this township's report
"""

import argparse
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.simulation.records import REPORT, YEARS, Evidence, Piece, Record, Refused, plain

APART = timedelta(hours=20)               # two looks nearer to each other are one
ONE_CRAWL = timedelta(hours=6)            # captures nearer to each other are of one look


@dataclass(frozen=True)
class Body:
    """A township as pages name it, and the others of its county."""

    name: str
    others: tuple[str, ...] = ()

    def named(self, text: str) -> bool:
        """Whether a text names this township, and not only one whose name holds this one's."""
        longer = (other for other in self.others if self.name in other and other != self.name)
        for other in sorted(longer, key=len, reverse=True):
            text = text.replace(other, "")
        return self.name in text

    def other(self, text: str) -> bool:
        """Whether a text names another township of the county."""
        return any(Body(one, (*self.others, self.name)).named(text) for one in self.others if one != self.name)

    @property
    def short(self) -> "Body":
        """Without what kind of place it is: 羊山."""
        def cut(name: str) -> str:
            return re.sub(r"(街道办事处|街道|镇|乡|苏木)$", "", name) if len(name) > 2 else name

        return Body(cut(self.name), tuple(cut(one) for one in self.others))


@dataclass(frozen=True)
class Accusation:
    """What is said, of whose report; `code` is a finding's or, of a status, its name."""

    code: str
    body: Body
    county: str
    year: int
    due_local: date | None
    due_outer: date
    confirmed: bool = True
    past: str | None = None
    claimed: date | None = None
    urls: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.county}{self.body.name}/{self.year}"

    @property
    def due(self) -> date:
        return self.due_local or self.due_outer


@dataclass
class Look:
    """The listing pages of one crawl."""

    pages: list[Record] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.pages[0].at

    @property
    def day(self) -> date:
        return self.pages[0].day


class Case:
    """One accusation with its records, sorted: pages of the report, answers that it is gone, listings by look."""

    def __init__(self, told: Accusation, evidence: Evidence) -> None:
        self.told = told
        if not told.evidence:
            raise Refused("it names no evidence")
        found = sorted((evidence.record(one) for one in told.evidence), key=lambda one: one.at)
        own = {plain(url) for url in told.urls}
        answers = [one for one in found if plain(one.url) in own]
        self.gone = [one for one in answers if one.status in (404, 410)]
        self.seen = [one for one in answers if _shown(one) and self._shows_it(one)]
        # Some portals have an address for each report beforehand, and an empty page there.
        self.listings = [one for one in found if not one.picture and one not in self.gone and one not in self.seen]
        self.all = [one for one in found if not one.picture]

    def looks(self) -> list[Look]:
        """The looks, those of one crawl together."""
        looks: list[Look] = []
        for page in self.listings:
            if not looks or page.at - looks[-1].at > ONE_CRAWL:
                looks.append(Look())
            looks[-1].pages.append(page)
        return looks

    def without(self, after: date, need: int, before: datetime | None = None) -> list[Look]:
        """The looks after a day that do not show the report, as many as are needed. Raises Refused."""
        found = [look for look in self.looks() if look.day > after and (before is None or look.at < before)]
        if not found:
            dates = ", ".join(f"{look.at:%Y-%m-%d %H:%MZ}" for look in self.looks()) or "none at all"
            raise Refused(f"no listing was captured after {after} (captured: {dates})")
        for look in found:
            self.shows_no_link(look)
        if need > 1 and found[-1].at - found[0].at < APART:
            raise Refused(f"one look only after {after}, or two that are less than 20 hours apart")
        return found

    def shows_no_link(self, look: Look) -> None:
        """Every page is a listing, the pages are all there are, and none links to the report. Raises Refused."""
        for page in look.pages:
            _is_listing(page)
        self._is_about_it(look)
        _is_whole(look)
        for page in look.pages:
            for title in page.reports:
                if self.names_it(title, own=self._is_own(look)) and not self._leads_elsewhere(page, title):
                    raise Refused(f"the listing {page.url} of {page.at:%Y-%m-%d} does show it: {title}")
            for words, url in page.links():
                if url in {plain(one) for one in self.told.urls}:
                    raise Refused(f"the listing {page.url} of {page.at:%Y-%m-%d} does link to it: {words} {url}")

    def _leads_elsewhere(self, page: Record, title: str) -> bool:
        """Every link with this title leads to a page of the evidence that is another report."""
        behind = {url for words, url in page.links() if title.rstrip("\\") in words}
        others = {plain(one.url) for one in self.all if self.is_another(one)}
        return bool(behind) and behind <= others

    def is_another(self, page: Record) -> bool:
        """By its first title, a page is another township's or another year's report."""
        title = next(iter(page.reports), "")
        wrong_year = str(self.told.year) not in YEARS.findall(title)
        return bool(title) and (wrong_year or (self.told.body.other(title) and not self.names(title)))

    def names(self, title: str) -> bool:
        """Whether a title names the township; the county's name may hold that of its seat."""
        title, body = title.replace(self.told.county, ""), self.told.body
        return body.named(title) or (body.short.named(title) and not body.other(title))

    def mentions(self, text: str) -> bool:
        """Whether a page has the township's name on it."""
        text = text.replace(self.told.county, "")
        return self.told.body.named(text) or self.told.body.short.named(text)

    def names_it(self, title: str, *, own: bool) -> bool:
        """Whether a title is that of the report; in a township's own listing it need not name the township."""
        if str(self.told.year) not in YEARS.findall(title):
            return False
        return self.names(title) or (own and not self.told.body.other(title)
                                     and not re.search(r"局|委员会|县人民政府", title))

    def _is_own(self, look: Look) -> bool:
        return not any(self.told.body.other(title) for page in look.pages for title in page.reports)

    def _is_about_it(self, look: Look) -> None:
        """Its reports would stand there: other reports do, or the page is called so."""
        words = "".join(run for page in look.pages for run in page.runs)
        if not re.search(r"年报|年度报告|信息公开", words):
            raise Refused(f"{look.pages[0].url} is no list of annual reports")
        if self._is_own(look) and not self.mentions(words):
            raise Refused(f"nothing on {look.pages[0].url} says that {self.told.body.name}'s reports would stand there")

    def _shows_it(self, page: Record) -> bool:
        """The page is the report of this township and year; the words of a file are none of this checker's."""
        return not page.text or (str(self.told.year) in page.said and self.mentions(page.said))

    def is_it(self, page: Record) -> None:
        """The page is the report of this township and year. Raises Refused."""
        if not self._shows_it(page):
            raise Refused(f"{page.url} does not name {self.told.body.name} and {self.told.year}")


def _shown(record: Record) -> bool:
    return record.kind == "resource" or record.status == 200


def _is_listing(page: Record) -> None:
    """An answer with links or entries. Raises Refused."""
    if not _shown(page):
        raise Refused(f"{page.url} answered {page.status}: no listing")
    if not page.text:
        raise Refused(f"{page.url} is no text: no listing")
    if not page.reports and not any(words for words, _ in page.links()) and not re.search(r"[\[{]", page.text):
        raise Refused(f"{page.url} shows neither links nor entries: no listing")


def _is_whole(look: Look) -> None:
    """No page says that there are more pages than were captured. Raises Refused."""
    captured = {plain(page.url) for page in look.pages}
    for page in look.pages:
        folder = page.url.rpartition("/")[0]
        beside = [one for one in look.pages if one.url.rpartition("/")[0] == folder]
        for words, url in page.links():
            if re.fullmatch(r"(下一?页|后一?页|下页>?|>|›|»){1,2}", words) and "javascript" not in url and (
                    url not in captured and url.rpartition("/")[0] == plain(folder)):
                raise Refused(f"{page.url} goes on at {url}, which was not captured")
        announced = re.search(r"createPageHTML\(\s*(?:'[^']*'\s*,\s*)?(\d+)\s*,", page.text)
        if announced and int(announced[1]) > len(beside):
            raise Refused(f"{page.url} has {announced[1]} pages, {len(beside)} were captured")


def missing(case: Case) -> None:
    """Not there when it was due."""
    told = case.told
    if case.seen:
        raise Refused(f"its own page {case.seen[0].url} was seen")
    looks = case.without(told.due, 2 if told.confirmed else 1)
    if told.past == "outer" and looks[-1].day <= told.due_outer:
        raise Refused(f"no look after {told.due_outer} says so")


def late(case: Case) -> None:
    """There, but after the due date: by the page's own word, or by looks before it came."""
    told = case.told
    seen = _first_seen(case)
    due = told.due_outer if told.past == "outer" else told.due
    if told.claimed and told.claimed > due:
        _claims(case, told.claimed)
        return
    looks = case.without(due, 2 if told.confirmed else 1, before=seen.at)
    if not looks:
        raise Refused("neither its page's date nor a look says that it came late")


def backdated(case: Case) -> None:
    """It claims a day in time, and two looks after the due date did not show it."""
    told = case.told
    seen = _first_seen(case)
    if told.claimed is None or told.claimed > told.due:
        raise Refused(f"it claims no day in time ({told.claimed})")
    _claims(case, told.claimed)
    case.without(told.due, 2, before=seen.at)


def withdrawn(case: Case) -> None:
    """It stood there, and two looks say that it is gone."""
    told = case.told
    seen = _first_seen(case)
    need = 2 if told.confirmed else 1
    dead = [one for one in case.gone if one.at > seen.at]
    if dead and (need == 1 or dead[-1].at - dead[0].at >= APART):
        return
    looks = [look for look in case.looks() if look.at > seen.at]
    for look in looks:
        case.shows_no_link(look)
    if not looks or (need > 1 and looks[-1].at - looks[0].at < APART):
        raise Refused("less than two looks 20 hours apart without it after it was seen")


def dead_link(case: Case) -> None:
    """The listing shows it, its address answers that it does not exist."""
    need = 2 if case.told.confirmed else 1
    if not case.gone or (need > 1 and case.gone[-1].at - case.gone[0].at < APART):
        raise Refused("its address did not answer 404 or 410 in two looks 20 hours apart")
    own = {plain(url) for url in case.told.urls}
    if not any(url in own or case.names_it(words, own=False) for page in case.listings for words, url in page.links()):
        raise Refused("no listing of the evidence shows it any more")


def changed(case: Case) -> None:
    """Two versions whose words differ in more than blanks."""
    first, last = case.all[0], case.all[-1]
    if first is last or not all(_shown(one) for one in (first, last)):
        raise Refused("two versions are needed")
    case.is_it(first)
    case.is_it(last)
    if (first.said or first.body) == (last.said or last.body):
        raise Refused("the two versions say the same")


def misfiled(case: Case) -> None:
    """A link that names the report, and a page of another one behind it; confirmed, in two looks."""
    shown = [page for page in case.all for words, url in page.links()
             if REPORT.search(words) and case.names_it(words, own=True)
             and any(plain(one.url) == url and case.is_another(one) for one in case.all)]
    if not shown:
        raise Refused("no page of the evidence shows a link that names it and leads to another report")
    if case.told.confirmed and shown[-1].at - shown[0].at < APART:
        raise Refused("one look only shows that link, or two that are less than 20 hours apart")


def dead_file(case: Case) -> None:
    """A file of the report's page that answers 404 or 410."""
    linked = {url for page in case.all for _, url in page.links()}
    if not any(one.status in (404, 410) and plain(one.url) in linked for one in case.all):
        raise Refused("no record shows that the file answered 404 or 410")


def content(case: Case) -> None:
    """Something in the report itself: its record is whole and is this report's."""
    shown = [one for one in case.all if _shown(one)]
    if not shown:
        raise Refused("no record of the report")
    case.is_it(shown[0])


def dated_early(case: Case) -> None:
    """The page claims a day within the year that it reports on, or before."""
    if case.told.claimed is None or case.told.claimed.year > case.told.year:
        raise Refused(f"it claims no day within {case.told.year} ({case.told.claimed})")
    _first_seen(case)
    _claims(case, case.told.claimed)


def _first_seen(case: Case) -> Record:
    if not case.seen:
        raise Refused("no record shows the report itself")
    case.is_it(case.seen[0])
    return case.seen[0]


def _claims(case: Case, day: date) -> None:
    """The day stands in the page's bytes, or beside its link in a listing. Raises Refused."""
    month, number = rf"0?{day.month}", rf"0?{day.day}"
    written = re.compile(rf"{day.year}\s*[-/.年]\s*{month}\s*[-/.月]\s*{number}(?!\d)|{day:%Y%m%d}")
    if not any(written.search(page.text) for page in case.all if page.text):
        pages = ", ".join(page.url for page in case.seen)
        raise Refused(f"the day {day} that it is said to claim stands nowhere in {pages}")


CHECKS = {
    "missing": missing, "late": late, "withdrawn": withdrawn, "T02": late, "T03": late, "T04": missing, "T05": missing,
    "T07": dated_early, "T09": backdated, "T10": changed, "L01": dead_link, "L02": dead_file, "L04": misfiled,
    "L05": withdrawn, "L06": changed,
}


def check(told: Accusation, evidence: Evidence) -> str | None:
    """None where the evidence bears an accusation out, else the sentence that says why not."""
    try:
        CHECKS.get(told.code, content)(Case(told, evidence))
    except Refused as refused:
        return str(refused)
    return None


def accusations(statuses: Sequence[Mapping], findings: Iterable[Mapping]) -> Iterator[Accusation]:
    """What `nianbao status --json` and `nianbao findings --open --json` accuse somebody of."""
    duties = {(row["division_code"], row["report_year"]): row for row in statuses}
    names: dict[str, dict[str, None]] = {}
    for row in statuses:
        names.setdefault(row["county"], {})[row["township"]] = None
    for row in statuses:
        if row["status"] in ("missing", "withdrawn") or (row["status"] == "late" and row["confirmed"]):
            yield _accusation(row["status"], row, names, row)
    for one in findings:
        row = duties.get((one["division_code"], one["report_year"]))
        if row is not None and one["closed"] is None and one["attribution"] == "publisher" and one["confirmed"]:
            yield _accusation(one["code"], row, names, one)


def _accusation(code: str, row: Mapping, names: Mapping[str, Iterable[str]], said: Mapping) -> Accusation:
    day = {key: date.fromisoformat(row[key]) if row[key] else None for key in ("due_local", "due_outer", "claimed_on")}
    others = tuple(name for name in names[row["county"]] if name != row["township"])
    return Accusation(
        code, Body(row["township"], others), row["county_name"], row["report_year"], day["due_local"],
        day["due_outer"], said["confirmed"], row["past"], day["claimed_on"], tuple(row["urls"]),
        tuple(said["evidence"]), said.get("message") or "")


def pieces(home: Path) -> dict[str, Piece]:
    """Where captures stand, as a home's ledger says; all of them, since one may repeat another."""
    with sqlite3.connect(f"file:{home / 'data' / 'ledger.db'}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT id, volume, offset, sha256 FROM captures").fetchall()
    return {name: Piece(name, home / "data" / "warc" / volume, offset, sha256) for name, volume, offset, sha256 in rows}


def explained(home: Path, told: Mapping) -> dict[str, Piece]:
    """Where the captures of one duty stand, as `nianbao explain --json` says."""
    (story,) = printed(home, "explain", told["division_code"], str(told["report_year"]), "--as-of", last_judged(home))
    warc = home / "data" / "warc"
    return {one["id"]: Piece(one["id"], warc / one["volume"], one["offset"], one["sha256"],
                             (warc / one["body_volume"], one["body_offset"])) for one in story["captures"]}


def printed(home: Path, *words: str) -> list[dict]:
    """What a command of nianbao prints as JSON lines."""
    command = [str(Path(sys.executable).with_name("nianbao")), "--home", str(home), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def last_judged(home: Path) -> str:
    """The instant as of which a home was last judged."""
    with sqlite3.connect(f"file:{home / 'data' / 'ledger.db'}?mode=ro", uri=True) as db:
        return db.execute("SELECT max(judged) FROM duties").fetchone()[0]


def checked(home: Path) -> list[tuple[Accusation, str | None]]:
    """Every accusation of a home as it was last judged, with what is to be said against its evidence."""
    statuses = printed(home, "status", "--as-of", last_judged(home))
    evidence = Evidence(pieces(home))
    told = accusations(statuses, printed(home, "findings", "--open"))
    return [(one, check(one, evidence)) for one in told]


def main() -> int:
    """Print what is refused, and how many were checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.checker", description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    found = checked(parser.parse_args().home)
    counted: dict[str, list[int]] = {}
    for one, against in found:
        counted.setdefault(one.code, [0, 0])[against is not None] += 1
        if against:
            print(f"REFUSED {one}: {against}")
    for code, (well, refused) in sorted(counted.items()):
        print(f"{code:10} {well:5} borne out {refused:5} refused")
    return 1 if any(against for _, against in found) else 0


if __name__ == "__main__":
    sys.exit(main())
