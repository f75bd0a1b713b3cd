"""What two years of one township contradict each other in becomes a finding, with both as evidence."""

import pytest
from bundles import instant
from seasons import HOME, Season, Shown
from yearpages import OUT, page

from monitor import findings, status

BUJI = "370828111"
JAN20, FEB1, FEB2 = (f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02"))
NEW, OLD = HOME + "2025.html", HOME + "2024.html"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI,), since=2024)
    yield made
    made.db.close()


def crawl(season, at, new=None, old=None):
    """A crawl that met the reports of 2025 and 2024, and what was judged of it."""
    met = [Shown(url, body) for url, body in ((NEW, new), (OLD, old)) if body]
    season.crawl(at, *met, years=(2024, 2025))
    season.judged(at)
    return [row for row in findings.rows(season.db) if row["code"] == "X01"]


def test_a_broken_chain_opens_with_last_years_report_and_closes_when_that_is_corrected(season):
    assert crawl(season, JAN20, page(2025)) == []
    (row,) = crawl(season, FEB1, page(2025), page(2024, OUT))
    assert (row["report_year"], row["severity"], row["attribution"], row["opened"], row["closed"]) == (
        2025, "error", "publisher", FEB1, None)
    (row,) = crawl(season, FEB2, page(2025), page(2024))
    assert (row["opened"], row["closed"]) == (FEB1, FEB2)


def test_its_evidence_shows_both_reports(season):
    (row,) = crawl(season, FEB1, page(2025), page(2024, OUT))
    shown = dict(season.db.execute("SELECT id, url FROM captures").fetchall())
    assert {shown[capture] for capture in row["evidence"]} == {NEW, OLD}


def test_nothing_changes_by_judging_again(season):
    crawl(season, FEB1, page(2025), page(2024, OUT))
    before = list(season.db.query("SELECT * FROM findings"))
    season.judged(FEB1)
    assert list(season.db.query("SELECT * FROM findings")) == before


def test_a_broken_chain_read_for_certain_may_leave_the_house(season):
    crawl(season, FEB1, page(2025), page(2024, OUT))
    judged = status.judge_all(season.db, season.registry, season.settings, as_of=instant(FEB1))
    found = [one for one in findings.current(season.db, judged, as_of=instant(FEB1)) if one.code == "X01"]
    assert [one.outward for one in found] == [True]
    assert "自然人" in found[0].text.detail
