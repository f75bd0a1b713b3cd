"""Whole crawls in a child process, against the replicas on loopback."""

import dataclasses
import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive import bundles, divisions
from archive.bundles import Held, Known, Outcome, Verdict
from archive.clock import iso, parse_instant
from crawler.pages import identity
from crawler.replicas import client, faults
from crawler.replicas.truth import stories
from crawler.settings import CRAWLER

pytestmark = pytest.mark.slow

DAY = parse_instant("2026-02-16T01:00:00Z")
YEARS = (2021, 2022, 2023, 2024, 2025)
COUNTIES = ("370828", "371521", "411526")


@dataclasses.dataclass
class Ground:
    """The replicas that run for this module, and where crawls put their bundles."""

    folder: Path
    clock: Path
    control: Path

    def command(self, *counties, known, out, timeout=20.0, script=None):
        program = ["-c", script] if script else ["-m", "crawler"]
        return [sys.executable, *program, *counties, "--portals", str(self.folder / "portals"),
                "--known", str(known), "--out", str(out), "--timeout", str(timeout)]

    def crawl(self, *counties, known=None, out=None, at=DAY, timeout=20.0, script=None):
        """Crawl, and give {county: (bundle folder, its crawl.json)}. `script` runs instead of `-m crawler`."""
        out = out or self.folder / f"out-{random.getrandbits(40):x}"
        known = known or self.first()
        client.set_clock(self.clock, at)
        ended = subprocess.run(self.command(*counties, known=known, out=out, timeout=timeout, script=script),
                               env=os.environ | {"NIANBAO_NOW": iso(at)}, capture_output=True, text=True, timeout=280,
                               check=False)
        assert ended.returncode == 0, ended.stderr
        events = [json.loads(line) for line in ended.stdout.splitlines()]
        paths = {event["county"]: Path(event["bundle"]) for event in events if event["event"] == "bundle"}
        return {county: (path, bundles.read_crawl(path / bundles.CRAWL_NAME)) for county, path in paths.items()}

    def first(self):
        """What a first crawl is told."""
        folder = self.folder / "first"
        folder.mkdir(exist_ok=True)
        for county in COUNTIES:
            known = Known(county, YEARS, delay_seconds=0.0, allow_private_addresses=True)
            bundles.write(folder / f"{county}.json", known)
        return folder


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ground")
    found = Ground(folder, folder / "clock", folder / "faults.json")
    client.set_clock(found.clock, DAY)
    with client.running(found.clock, control=found.control) as homes:
        client.write_portals(folder / "portals", homes)
        yield found


@pytest.fixture(scope="module")
def crawled(ground):
    return ground.crawl(*COUNTIES)


@pytest.fixture
def fault(ground):
    yield lambda what: faults.write(ground.control, what)
    faults.write(ground.control, {})


def records(path):
    """Every record of a bundle: (headers as a dict, HTTP headers, body as stored)."""
    with (path / bundles.WARC_NAME).open("rb") as file:
        for record in ArchiveIterator(file):
            body = record.raw_stream.read()
            yield dict(record.rec_headers.headers), record.http_headers, body


def answers(path):
    """{record id: (SHA-256 of the decoded body, ETag, Last-Modified)} of what brought a body."""
    found = {}
    for headers, http, body in records(path):
        if headers["WARC-Type"] in ("response", "resource"):
            packed = http is not None and http.get_header("Content-Encoding") == "gzip"
            sha256 = hashlib.sha256(gzip.decompress(body) if packed else body).hexdigest()
            fields = [http.get_header(name) if http else None for name in ("ETag", "Last-Modified")]
            found[headers["WARC-Record-ID"]] = (sha256, *fields)
    return found


def known_after(path, crawl, *, due=frozenset()):
    """What the archive would tell the next crawl; `due` are report addresses to ask for again."""
    bodies, held = answers(path), {}

    def keep(url, role, record, **more):
        if record in bodies:
            sha256, etag, modified = bodies[record]
            held[identity(url)] = Held(url, role, sha256, crawl.ended, etag, modified, record=record, **more)

    for listing in crawl.listings:
        for page in listing.pages:
            if not listing.family.startswith("hanweb-annual"):
                keep(page.url, "listing", page.record, offers=page.offers, next=page.next)
    for one in crawl.candidates:
        keep(one.url, "report", one.record, due=one.url in due, title=one.title, division_code=one.division_code,
             report_year=one.report_year, listing=one.listing, claims=one.claims,
             attachments=tuple(file.url for file in one.attachments))
        for file in one.attachments:
            keep(file.url, "file", file.record)
    listings = tuple(dataclasses.replace(listing, pages=()) for listing in crawl.listings)
    return Known(crawl.county, YEARS, crawler=CRAWLER, delay_seconds=0.0, allow_private_addresses=True,
                 discovered=crawl.started, listings=listings, held=tuple(held.values()))


def asked(path):
    return [headers["WARC-Target-URI"] for headers, _, _ in records(path) if headers["WARC-Type"] == "request"]


@pytest.mark.parametrize("county", COUNTIES)
def test_a_first_crawl_finds_every_report_that_stands(crawled, county):
    _, crawl = crawled[county]
    found = {(one.division_code, year) for one in crawl.candidates for year in YEARS
             if one.report_year == year or f"{year}年" in (one.title or "")}
    standing = {(story.code, story.year) for unit in divisions.townships(county) if unit.owes_by_kind
                for story in stories(unit.code) if story.version(DAY)}
    assert len(standing) > 50
    assert standing <= found


@pytest.mark.parametrize("county", COUNTIES)
def test_a_first_crawl_looks_at_every_township_and_year_completely(crawled, county):
    _, crawl = crawled[county]
    assert crawl.verdict is Verdict.COMPLETE
    units = [unit.code for unit in divisions.townships(county) if unit.owes_by_kind]
    assert {(look.division_code, look.report_year) for look in crawl.looks if look.complete and look.listings} == {
        (unit, year) for unit in units for year in YEARS}


@pytest.mark.parametrize("county", COUNTIES)
def test_every_record_is_whole_and_every_reference_leads_to_one(crawled, county):
    path, crawl = crawled[county]
    ids, pairs = set(), {}
    for headers, http, body in records(path):
        ids.add(headers["WARC-Record-ID"])
        if headers["WARC-Type"] == "response":
            assert int(http.get_header("Content-Length")) == len(body)
        if headers["WARC-Type"] == "request":
            pairs[headers["WARC-Concurrent-To"]] = headers
        assert headers["WARC-Date"] >= iso(DAY)
    named = {page.record for listing in crawl.listings for page in listing.pages}
    named |= {one.record for one in crawl.candidates}
    named |= {file.record for one in crawl.candidates for file in one.attachments}
    assert named <= ids
    assert set(pairs) <= ids


def test_warcio_finds_no_wrong_digest(crawled):
    for path, _ in crawled.values():
        with (path / bundles.WARC_NAME).open("rb") as file:
            for record in ArchiveIterator(file, check_digests=True):
                record.raw_stream.read()
                assert record.digest_checker.passed is not False, record.rec_headers


def test_a_rendered_list_is_a_resource_and_never_a_response(crawled):
    path, crawl = crawled["371521"]
    rendered = {page.record for listing in crawl.listings if listing.family.endswith("/rendered")
                for page in listing.pages}
    kinds = {headers["WARC-Record-ID"]: headers["WARC-Type"] for headers, _, _ in records(path)}
    assert rendered
    assert {kinds[record] for record in rendered} == {"resource"}


def test_files_are_fetched_with_the_page_they_belong_to(crawled):
    files = [file for _, crawl in crawled.values() for one in crawl.candidates for file in one.attachments]
    assert len(files) > 20
    assert {file.outcome for file in files} == {Outcome.FILE}


@pytest.fixture(scope="module")
def next_day(ground, crawled):
    """The crawls of the next day: {county: (the report asked for again, its first crawl, the next one's folder)}."""
    told = ground.folder / "next"
    told.mkdir()
    due = {}
    for county, (path, crawl) in crawled.items():
        moved = {headers["WARC-Target-URI"] for headers, http, _ in records(path)
                 if headers["WARC-Type"] == "response" and http.get_statuscode() == "302"}
        with_files = [one for one in crawl.candidates if one.attachments]
        due[county] = next((one for one in with_files if moved & {file.url for file in one.attachments}), with_files[0])
        bundles.write(told / f"{county}.json", known_after(path, crawl, due={due[county].url}))
    again = ground.crawl(*COUNTIES, known=told, at=DAY + timedelta(days=1))
    return {county: (due[county], crawled[county][1], *again[county]) for county in COUNTIES}


@pytest.mark.parametrize("county", COUNTIES)
def test_the_next_day_costs_little_more_than_the_listings(next_day, county):
    report, crawl, again, second = next_day[county]
    pages = sum(len(listing.pages) for listing in second.listings)
    assert second.verdict is Verdict.COMPLETE
    assert all(look.complete for look in second.looks)
    kinds = [(headers["WARC-Type"], http.get_statuscode()) for headers, http, _ in records(again) if http]
    ends = kinds.count(("response", "404")) + kinds.count(("response", "302"))
    asked_once_more = 1 + len(report.attachments) + 1          # the report and its files; one that shows the platform
    assert len(asked(again)) <= pages + ends + 3 + asked_once_more                    # robots, home, a shell
    seen = {(one.outcome, one.listed) for one in second.candidates if one.url != report.url}
    assert seen <= {(Outcome.HELD, True), (Outcome.NOT_MODIFIED, True), (Outcome.REPORT, True)}
    assert sum(one.outcome is not Outcome.HELD for one in second.candidates) <= 2
    assert {one.url for one in second.candidates} == {one.url for one in crawl.candidates}


def test_what_did_not_change_becomes_a_revisit(next_day):
    _, _, again, second = next_day["411526"]
    kinds = [headers for headers, _, _ in records(again) if headers["WARC-Type"] == "revisit"]
    assert {headers["WARC-Profile"].rpartition("/")[2] for headers in kinds} >= {"server-not-modified"}
    assert all(headers["WARC-Refers-To"].startswith("<urn:uuid:") for headers in kinds)
    assert {page.outcome for listing in second.listings for page in listing.pages} <= {
        Outcome.NOT_MODIFIED, Outcome.LISTING}


def test_a_file_that_did_not_change_behind_a_redirect_is_a_revisit_of_what_was_asked_for(next_day):
    report, _, again, _ = next_day["370828"]
    unchanged = [headers for headers, http, _ in records(again) if http and http.get_statuscode() == "304"]
    behind = [headers for headers in unchanged if "/attach/" in headers["WARC-Target-URI"]]
    assert {headers["WARC-Type"] for headers in unchanged} == {"revisit"}
    assert {headers["WARC-Refers-To"] for headers in behind} & {file.record for file in report.attachments}


def test_a_report_that_vanished_is_asked_for_by_its_own_address(ground, crawled):
    path, crawl = crawled["411526"]
    told = ground.folder / "vanished"
    told.mkdir()
    bundles.write(told / "411526.json", known_after(path, crawl))
    _, later = ground.crawl("411526", known=told, at=parse_instant("2026-04-01T01:00:00Z"))["411526"]
    gone = [one for one in later.candidates if not one.listed]
    assert [(one.division_code, one.outcome) for one in gone] == [("411526108", Outcome.GONE)]
    assert next(look for look in later.looks if (look.division_code, look.report_year) == ("411526108", 2025)).complete


BUGGED = """
from crawler.__main__ import main
from crawler.families import annual_pages

read = annual_pages.outcome

def bugged(page, area, empty, names=()):
    if area.startswith("11370828") and page.url.endswith("fbtime=2023"):
        raise LookupError("a page that nobody thought of")
    return read(page, area, empty, names)

annual_pages.outcome = bugged
main(prog_name="crawler")
"""


def test_a_year_that_the_adapter_cannot_handle_leaves_only_that_year_unknown(ground):
    _, crawl = ground.crawl("370828", script=BUGGED)["370828"]
    assert crawl.verdict is Verdict.PARTIAL
    assert {look.report_year for look in crawl.looks if not look.complete} == {2023}
    assert {look.report_year for look in crawl.looks if look.complete} == set(YEARS) - {2023}
    stumbled = [one for one in crawl.skipped if "LookupError" in one.reason]
    assert len(stumbled) == len({look.division_code for look in crawl.looks})


REFUSALS = {
    "403": Verdict.BLOCKED, "challenge": Verdict.BLOCKED, "waf": Verdict.BLOCKED, "500": Verdict.UNREACHABLE,
    "503": Verdict.UNREACHABLE, "timeout": Verdict.UNREACHABLE, "reset": Verdict.UNREACHABLE,
    "404": Verdict.LAYOUT_CHANGED, "shell": Verdict.LAYOUT_CHANGED, "soft_404": Verdict.LAYOUT_CHANGED,
    "truncated": Verdict.UNREACHABLE}


@pytest.fixture(scope="module")
def refused(ground):
    """Crawls of portals that do nothing else, three of them at a time: {what they do: crawl.json}."""
    found, waiting = {}, list(REFUSALS)
    while waiting:
        doing = dict(zip(COUNTIES, waiting, strict=False))
        del waiting[:len(doing)]
        faults.write(ground.control, doing)
        crawls = ground.crawl(*doing, timeout=0.5)
        found |= {what: crawls[county][1] for county, what in doing.items()}
    faults.write(ground.control, {})
    return found


@pytest.mark.parametrize(("what", "verdict"), REFUSALS.items())
def test_a_portal_that_does_not_answer_accuses_nobody(refused, what, verdict):
    crawl = refused[what]
    units = [unit for unit in divisions.townships(crawl.county) if unit.owes_by_kind]
    assert crawl.verdict is verdict
    assert crawl.reason
    assert len(crawl.looks) == len(units) * len(YEARS)
    assert not any(look.complete for look in crawl.looks)


def test_a_robots_txt_that_fails_means_not_now(ground, fault):
    fault({"411526": {"/robots.txt": "500"}})
    path, crawl = ground.crawl("411526")["411526"]
    assert crawl.verdict is Verdict.UNREACHABLE
    assert {url.rpartition("/")[2] for url in asked(path)} == {"robots.txt"}


def test_a_private_address_is_not_contacted_unless_the_home_allows_it(ground):
    told = ground.folder / "public.json"
    bundles.write(told, Known("411526", YEARS, delay_seconds=0.0))
    path, crawl = ground.crawl("411526", known=told)["411526"]
    assert asked(path) == []
    assert "private address" in crawl.reason
    assert not any(look.complete for look in crawl.looks)


def test_one_broken_listing_leaves_only_its_township_unknown(ground, crawled, fault):
    path, crawl = crawled["411526"]
    broken = next(listing for listing in crawl.listings if listing.division_code == "411526101")
    told = ground.folder / "one"
    told.mkdir()
    bundles.write(told / "411526.json", known_after(path, crawl))
    fault({"411526": {"/" + broken.url.split("/", 3)[3]: "500"}})
    _, second = ground.crawl("411526", known=told, at=DAY + timedelta(days=1))["411526"]
    assert second.verdict is Verdict.PARTIAL
    assert {look.division_code for look in second.looks if not look.complete} == {"411526101"}


def test_empty_pages_prove_nothing_where_no_report_shows(ground, fault):
    fault({"370828": {"/module/xxgk/xxgkAnnualReport.jsp": "shell"}})
    _, crawl = ground.crawl("370828")["370828"]
    assert crawl.verdict is not Verdict.COMPLETE
    assert not any(look.complete for look in crawl.looks)


def test_the_browser_goes_with_the_crawl(crawled):
    """Chromium of our crawls is told which hosts exist; none that is told so may be left."""
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"host-resolver-rules" in read(path)]
    ours = [path for path in left if b"EXCLUDE 127.0.0.1" in read(path) and parent(path) == 1]
    assert not ours


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def parent(path):
    try:
        return int((path.parent / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


def test_a_county_that_is_unknown_is_misuse(ground):
    ended = subprocess.run([sys.executable, "-m", "crawler", "Atlantis"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Atlantis" in ended.stderr
