"""What is judged anew when something changed comes out as if everything had been judged."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bundles import instant
from seasons import COUNTY, Season, again, shown

from archive.notices import Notice
from archive.refresh import refresh
from monitor import decisions, findings, settling, status
from monitor.settings import Calendar

ON_TIME, LATE, NEVER, GONE = "370828101", "370828102", "370828111", "370828109"
DUTIES = "SELECT * FROM duties ORDER BY township, report_year"
FINDINGS = "SELECT * FROM findings ORDER BY fingerprint"


@pytest.fixture
def season(tmp_path):
    season = Season(tmp_path, (ON_TIME, LATE, NEVER, GONE), since=2024)
    yield season
    season.db.close()


def settle(season, at):
    """Settle at an instant; whether anything was written. Everything judged instead comes out the same."""
    as_of = instant(at) if isinstance(at, str) else at
    written = settling.settle(season.db, season.registry, season.settings, as_of=as_of)
    assert standing(season) == everything(season, as_of), as_of
    return written


def standing(season):
    """Duties and findings as they stand, without the instant at which they were judged."""
    return without_instant(season, DUTIES), without_instant(season, FINDINGS)


def without_instant(season, sql):
    return [{name: value for name, value in row.items() if name not in ("judged", "id")}
            for row in season.db.query(sql)]


def everything(season, as_of):
    """The same when every duty is judged, which is then taken back."""
    season.db.execute("BEGIN")
    judgements = status.judge_all(season.db, season.registry, season.settings, as_of=as_of)
    findings.update(season.db, judgements, as_of=as_of)
    found = standing(season)
    season.db.conn.rollback()
    return found


def test_a_whole_season_comes_out_the_same_day_by_day(season):
    crawls = {
        10: (shown(ON_TIME), shown(GONE), shown(NEVER, year=2024)), 33: (again(ON_TIME), again(GONE)),
        34: (again(ON_TIME), again(GONE), shown(LATE, on="2026-02-03")), 60: (again(ON_TIME), again(LATE)),
        62: (again(ON_TIME), again(LATE)), 95: (again(ON_TIME), again(LATE)),
    }
    written = []
    first = datetime(2026, 1, 1, 2, tzinfo=UTC)
    for day in range(0, 100, 3):
        for number in (day, day + 1, day + 2):
            if number in crawls:
                at = first + timedelta(days=number)
                season.crawl(at.strftime("%Y-%m-%dT%H:%M:%SZ"), *crawls[number], years=(2024, 2025))
        now = first + timedelta(days=day + 2, hours=1)
        written.append(settle(season, now))
        assert not settle(season, now + timedelta(hours=2))
    assert all(written)                     # a new day is written down
    assert {row["status"] for row in season.db.query(DUTIES)} == {"on_time", "late", "missing", "withdrawn", "unknown"}


def judged_anew(season, at):
    """Whether the county itself was judged at an instant, and not only the day written down."""
    counted = []
    real = status.each
    try:
        status.each = lambda *given, **named: counted.append(named["counties"]) or real(*given, **named)
        settling.settle(season.db, season.registry, season.settings, as_of=instant(at))
    finally:
        status.each = real
    return bool(counted)


@pytest.mark.parametrize(("at", "why"), [
    ("2026-02-01T00:00:00Z", "the day after the local date"), ("2026-04-01T00:00:00Z", "the day after the outer date"),
    ("2027-01-01T00:00:00Z", "the first day of another year")])
def test_a_date_that_passes_lets_a_county_be_judged_anew(season, at, why):
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    settle(season, instant(at) - timedelta(days=2))
    assert not judged_anew(season, (instant(at) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert judged_anew(season, at), why


def test_a_day_without_news_is_only_written_down(season):
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    settle(season, "2026-01-20T02:00:00Z")
    assert settle(season, "2026-01-21T02:00:00Z")
    assert not judged_anew(season, "2026-01-22T02:00:00Z")
    assert {judged for (judged,) in season.db.execute("SELECT judged FROM duties")} == {"2026-01-22T02:00:00Z"}


def test_another_calendar_is_another_basis(season):
    season.crawl("2026-02-05T01:00:00Z", shown(ON_TIME))
    season.crawl("2026-02-06T01:00:00Z", again(ON_TIME))
    settle(season, "2026-02-06T02:00:00Z")
    notice = Calendar(counties={COUNTY: (Notice("02-20", "a notice"),)})
    season.settings = replace(season.settings, calendar=notice)
    assert settle(season, "2026-02-06T03:00:00Z")
    row = next(season.db.query("SELECT status FROM duties WHERE township = ? AND report_year = 2025", [NEVER]))
    assert row["status"] == "pending"


def test_a_word_of_a_person_is_another_basis(season):
    season.crawl("2026-02-05T01:00:00Z", shown(ON_TIME))
    season.crawl("2026-02-06T01:00:00Z", again(ON_TIME))
    settle(season, "2026-02-06T02:00:00Z")
    number = next(season.db.query("SELECT id FROM findings WHERE code = 'T04' AND township = ?", [NEVER]))["id"]
    decisions.decide(season.db, number, "dismiss", "on paper", at=instant("2026-02-06T03:00:00Z"))
    assert settle(season, "2026-02-06T04:00:00Z")
    (flags,) = season.db.execute("SELECT flags FROM duties WHERE township = ? AND report_year = 2025",
                                 [NEVER]).fetchone()
    assert json.loads(flags) == ["dismissed"]


def test_reports_that_are_read_again_are_judged_again(season):
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    settle(season, "2026-01-20T02:00:00Z")
    refresh(season.db, season.volumes, season.registry, all=True)
    assert judged_anew(season, "2026-01-20T03:00:00Z")


def test_a_county_that_is_no_longer_watched_has_no_duties(season):
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    settle(season, "2026-01-20T02:00:00Z")
    season.settings = replace(season.settings, counties=("411526",))
    assert settling.settle(season.db, season.registry, season.settings, as_of=instant("2026-01-20T03:00:00Z"))
    assert {county for (county,) in season.db.execute("SELECT county FROM duties")} == {"411526"}


def test_what_was_judged_later_stays(season):
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    settle(season, "2026-02-02T02:00:00Z")
    before = standing(season)
    assert not settling.settle(season.db, season.registry, season.settings, as_of=instant("2026-01-20T02:00:00Z"))
    assert standing(season) == before


def test_a_basis_is_the_same_in_every_process(season):
    portal = season.home.portals / "jinxiang.toml"
    portal.write_text(portal.read_text() + f"hosts = {[f'h{number}.jinxiang.gov.cn' for number in range(9)]}\n")
    season.crawl("2026-01-20T01:00:00Z", shown(ON_TIME))
    script = """
import sys
from pathlib import Path
from archive.clock import parse_instant
from archive.home import Home
from archive.ledger import open_ledger
from archive.registry import load
from monitor import settings, settling
home = Home(Path(sys.argv[1]))
registry, chosen = load(home.portals), settings.load(home.config)
with open_ledger(home, registry=registry) as db:
    settling.settle(db, registry, chosen, as_of=parse_instant("2026-01-20T02:00:00Z"))
    print(db.execute("SELECT basis FROM judgings").fetchone()[0])
"""
    season.db.close()
    bases = {subprocess.run([sys.executable, "-c", script, season.home.root], check=True, capture_output=True,
                            env=os.environ | {"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(bases) == 1
