"""What a person captured in an ordinary browser: crawled from the files as a portal is crawled, then taken in."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive import bundles, divisions
from archive.bundles import Crawl, Outcome
from archive.errors import NoPortal
from archive.files import write_whole
from archive.known import known
from archive.registry import Portal, read
from monitor import crawls, run
from monitor.errors import MonitorError
from monitor.run import Done, Progress
from monitor.work import Work

MOST_TOLD = 20                        # addresses that were not captured


class NotTaken(MonitorError):
    """Captures that could not be taken in."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What came of captures: `missing` are addresses that the crawl would have needed and did not find in them."""

    done: Done
    verdict: str
    reason: str | None
    missing: tuple[str, ...]
    looks: tuple[tuple[int, int, int], ...]       # report year, townships looked at completely, townships in all


def hand_in(db: Database, work: Work, portal: Portal, captures: crawls.Captures, progress: Progress) -> HandedIn:
    """Crawl a portal from captures, take the bundle in and read it. Raises NotTaken where the files cannot be used."""
    told = known(db, portal, now=work.now, contact=work.settings.contact)
    ended = crawls.crawl(work, [told], progress.crawl, captures)[0]
    if ended["event"] == "died":
        raise NotTaken(ended["reason"].removeprefix("Error: "))
    folder = Path(ended["bundle"])
    crawl = bundles.read_crawl(folder / bundles.CRAWL_NAME)
    done = Done(crawled=[ended])
    run.take_in(db, work, [folder], done, progress)
    if not done.refused:
        shutil.rmtree(folder)
    return HandedIn(done, crawl.verdict, crawl.reason, tuple(dict.fromkeys(_missing(crawl))), tuple(_looks(crawl)))


def portal_of(work: Work, county: str, home_page: str | None) -> Portal:
    """A county's portal; where it has no entry, one is made for its home page. Raises BadDivision, NotTaken."""
    try:
        found = work.registry.resolve(county)
    except NoPortal:
        if home_page is None:
            raise NotTaken(f"{county} has no registry entry; say where its portal stands with --home-page URL "
                           f"(it is then kept in {work.home.portals})") from None
        return _entered(work, county, home_page)
    if home_page is not None and not found.owns(home_page):
        raise NotTaken(f"{found.name} has a registry entry, and {home_page} is on none of its hosts; "
                       f"add the host to {found.path}, or leave --home-page away")
    return found


def _entered(work: Work, county: str, home_page: str) -> Portal:
    code = divisions.find_county(county).code
    path = work.home.portals / f"{_slug(home_page) or code}.toml"
    if path.exists():
        path = path.with_stem(f"{path.stem}-{code}")
    if path.exists():
        raise NotTaken(f"{path} is there already, and is no entry of {county}; look into it")
    work.home.portals.mkdir(parents=True, exist_ok=True)
    write_whole(path, f'code = "{code}"\nhome = "{home_page}"\n'.encode())
    try:
        return read(path)
    except BaseException:
        path.unlink()
        raise


def _slug(home_page: str) -> str:
    """What a county calls itself in its portal's name: `www.jinxiang.gov.cn` → `jinxiang`."""
    host = urlsplit(home_page).hostname or ""
    label = host.removeprefix("www.").partition(".")[0]
    return label if label.isascii() and label.replace("-", "").isalnum() and not label.isdigit() else ""


def _missing(crawl: Crawl) -> Iterator[str]:
    for listing in crawl.listings:
        yield from (page.url for page in listing.pages if page.outcome is Outcome.NOT_CAPTURED)
    for candidate in crawl.candidates:
        if candidate.outcome is Outcome.NOT_CAPTURED:
            yield candidate.url
        yield from (file.url for file in candidate.attachments if file.outcome is Outcome.NOT_CAPTURED)


def _looks(crawl: Crawl) -> Iterator[tuple[int, int, int]]:
    years: dict[int, list[bool]] = {}
    for look in crawl.looks:
        years.setdefault(look.report_year, []).append(look.complete)
    return ((year, sum(complete), len(complete)) for year, complete in sorted(years.items()))


def lines(one: HandedIn) -> Sequence[str]:
    """What to tell the person: what was seen, and what to capture besides."""
    told = [f"{one.verdict}: {one.reason}" if one.reason else one.verdict]
    told += [f"report year {year}: {complete} of {total} townships looked at completely"
             for year, complete, total in one.looks]
    if one.missing:
        told.append(f"{len(one.missing)} addresses were needed and are not in the capture; visit them and hand in "
                    "the new file together with this one:")
        told += [f"  {url}" for url in one.missing[:MOST_TOLD]]
    return told
