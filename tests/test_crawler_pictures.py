"""What a listing looked like that does not show a report that is due stands in the archive, once for each body."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
import smallportal
from PIL import Image
from shownportal import shown
from smallportal import COUNTY, DAY, NAME, UNITS
from warcio.archiveiterator import ArchiveIterator

from archive import registry
from archive.bundles import WARC_NAME, Known, Verdict, Wanted
from archive.home import Home
from archive.ingest import ingest
from archive.known import known
from archive.ledger import open_ledger
from archive.verify import verify
from archive.volumes import Volumes
from crawler.pictures import LARGEST, shrunk

pytestmark = pytest.mark.slow

FIRST, MISSED = UNITS[0], UNITS[-1]
WANTED = (Wanted(MISSED.code, 2025),)
TOLD = Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True, wanted=WANTED)


@pytest.fixture
def answers():
    """A column with everybody's report but one; its page has a style sheet and a script."""
    answers = smallportal.pages(UNITS[:-1])
    more = '<img src="/seal.png"><script>document.write("<p>by script");fetch("/later")</script></ul>'
    return answers | {"/nb/": answers["/nb/"].replace(b"</ul>", more.encode())}


def pictures(path):
    """(address, PNG) of each picture in a bundle."""
    with (path / WARC_NAME).open("rb") as file:
        return [(record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read())
                for record in ArchiveIterator(file)
                if record.rec_type == "resource" and record.rec_headers.get_header("Content-Type") == "image/png"]


def screenshots(crawl):
    return {page.url: page.screenshot for listing in crawl.listings for page in listing.pages if page.screenshot}


def test_a_listing_without_a_report_that_is_due_is_pictured_from_its_bytes_alone(tmp_path, answers):
    with smallportal.serving(answers) as portal:
        path, crawl = portal.crawl(tmp_path, known=TOLD)
        asked = [path for _, path in portal.asked]
        place = f"{portal.home}nb/"
    ((address, png),) = pictures(path)
    assert (address, list(screenshots(crawl))) == (f"urn:fullPage:{place}", [place])
    assert Image.open(BytesIO(png)).width == 1280
    assert len(png) < LARGEST
    assert (asked.count("/nb/"), {"/seal.png", "/later"} & set(asked)) == (1, set())
    assert crawl.counters["pictures"] == 1
    assert all(look.complete for look in crawl.looks)


def test_nothing_is_pictured_where_nothing_is_missed(tmp_path, answers):
    with smallportal.serving(answers) as portal:
        for wanted in ((), (Wanted(FIRST.code, 2025),)):
            path, crawl = portal.crawl(tmp_path, known=replace(TOLD, wanted=wanted))
            assert (pictures(path), screenshots(crawl)) == ([], {})


class Archive:
    """An archive that takes bundles in and says what a crawl is told."""

    def __init__(self, folder, db):
        self.home, self.db = Home(folder / "home"), db
        self.portal = registry.read(folder / "portals" / "small.toml")

    def take(self, path):
        return ingest(self.db, Volumes(self.home.warc), path, now=DAY)

    def tells(self, days, wanted=WANTED):
        return known(self.db, self.portal, now=DAY + timedelta(days=days), delay_seconds=0.0, allow_private=True,
                     wanted=wanted)


@pytest.fixture
def archive(tmp_path):
    with open_ledger(Home(tmp_path / "home")) as db:
        yield lambda: Archive(tmp_path, db)


def test_a_page_is_pictured_once_while_its_bytes_stay_the_same(tmp_path, answers, archive):
    """Bytes that came before the report was due are asked for once more; from then on nothing is."""
    with smallportal.serving(answers) as portal:
        path, first = portal.crawl(tmp_path, known=replace(TOLD, wanted=()))
        archive, crawls, asked = archive(), [], []
        archive.take(path)
        for days in (1, 2):
            portal.asked.clear()
            path, crawl = portal.crawl(tmp_path, known=archive.tells(days))
            archive.take(path)
            crawls.append((crawl, pictures(path)))
            asked.append([path for _, path in portal.asked].count("/nb/"))
    (second, drawn), (third, drawn_again) = crawls
    assert (screenshots(first), len(drawn), len(drawn_again)) == ({}, 1, 0)
    assert screenshots(second) == screenshots(third) != {}
    assert asked[0] == asked[1] + 1
    rows = archive.db.execute("SELECT DISTINCT screenshot, url FROM listing_pages WHERE screenshot IS NOT NULL")
    assert len(rows.fetchall()) == 1
    assert list(verify(archive.db, Volumes(archive.home.warc))) == []


def test_a_changed_page_is_pictured_anew(tmp_path, answers, archive):
    with smallportal.serving(answers) as portal:
        path, first = portal.crawl(tmp_path, known=TOLD)
        archive = archive()
        archive.take(path)
        portal.answers["/nb/"] = portal.answers["/nb/"].replace("年报".encode(), "年度报告".encode())
        path, second = portal.crawl(tmp_path, known=archive.tells(1))
    assert len(pictures(path)) == 1
    assert screenshots(second).keys() == screenshots(first).keys()
    assert screenshots(second) != screenshots(first)


def test_a_list_that_a_script_fills_is_pictured_while_it_is_leafed_through(tmp_path):
    rows = [{"url": f"/r/{unit.code}/doc_{place:024x}.html", "title": smallportal.report_title(unit)}
            for place, unit in enumerate(UNITS[:-1])]
    half = len(rows) // 2
    onward = '<a href="javascript:;" onclick="if (number < pages) show(number + 1)">下一页</a>'
    answers = {"/": smallportal.page(f"{NAME}人民政府", '<a href="/channel_t_1_2/">政府信息公开年报</a>'),
               "/channel_t_1_2/": shown(onward, head='<meta name="ColumnName" content="政府信息公开年报">')}
    for number, some in ((1, rows[:half]), (2, rows[half:])):
        answers[f"/data?page={number}"] = json.dumps({"pages": 2, "rows": some}).encode()
    for row in rows:
        answers[row["url"]] = smallportal.page(row["title"], "<p>本报告依据条例编制。</p>" * 20)
    with smallportal.serving(answers) as portal:
        path, crawl = portal.crawl(tmp_path, known=TOLD, timeout=15.0)
        place = f"{portal.home}channel_t_1_2/"
    assert crawl.verdict is Verdict.COMPLETE, crawl.reason
    assert list(screenshots(crawl)) == [place, f"{place}#page=2"]
    assert len(pictures(path)) == 2


WITHOUT = """
import sys
from pathlib import Path
import crawler.chromium
crawler.chromium.CHROMIUM = Path("/usr/bin/false")
from crawler.__main__ import main
main()
"""


def test_without_a_browser_the_look_stays_complete_and_the_reason_is_counted(tmp_path, answers):
    with smallportal.serving(answers) as portal:
        path, crawl = portal.crawl(tmp_path, known=TOLD, script=WITHOUT)
    assert (pictures(path), screenshots(crawl)) == ([], {})
    assert crawl.counters["unpictured: no browser"] == 1
    assert all(look.complete for look in crawl.looks)


def test_a_picture_of_anything_stays_small():
    noise = Image.effect_noise((1280, 1000), 90).convert("RGB")
    large = BytesIO()
    noise.save(large, "PNG")
    assert len(large.getvalue()) > 5 * LARGEST
    assert len(shrunk(large.getvalue())) <= LARGEST
