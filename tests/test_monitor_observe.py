"""What crawls saw becomes visits: who was there, who was not, and where nobody can say."""

from dataclasses import replace

import pytest
from bundles import instant
from seasons import HOME, LIST, Season, Shown, again, page, shown

from archive.bundles import Outcome, Verdict
from monitor import decisions, digest, findings, status
from monitor.errors import BadDecision
from monitor.observe import observe
from monitor.run import wanted
from monitor.work import Work

JAN20, FEB1, FEB2, FEB3, APR2 = (f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-03", "04-02"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI, MAMIAO))
    yield made
    made.db.close()


def observed(season, code, at=APR2, year=2025):
    return observe(season.db, season.registry.portals["370828"], as_of=instant(at))[code, year]


def test_a_report_that_is_held_counts_as_seen(season):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, again(BUJI))
    first, second = sorted(observed(season, BUJI).visits, key=lambda visit: visit.started)
    assert [one.capture for one in second.present] == [None]
    assert [one.publication for one in first.present] == [one.publication for one in second.present]


def test_the_listing_s_captures_stand_as_evidence_that_it_was_not_there(season):
    season.crawl(FEB1)
    (visit,) = observed(season, BUJI).visits
    assert visit.without
    known = dict(season.db.execute("SELECT id, url FROM captures").fetchall())
    assert [known[capture] for capture in visit.captures] == [LIST]


def test_a_crawl_is_told_which_reports_are_due_and_were_never_seen(season):
    """They are what its listings are pictured for where a complete look does not show them."""
    season.crawl(JAN20, shown(BUJI))

    def missed(now):
        work = Work(season.home, season.settings, season.registry, instant(now), replayed=True)
        return {one.division_code for one in wanted(season.db, work, ["370828"]).get("370828", ())
                if one.report_year == 2025}

    assert missed(JAN20) == set()             # nothing is due yet
    assert MAMIAO in missed(FEB1)
    assert BUJI not in missed(FEB1)


def test_a_crawl_is_seen_as_of_the_instant_at_which_it_started(season):
    season.crawl(FEB1)  # ends a minute later
    assert len(observed(season, BUJI, at=FEB1).visits) == 1
    season.crawl(FEB2, shown(BUJI))
    assert observed(season, BUJI, at="2026-02-02T00:59:59Z").publications == ()


def test_a_blocked_crawl_is_no_look(season):
    season.crawl(FEB1, verdict=Verdict.BLOCKED, reason="a challenge page", complete=False)
    (visit,) = observed(season, BUJI).visits
    assert (visit.without, visit.reason) == (False, "a challenge page")


def test_a_listed_report_that_timed_out_accuses_nobody(season):
    link = Shown(HOME + "new.html", None, Outcome.TIMEOUT, title="卜集镇2025年政府信息公开工作年度报告")
    season.crawl(FEB1, link)
    season.crawl(FEB2, link)
    judged = season.judged(FEB2)
    assert judged[BUJI].status == "unknown"
    assert judged[BUJI].reason.endswith("did not answer in time")
    assert judged[MAMIAO].status == "missing"  # the link names another township


def test_a_link_in_a_township_s_own_listing_is_its_own_whatever_it_is_called(season):
    season.crawl(FEB1, Shown(HOME + "9.html", None, Outcome.STATUS, title="2025年度政府信息公开年报", code=BUJI))
    judged = season.judged(FEB1)
    assert (judged[BUJI].status, judged[MAMIAO].status) == ("unknown", "missing")


@pytest.mark.parametrize("title", ["【解读】卜集镇2025年政府信息公开工作年度报告", "卜集镇政府信息公开制度",
                                   "卜集镇2024年政府信息公开工作年度报告", "卜集镇2025年部门预算"])
def test_links_that_are_something_else_put_nothing_in_doubt(season, title):
    season.crawl(FEB1, Shown(HOME + "9.html", None, Outcome.TIMEOUT, title=title))
    assert season.judged(FEB1)[BUJI].status == "missing"


def test_an_unlisted_report_whose_address_does_not_answer_is_not_gone(season):
    season.crawl(JAN20, shown(BUJI))
    for at in (FEB1, FEB2):
        season.crawl(at, again(BUJI, Outcome.TIMEOUT, listed=False))
    judged = season.judged(FEB2)[BUJI]
    assert (judged.status, judged.flags) == ("on_time", ())


def test_a_report_that_left_its_listing_and_still_answers_is_there(season):
    season.crawl(JAN20, shown(BUJI))
    for at in (FEB1, FEB2):
        season.crawl(at, again(BUJI, Outcome.NOT_MODIFIED, listed=False))
    assert season.judged(FEB2)[BUJI].status == "on_time"


def test_a_dead_link_is_an_error_once_two_looks_agree(season):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, again(BUJI, Outcome.GONE))
    season.judged(FEB1)
    (row,) = [row for row in findings.rows(season.db, only_open=True) if row["code"] == "L01"]
    assert not row["confirmed"]
    season.crawl(FEB2, again(BUJI, Outcome.GONE))
    assert season.judged(FEB2)[BUJI].status == "withdrawn"
    (row,) = [row for row in findings.rows(season.db, only_open=True) if row["code"] == "L01"]
    assert (row["confirmed"], row["severity"]) == (True, "error")
    assert season.open()[BUJI] == {"L01"}


def test_a_page_that_is_used_again_every_year_was_last_year_s_report_before(tmp_path):
    season = Season(tmp_path, (BUJI,), since=2024)
    years = (2024, 2025)
    season.crawl("2025-01-20T01:00:00Z", shown(BUJI, year=2024, path="nb.html", on="2025-01-15"), years=(2024,))
    season.crawl(JAN20, shown(BUJI, year=2025, path="nb.html"), years=years)
    judged = season.judged(FEB1, year=2025)[BUJI]
    assert (judged.status, judged.flags) == ("on_time", ())
    before = season.judged(FEB1, year=2024)[BUJI]
    assert before.first_look_with == instant("2025-01-20T01:00:00Z")
    assert before.status == "on_time"  # one look without it, a second one has to agree
    assert "vanished" in before.flags
    season.db.close()


def test_an_attachment_that_does_not_exist_is_told_after_a_second_look(season):
    file = HOME + "a.pdf"
    for at, confirmed in ((JAN20, False), (FEB1, True)):
        season.crawl(at, Shown(HOME + "1.html", page(BUJI), files={file: Outcome.GONE}))
        season.judged(at)
        (row,) = [row for row in findings.rows(season.db, only_open=True) if row["code"] == "L02"]
        assert (row["confirmed"], row["message"]) == (confirmed, f"附件无法打开：{file}")


def test_an_earlier_report_than_the_portal_is_watched_for_is_judged_too(season):
    season.crawl(JAN20, shown(BUJI, year=2017, on="2018-03-20"))
    judged = season.judged(JAN20, year=2017)
    assert list(judged) == [BUJI]
    assert (judged[BUJI].status, judged[BUJI].duty.due_local) == ("on_time", None)


def test_findings_open_close_and_open_again_with_their_instants(season):
    season.crawl(FEB1)
    season.judged(FEB1)
    season.crawl(FEB2, Shown(HOME + "9.html", None, Outcome.TIMEOUT, title="卜集镇2025年政府信息公开工作年度报告"))
    season.judged(FEB2)
    (row,) = [row for row in findings.rows(season.db) if (row["code"], row["division_code"]) == ("T04", BUJI)]
    assert (row["opened"], row["closed"]) == (FEB1, FEB2)
    season.crawl(FEB3)
    season.judged(FEB3)
    (row,) = [row for row in findings.rows(season.db) if (row["code"], row["division_code"]) == ("T04", BUJI)]
    assert (row["opened"], row["closed"]) == (FEB3, None)


def test_judging_twice_changes_nothing(season):
    season.crawl(FEB1, shown(BUJI, on="2026-02-01"))
    season.judged(FEB1)
    tables = ("duties", "findings")
    before = [list(season.db.query(f"SELECT * FROM {table}")) for table in tables]
    season.judged(FEB1)
    assert [list(season.db.query(f"SELECT * FROM {table}")) for table in tables] == before


def test_a_row_of_status_has_the_promised_keys(season):
    season.crawl(FEB1, shown(BUJI, on="2026-02-01"))
    season.judged(FEB1)
    (row,) = [row for row in status.rows(status.judged(season.db, season.registry, season.settings,
                                                       as_of=instant(FEB1))) if row["division_code"] == BUJI]
    assert {key: row[key] for key in ("county", "county_name", "township", "report_year", "due_local", "due_outer",
                                      "status", "past", "confirmed", "reason", "claimed_on", "first_look_with")} == {
        "county": "370828", "county_name": "金乡县", "township": "卜集镇", "report_year": 2025,
        "due_local": "2026-01-31", "due_outer": "2026-03-31", "status": "late", "past": "local", "confirmed": True,
        "reason": None, "claimed_on": "2026-02-01", "first_look_with": FEB1}
    assert list(row)[-6:] == ["first_look_with", "url", "urls", "sha256", "flags", "evidence"]
    counted = status.summary(season.db, season.registry, season.settings, as_of=instant(FEB1), year=2025)
    assert counted["370828"]["late"] == 1


def test_a_person_s_word_on_a_finding_stays(season):
    season.crawl(FEB1)
    season.judged(FEB1)
    number = {(row["code"], row["division_code"]): row["id"] for row in findings.rows(season.db)}
    decisions.decide(season.db, number["T04", BUJI], "dismiss", "merged into the next township", at=instant(FEB1))
    decisions.decide(season.db, number["T04", MAMIAO], "confirm", "asked by telephone", at=instant(FEB1))
    season.crawl(FEB2)
    season.judged(FEB2)
    found = {row["division_code"]: row for row in findings.rows(season.db) if row["code"] == "T04"}
    assert found[BUJI]["closed"] == FEB1
    assert (found[MAMIAO]["closed"], found[MAMIAO]["confirmed"]) == (None, True)
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(FEB2))
    assert [one.duty.township for one in made.missing] == [MAMIAO]


def test_nobody_decides_about_a_finding_that_is_not_there(season):
    with pytest.raises(BadDecision, match="there is no finding 7"):
        decisions.decide(season.db, 7, "confirm", "", at=instant(FEB1))


def test_last_years_report_behind_this_years_link_is_not_published_late_by_that(season):
    """The year before is not watched: its report stood elsewhere, where no crawl looks."""
    title = "金乡县卜集镇2025年政府信息公开工作年度报告"
    old = Shown(HOME + "2025.html", page(BUJI, 2024, on="2026-01-20"), title=title, code=BUJI)
    season.crawl(JAN20, old)
    season.crawl(FEB1, replace(old, body=None, outcome=Outcome.HELD))
    assert season.judged(FEB1, year=2024) == {}
    assert season.judged(FEB1)[BUJI].status == "missing"
    assert season.open()[BUJI] == {"T04", "L04"}


def test_a_day_that_a_page_claims_later_was_not_known_before(season):
    season.crawl(FEB1, shown(BUJI, on=None))
    before = season.judged(FEB1)[BUJI]
    season.crawl(FEB2, shown(BUJI, on="2026-01-20"))
    assert (before.status, before.claimed_on) == ("undated", None)
    assert season.judged(FEB2)[BUJI].status == "on_time"
    judged = status.judged(season.db, season.registry, season.settings, as_of=instant(FEB1))
    told = {one.duty.key: one for one in judged}
    assert (told[before.duty.key].status, told[before.duty.key].claimed_on) == ("undated", None)
