"""What people say about findings: what it changes, how long it holds, and that it can be taken back."""

import json
import sqlite3
from contextlib import closing

import pytest
from bundles import instant
from click.testing import CliRunner
from seasons import HOME, Season, Shown, page, shown

from archive.publish import publish
from archive.refresh import refresh
from monitor import cli, decisions, digest, findings, news, story
from monitor.errors import BadDecision

JAN20, FEB1, FEB2, FEB3, FEB4, FEB16, APR1, APR2 = (
    f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-03", "02-04", "02-16", "04-01", "04-02"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI,))
    yield made
    made.db.close()


def number(season, code, township=BUJI):
    (row,) = [row for row in findings.rows(season.db) if (row["code"], row["division_code"]) == (code, township)]
    return row["id"]


def say(season, code, decision, at, why="a reason"):
    decisions.decide(season.db, number(season, code), decision, why, at=instant(at))


def standing(season, at):
    """Status and open findings on dates at an instant."""
    judged = season.judged(at)[BUJI]
    return judged.status.value, season.open().get(BUJI, set())


def missing_twice(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
    assert standing(season, FEB2) == ("missing", {"T04"})


def test_a_dismissed_accusation_is_none_and_says_so(season):
    missing_twice(season)
    say(season, "T04", "dismiss", FEB2, "the office sent it on paper, the portal is being rebuilt")
    judged = season.judged(FEB2)[BUJI]
    assert (judged.status, judged.confirmed, judged.flags) == ("unknown", False, ("dismissed",))
    assert judged.reason == "a person has looked and dismissed what was found"
    assert season.open().get(BUJI) is None


def test_it_holds_past_the_outer_date_and_ends_when_the_report_comes(season):
    missing_twice(season)
    say(season, "T04", "dismiss", FEB2)
    for at in (APR1, APR2):
        season.crawl(at)
    assert standing(season, APR2) == ("unknown", set())
    season.crawl("2026-04-03T01:00:00Z", shown(BUJI, on="2026-04-03"))
    assert standing(season, "2026-04-03T01:00:00Z") == ("late", {"T03"})


def test_a_late_report_whose_date_a_person_explained_is_undated(season):
    season.crawl(FEB16, shown(BUJI, on="2026-02-10"))
    assert standing(season, FEB16) == ("late", {"T02"})
    say(season, "T02", "dismiss", FEB16, "dated anew when the site moved")
    assert standing(season, FEB16) == ("undated", set())


def test_a_first_look_that_a_person_confirmed_needs_no_second(season):
    season.crawl(FEB1)
    season.judged(FEB1)
    say(season, "T04", "confirm", FEB1, "asked by telephone")
    judged = season.judged(FEB1)[BUJI]
    assert (judged.status, judged.confirmed) == ("missing", True)
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(FEB1))
    assert [one.duty.township for one in made.new_missing] == [BUJI]


def test_a_word_that_was_taken_back_leaves_what_was_found(season):
    missing_twice(season)
    say(season, "T04", "dismiss", FEB2)
    season.judged(FEB2)
    say(season, "T04", "undo", FEB3, "it was the next township that was meant")
    assert standing(season, FEB3) == ("missing", {"T04"})
    told = story.tell(season.db, season.registry, season.settings, BUJI, 2025, as_of=instant(FEB3))
    assert [event.text.key for event in told.events if event.kind == "decision"] == ["event_dismiss", "event_undo"]
    before = digest.make(season.db, season.registry, season.settings, as_of=instant(FEB2))
    assert before.missing == ()                          # a question about the past is answered as it was then


def test_only_what_was_decided_can_be_taken_back(season):
    missing_twice(season)
    with pytest.raises(BadDecision, match=r"nothing is decided about finding \d+"):
        say(season, "T04", "undo", FEB2)
    with pytest.raises(BadDecision, match="there is no finding 999"):
        decisions.decide(season.db, 999, "undo", "", at=instant(FEB2))


def test_the_last_word_counts_and_every_word_is_kept(season):
    missing_twice(season)
    for decision in ("confirm", "dismiss", "confirm"):
        say(season, "T04", decision, FEB2)
    assert standing(season, FEB2) == ("missing", {"T04"})
    assert season.db.execute("SELECT count(*) FROM decisions").fetchone()[0] == 3


def wrong_period(figure=27):
    """A report whose period is last year's (P02)."""
    text = page(BUJI, figure=figure).decode()
    return text.replace("自2025年1月1日起至2025年12月31日止", "自2024年1月1日起至2024年12月31日止").encode()


def test_a_word_on_a_text_survives_reading_it_again_and_does_not_hold_for_another_text(season):
    season.crawl(JAN20, Shown(HOME + "1.html", wrong_period()))
    season.judged(JAN20)
    say(season, "P02", "dismiss", JAN20, "our reading")
    for everything in (False, True):
        refresh(season.db, season.volumes, season.registry, all=everything)
        season.judged(JAN20)
        assert "P02" not in {row["code"] for row in findings.rows(season.db, only_open=True)}
    season.crawl(FEB1, Shown(HOME + "1.html", wrong_period(figure=31)))
    season.judged(FEB1)
    assert "P02" in {row["code"] for row in findings.rows(season.db, only_open=True)}


def test_what_was_told_is_taken_back_once(season):
    missing_twice(season)
    first = digest.make(season.db, season.registry, season.settings, as_of=instant(FEB2))
    say(season, "T04", "dismiss", FEB3)
    ours = [one for one in first.duties if one.duty.township == BUJI]
    found = decisions.load(season.db, as_of=instant(FEB3)).applied(ours)
    told = news.Told(first.as_of, first.state)
    second = news.compare(found, [], {}, told, season.settings.digest, as_of=instant(FEB3))
    assert [one.en for one in second.righted] == ["told before; a person has looked, and it is no longer said"]
    assert second.missing == second.unchecked == ()
    third = news.compare(found, [], {}, news.Told(second.as_of, second.state), season.settings.digest,
                         as_of=instant(FEB4))
    assert third.righted == ()


def test_no_public_page_says_what_a_person_dismissed_or_why(season):
    missing_twice(season)
    say(season, "T04", "dismiss", FEB2, "a private remark")
    season.judged(FEB2)
    path = publish(season.db, season.home, now=instant(FEB2))
    assert b"a private remark" not in path.read_bytes()
    assert "仍未见2025年".encode() not in path.read_bytes()


def test_what_was_said_before_the_outer_date_goes_too(season):
    """T04 closed when T05 opened; both say that the report is not there."""
    missing_twice(season)
    for at in (APR1, APR2):
        season.crawl(at)
    assert standing(season, APR2) == ("missing", {"T05"})
    say(season, "T05", "dismiss", APR2)
    season.judged(APR2)
    assert {row["confirmed"] for row in findings.rows(season.db) if row["division_code"] == BUJI} == {False}
    path = publish(season.db, season.home, now=instant(APR2))
    with closing(sqlite3.connect(path)) as public:
        assert public.execute("SELECT code FROM findings").fetchall() == []
        assert public.execute("SELECT standing FROM v_status WHERE township = ? AND report_year = 2025",
                              [BUJI]).fetchone() == ("unknown",)


def test_the_command_says_what_it_did(season):
    missing_twice(season)
    one = number(season, "T04")
    season.db.close()

    def run(*arguments):
        return CliRunner().invoke(cli.main, ["--home", str(season.home.root), "findings", *map(str, arguments)],
                                  env={"NIANBAO_NOW": FEB3})

    assert "has not been found" in run("--open").output
    assert run("dismiss", one, "--why", "moved").output == f"finding {one}: dismiss, moved\n"
    assert "has not been found" not in run("--open").output
    assert "(dismissed by a person: moved)" in " ".join(run().output.split())
    assert run("undo", one, "--why", "not moved").output == f"finding {one}: undo, not moved\n"
    assert "has not been found" in run("--open").output
    again_refused = run("undo", one, "--why", "twice")
    assert (again_refused.exit_code, "nothing is decided" in again_refused.output) == (1, True)
    (row,) = [json.loads(line) for line in run("--json").output.splitlines() if json.loads(line)["id"] == one]
    assert (row["message"][:10], row["message_en"][:17]) == ("2026年1月31日", "the annual report")
    assert (row["decision"], row["why"]) == (None, None)
