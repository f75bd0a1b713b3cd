"""Findings open, stay the same for as long as they are the same, and close; and what a digest says of their end."""

import forms
import pytest
from bundles import instant
from seasons import COUNTY, HOME, NAMES, Season, Shown, page, shown
from sqlite_utils import Database

from archive import registry
from archive.bundles import Outcome, Verdict
from archive.refresh import refresh
from archive.schema import migrations
from monitor import digest, findings, mail, settings, settling, texts

JAN20, FEB1, FEB2, FEB3, FEB16 = (f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-03", "02-16"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI,))
    yield made
    made.db.close()


def standing(season, *codes):
    return {(row["code"], row["id"], row["opened"], row["closed"]) for row in findings.rows(season.db)
            if row["code"] in codes and row["division_code"] == BUJI}


def entry(season, more=""):
    """The county's registry entry written anew."""
    path = season.home.portals / "jinxiang.toml"
    path.write_text(f'code = "{COUNTY}"\nhome = "{HOME}"\nsince = 2025\n{more}')
    season.registry = registry.load(season.home.portals)


def told(season, at):
    """The digest of an instant, remembered as told."""
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(at))
    mail.enqueue(season.db, season.home, made, season.settings, now=instant(at))
    return made


def righted(made):
    return [one.en for one in made.righted]


def test_a_finding_stays_the_same_over_reading_again_a_new_name_and_other_words(season, monkeypatch):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, shown(BUJI, figure=31))
    season.crawl(FEB2, Shown(HOME + f"{BUJI}-2025.html", page(BUJI, figure=33, on="2026-02-02")))
    season.judged(FEB2)
    before = standing(season, "T10")
    assert len(before) == 2
    refresh(season.db, season.volumes, season.registry, all=True)
    season.judged(FEB2)
    assert standing(season, "T10") == before
    entry(season, f'[aliases]\n"卜集乡" = "{BUJI}"\n')
    renamed = page(BUJI, figure=33, on="2026-02-02").decode().replace("卜集镇", "卜集乡").encode()
    season.crawl(FEB3, Shown(HOME + f"{BUJI}-2025.html", renamed))
    words = {**texts.catalogue(), "T10": {"en": "otherwise since {at}: {detail}", "zh": "{at}起不同：{detail}"}}
    monkeypatch.setattr(texts, "catalogue", lambda: words)
    season.judged(FEB3)
    assert before < standing(season, "T10")
    said = {row["message_en"][:15] for row in findings.rows(season.db) if row["code"] == "T10"}
    assert said == {"otherwise since"}


def with_total(total):
    """A report whose one request stands under a total."""
    rows = [f"t3.{row}.{column}" for row in ("new_received", "granted", "total_handled")
            for column in ("natural_person", "total")]
    cells = dict.fromkeys(forms.keys(), "0") | dict.fromkeys(rows, "1") | {"t3.granted.total": total}
    text = forms.as_html(cells).decode().replace("某县某镇", "金乡县卜集镇").replace("2023年", "2025年")
    return Shown(HOME + "1.html", text.encode())


def with_a_wrong_sum(season):
    """A report whose row does not add up (B01), told of in a digest."""
    season.crawl(JAN20, with_total("3"))
    season.judged(JAN20)
    assert "B01" in {one.code for one in told(season, JAN20).new_findings}


def test_a_fault_that_was_mended_came_right(season):
    with_a_wrong_sum(season)
    season.crawl(FEB1, with_total("1"))
    season.judged(FEB1)
    (one,) = [text for text in righted(told(season, FEB1)) if "B01" in text]
    assert one.startswith("no longer found: B01 Table 3: row total: ")


def test_a_withdrawn_report_takes_its_faults_with_it_and_none_came_right(season):
    with_a_wrong_sum(season)
    for at in (FEB1, FEB2):
        season.crawl(at, Shown(HOME + "1.html", None, Outcome.GONE, listed=False))
        season.judged(at)
    made = told(season, FEB2)
    assert [one.duty.township for one in made.new_withdrawn] == [BUJI]
    assert righted(made) == []


def test_a_unit_that_owes_nothing_any_more_is_taken_back_in_words(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
        season.judged(at)
    assert [one.duty.township for one in told(season, FEB2).new_missing] == [BUJI]
    entry(season, '[owes]\n"卜集镇" = false\n')
    settling.settle(season.db, season.registry, season.settings, as_of=instant(FEB3))
    made = told(season, FEB3)
    assert righted(made) == ["told before; this report is no longer asked for here"]
    assert (made.righted[0].place.township_name, made.righted[0].place.county) == ("卜集镇", COUNTY)
    assert {row["closed"] for row in findings.rows(season.db) if row["division_code"] == BUJI} == {FEB3}
    assert righted(told(season, "2026-02-04T01:00:00Z")) == []


def test_what_was_found_in_a_county_that_is_not_watched_any_more_is_closed(season):
    season.crawl(FEB1)
    settling.settle(season.db, season.registry, season.settings, as_of=instant(FEB1))
    assert any(row["closed"] is None for row in findings.rows(season.db))
    season.home.config.write_text('counties = ["411526"]\n')
    chosen = settings.load(season.home.config, {})
    settling.settle(season.db, season.registry, chosen, as_of=instant(FEB2))
    assert {row["closed"] for row in findings.rows(season.db) if row["county"] == COUNTY} == {FEB2}


def test_an_english_home_reads_english_and_a_program_reads_both(season):
    season.crawl(FEB1)
    season.judged(FEB1)
    (row,) = [row for row in findings.rows(season.db) if (row["code"], row["division_code"]) == ("T04", BUJI)]
    assert row["message"] == "2026年1月31日（地方通行时限）之后仍未见2025年政府信息公开工作年度报告"
    assert row["message_en"] == "the annual report for 2025 has not been found after 31 January 2026 (local practice)"


# One cause, one finding

def open_of(season, code):
    return [row for row in findings.rows(season.db, only_open=True) if row["code"] == code
            and "还没有任何一次采集" not in row["message"]]


def test_a_county_that_refuses_for_weeks_is_one_finding_and_heals_nobody(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
        season.judged(at)
    (missing,) = open_of(season, "T04")
    reasons = ("http status 503", "blocked/waf, server yunsuo", "home page: error/timeout")
    for day in range(3, 24):
        at = f"2026-02-{day:02}T01:00:00Z"
        season.crawl(at, verdict=Verdict.BLOCKED, reason=reasons[day % 3], complete=False)
        season.judged(at)
    (row,) = open_of(season, "T06")
    assert (row["opened"], row["township"], row["severity"], row["attribution"]) == (FEB3, None, "warning", "unknown")
    assert row["message"] == "门户网站未能完整采集：首页：访问超时"
    assert [one["id"] for one in open_of(season, "T04")] == [missing["id"]]
    assert season.db.execute("SELECT count(*) FROM openings").fetchone() == (0,)


def test_several_years_that_cannot_be_judged_for_one_cause_are_one_finding(tmp_path):
    season = Season(tmp_path, tuple(NAMES), since=2022)
    years = (2022, 2023, 2024, 2025)
    season.crawl(FEB1, complete=False, reason="list.html: blocked/challenge", verdict=Verdict.PARTIAL, years=years)
    season.judged(FEB1)
    (row,) = open_of(season, "T06")
    assert (row["division_code"], row["report_year"]) == (None, None)
    season.crawl(FEB2, complete=False, reason="list.html: blocked/challenge", verdict=Verdict.PARTIAL, years=years)
    season.judged(FEB2)
    assert [one["id"] for one in open_of(season, "T06")] == [row["id"]]
    season.db.close()


def test_reports_of_units_that_the_division_table_does_not_know_accuse_none_that_it_knows(season):
    """A 乡 that became a 镇 under another name: its report is there, and nobody can say whose it is."""
    unknown = page(BUJI).decode().replace("卜集镇", "新设镇").encode()
    for at in (FEB1, FEB2):
        season.crawl(at, Shown(HOME + "1.html", unknown, title="新设镇2025年政府信息公开工作年度报告"))
    judged = season.judged(FEB2)[BUJI]
    assert judged.status == "unknown"
    assert judged.reason.endswith("1.html: its township is not named")
    assert open_of(season, "T04") == []
    assert len(open_of(season, "T06")) == 1
    entry(season, f'[aliases]\n"新设镇" = "{BUJI}"\n')
    refresh(season.db, season.volumes, season.registry, all=True)
    assert season.judged(FEB3)[BUJI].status == "on_time"
    assert open_of(season, "T06") == []


def test_a_change_that_an_older_version_told_is_not_told_again(season):
    """Its name held the number of the version, which a newer parser may count otherwise."""
    season.crawl(JAN20, with_total("1"))
    season.crawl(FEB1, with_total("2"))
    season.judged(FEB1)
    made = told(season, FEB1)
    (now,) = [one.fingerprint for one in made.new_findings if one.code == "T10"]
    before = f"{now.rpartition(' ')[0]} 2"
    season.db.execute("UPDATE findings SET fingerprint = ? WHERE fingerprint = ?", [before, now])
    season.db.execute("UPDATE digests SET state = replace(state, ?, ?)", [now, before])
    season.db.conn.commit()
    (migration,) = [one.fn for one in migrations.pending(Database(memory=True))
                    if one.name == "a_change_is_known_by_what_shows_it"]
    migration(season.db)
    season.db.conn.commit()
    season.judged(FEB2)
    later = told(season, FEB2)
    assert [one.code for one in (*later.new_findings, *later.righted)] == []
