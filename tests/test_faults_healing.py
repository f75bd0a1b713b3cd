"""What heals after a fault: half a removal, half a file, a clock that stood ahead, a crawl that nobody hears."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from bundles import instant, make_bundle
from seasons import COUNTY, Season, again, shown
from smallportal import pages, serving

from archive import bundles
from archive.bundles import Known
from archive.clock import iso
from archive.known import Recheck
from monitor import mail, run, settling
from monitor.ahead import take_back
from monitor.work import open_work

NOW = instant("2026-02-02T01:00:00Z")
YEAR = timedelta(days=365)
GOOD, LATE = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (GOOD, LATE))
    made.crawl("2026-01-20T01:00:00Z", shown(GOOD))
    made.crawl("2026-02-01T01:00:00Z", again(GOOD))
    made.crawl("2026-02-02T01:00:00Z", again(GOOD))
    yield made
    made.db.close()


def settled(season, at):
    """Judged and published at an instant, as a run does it; what the ledger says then, without numbers of rows."""
    run.settle(season.db, open_work(season.home, {"NIANBAO_NOW": iso(at)}))
    return {table: [tuple(row) for row in season.db.execute(sql)] for table, sql in {
        "duties": "SELECT township, report_year, status, confirmed, judged FROM duties ORDER BY 1, 2",
        "findings": "SELECT fingerprint, opened, closed FROM findings ORDER BY 1",
        "openings": "SELECT opened, closed FROM openings ORDER BY 1"}.items()}


def test_half_a_removal_of_a_bundle_is_finished_and_no_bundle(season):
    half = season.home.incoming / f"{run.TAKEN}{COUNTY}-20260120T010000Z-00000000"
    half.mkdir()
    (half / bundles.WARC_NAME).write_bytes(b"")
    make_bundle(season.home.incoming, COUNTY, "2026-02-03T01:00:00Z")
    done = run.Done()
    run.ingest_waiting(season.db, open_work(season.home, {"NIANBAO_NOW": iso(NOW)}), done)
    assert [one.already for one in done.ingested] == [True, True, True, False]
    assert done.refused == []
    assert list(season.home.incoming.iterdir()) == []


@pytest.mark.parametrize("times", [1, 2])
def test_what_a_clock_that_stood_ahead_judged_is_judged_anew(season, times):
    first = settled(season, NOW)
    for number in range(times):
        assert settled(season, NOW + YEAR + timedelta(hours=number)) != first
    assert settled(season, NOW) == first
    assert season.home.public.stat().st_mtime == NOW.timestamp()


def test_a_finding_that_was_open_before_gets_its_opening_back(season):
    settled(season, NOW)
    season.crawl("2026-02-03T01:00:00Z", again(GOOD), shown(LATE))
    before = settled(season, NOW + timedelta(days=1))
    season.db.execute("INSERT INTO openings SELECT id, opened, closed FROM findings WHERE closed IS NOT NULL")
    season.db.execute("UPDATE findings SET opened = ?, closed = NULL WHERE closed IS NOT NULL", [iso(NOW + YEAR)])
    season.db.execute("UPDATE judgings SET at = ?", [iso(NOW + YEAR)])
    season.db.conn.commit()
    assert settled(season, NOW + timedelta(days=1)) == before


def test_a_clock_that_is_behind_takes_nothing_back(season):
    season.crawl("2026-03-02T01:00:00Z", again(GOOD))
    later = settled(season, instant("2026-03-02T02:00:00Z"))
    assert not take_back(season.db, now=NOW)
    assert settled(season, NOW) == later


def test_a_snapshot_that_a_kill_left_behind_is_made_at_the_next_run(season):
    settled(season, NOW)
    shown_before = season.home.public.stat().st_mtime
    settling.settle(season.db, season.registry, season.settings, as_of=NOW + timedelta(days=1))   # and killed here
    later = NOW + timedelta(days=1, minutes=2)
    settled(season, later)
    assert season.home.public.stat().st_mtime == later.timestamp() > shown_before


def test_a_snapshot_that_finds_no_place_does_not_silence_the_digest(season):
    (season.home.portals / "jinxiang.toml").write_text(
        f'code = "{COUNTY}"\nhome = "http://127.0.0.1:9/"\nsince = 2025\nhours = "03:00-03:01"\n')
    season.home.public.mkdir()
    season.db.close()                                      # one writer
    done = run.run(open_work(season.home, {"NIANBAO_NOW": iso(NOW)}))
    (trouble,) = done.troubles
    assert trouble.startswith("judge: ")
    assert done.digest is not None


def test_a_refusal_that_a_clock_ahead_wrote_down_is_tried_again():
    refused = {"tried": iso(NOW + YEAR), "tries": 1, "error": f"{mail.FOR_GOOD}SMTPDataError: no"}
    assert mail._due(refused, NOW)
    assert not mail._due(refused | {"tried": iso(NOW - timedelta(hours=1))}, NOW)


@pytest.mark.parametrize(("ahead", "due"), [(0, False), (1, False), (30, True), (365, True)])
def test_a_report_that_a_clock_ahead_fetched_is_looked_at_again(ahead, due):
    assert Recheck().due(iso(NOW + timedelta(days=ahead)), NOW) is due


def test_a_digest_that_did_not_reach_everybody_is_not_made_a_second_time(season):
    settled(season, NOW)
    season.home.config.write_text(season.home.config.read_text() + '[mail]\nsender = "a@example.org"\n'
                                  '[[mail.recipient]]\naddress = "b@example.org"\n')
    work = [open_work(season.home, {"NIANBAO_NOW": iso(NOW + timedelta(minutes=later))}) for later in (0, 2, 4)]
    first = run.tell(season.db, work[0])
    assert run.tell(season.db, work[1]) == first
    season.db.execute("UPDATE outbox SET sent = ?", [iso(NOW)])
    assert run.tell(season.db, work[2]) != first


def test_half_a_mail_of_one_who_was_killed_is_swept_away(season):
    half = season.home.outbox / "20260101T010000Z-000000000000.eml.partial"
    half.write_bytes(b"From: a@exam")
    run.tell(season.db, open_work(season.home, {"NIANBAO_NOW": iso(NOW)}))
    assert not half.exists()


def test_a_crawl_goes_on_when_nobody_hears_it_any_more(tmp_path):
    with serving(pages()) as portal:
        (tmp_path / "portals").mkdir()
        (tmp_path / "portals" / "small.toml").write_text(f'code = "411526"\nhome = "{portal.home}"\nsince = 2025\n')
        told = Known("411526", (2025,), delay_seconds=0.0, allow_private_addresses=True)
        bundles.write(tmp_path / "known.json", told)
        command = [sys.executable, "-m", "crawler", "411526", "--portals", tmp_path / "portals", "--known",
                   tmp_path / "known.json", "--out", tmp_path / "out"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=os.environ | {"NIANBAO_NOW": iso(NOW)}) as crawl:
            crawl.stdout.close()
    (bundle,) = (tmp_path / "out").iterdir()
    told = json.loads((bundle / bundles.CRAWL_NAME).read_text())
    assert "BrokenPipe" not in str(told["reason"])
    assert len(told["candidates"]) == 4
