"""`make bench`: what reading and crawling cost, as ratios taken in one run on this machine.

Reading is compared with the bare library call on the same bytes; a crawl with its repetition a day later, when nothing
has changed. Only loopback is contacted.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import lxml.html
import pypdfium2
from lxml import etree

from archive import bundles, divisions, registry
from archive.bundles import Known
from archive.clock import parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.known import known
from archive.ledger import open_ledger
from archive.parse import parse
from archive.volumes import Volumes
from crawler.replicas import client
from crawler.replicas.paper_html import body as html_body
from crawler.replicas.paper_pdf import pdf
from crawler.replicas.paper_word import word
from crawler.replicas.prose import Paper
from crawler.replicas.truth import stories

COUNTIES = ("370828", "371521", "411526")
FIRST, SECOND = "2026-01-25T01:00:00Z", "2026-01-25T20:00:00Z"
REPEATS = 5


def main() -> None:
    """Print every figure."""
    print("reading one report: median of", REPEATS, "over 6 documents, milliseconds, and the ratio to the bare call")
    for name, make, bare in FORMS:
        bodies = [make(code) for code in _townships()]
        ours, theirs = _milliseconds(lambda body: parse(body), bodies), _milliseconds(bare, bodies)
        print(f"  {name:5} {ours:7.1f} ms   bare {theirs:6.1f} ms   ratio {ours / theirs:5.1f}")
    print("crawling a replica county: first, then again on the same day with nothing changed")
    for line in _crawls():
        print("  " + line)


def _townships() -> list[str]:
    return [divisions.townships(county)[number].code for county in COUNTIES for number in (0, 4)]


def _paper(code: str) -> Paper:
    told = stories(code)[0]
    return told.paper(told.versions[0])


def _html(code: str) -> bytes:
    return f"<html><head><meta charset=utf-8></head><body>{html_body(_paper(code))}</body></html>".encode()


def _bare_pdf(body: bytes) -> None:
    document = pypdfium2.PdfDocument(body)
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def _bare_docx(body: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        etree.fromstring(archive.read("word/document.xml"))


FORMS: tuple[tuple[str, Callable[[str], bytes], Callable[[bytes], object]], ...] = (
    ("HTML", _html, lxml.html.document_fromstring),
    ("PDF", lambda code: pdf(_paper(code)), _bare_pdf),
    ("DOCX", lambda code: word(_paper(code)), _bare_docx),
)


def _milliseconds(read: Callable[[bytes], object], bodies: list[bytes]) -> float:
    read(bodies[0])  # what is loaded once is not part of a document's cost
    return median(_once(read, body) for body in bodies for _ in range(REPEATS))


def _once(read: Callable[[bytes], object], body: bytes) -> float:
    start = time.perf_counter()
    read(body)
    return (time.perf_counter() - start) * 1000


def _crawls() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.make()
        clock = Path(scratch) / "clock"
        client.set_clock(clock, parse_instant(FIRST))
        with client.running(clock) as homes:
            client.write_portals(home.portals, homes)
            told = registry.load(home.portals)
            with open_ledger(home, registry=told) as db:
                for county in COUNTIES:
                    portal = told.portals[county]
                    years = known(db, portal, now=parse_instant(FIRST)).years
                    start = Known(county, years, delay_seconds=0.0, allow_private_addresses=True)
                    first = _crawl(home, county, start, FIRST)
                    ingest(db, Volumes(home.warc), first[0], now=parse_instant(FIRST))
                    client.set_clock(clock, parse_instant(SECOND))
                    again = known(db, portal, now=parse_instant(SECOND), delay_seconds=0.0, allow_private=True)
                    second = _crawl(home, county, again, SECOND)
                    client.set_clock(clock, parse_instant(FIRST))
                    yield _told(portal.name, first, second)


def _crawl(home: Home, county: str, told: Known, now: str) -> tuple[Path, float]:
    path = home.incoming / "known.json"
    bundles.write(path, told)
    start = time.perf_counter()
    command = [sys.executable, "-m", "crawler", county, "--portals", str(home.portals), "--known", str(path)]
    done = subprocess.run([*command, "--out", str(home.incoming)], capture_output=True, text=True, check=True,
                          env=os.environ | {"NIANBAO_NOW": now})
    seconds = time.perf_counter() - start
    return Path(json.loads(done.stdout.splitlines()[-1])["bundle"]), seconds


def _told(name: str, first: tuple[Path, float], second: tuple[Path, float]) -> str:
    return f"{name}  first {_figures(*first)}   again {_figures(*second)}"


def _figures(bundle: Path, seconds: float) -> str:
    requests = bundles.read_crawl(bundle / bundles.CRAWL_NAME).counters["requests"]
    size = (bundle / bundles.WARC_NAME).stat().st_size
    return f"{requests:4} requests {size / 1024:7.0f} kB {size / requests / 1024:5.2f} kB/request {seconds:5.1f} s"


if __name__ == "__main__":
    main()
