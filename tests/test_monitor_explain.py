"""`nianbao explain`: one duty's whole story, each line with the captures that it rests on."""

import asyncio
import json
from dataclasses import replace

import pytest
from bundles import Answer, bundle_id, capture_id, instant, listing, make_bundle, record_id
from click.testing import CliRunner
from seasons import COUNTY, HOME, LIST, NAMES, Season, Shown, again, page, shown

from archive.bundles import Candidate, Claim, Look, Offer, Outcome, Verdict
from archive.errors import BadDivision
from archive.ingest import ingest
from archive.publish import publish
from archive.refresh import refresh
from archive.web import application
from monitor import cli, decisions, findings, story
from monitor.differences import between
from monitor.errors import NoDuty

JAN20, FEB1, FEB2, FEB16, APR1, APR2 = (
    f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-16", "04-01", "04-02"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI, MAMIAO))
    yield made
    made.db.close()


def told(season, township=BUJI, at=APR2, year=2025):
    return story.tell(season.db, season.registry, season.settings, township, year, as_of=instant(at))


def keys(found, *kinds):
    return [event.text.key for event in found.events if event.kind in kinds]


def explain(season, *arguments):
    return CliRunner().invoke(cli.main, ["--home", str(season.home.root), "explain", *map(str, arguments)])


def test_a_report_s_life_is_told_in_order(season):
    season.crawl(JAN20)
    season.crawl(FEB1, shown(BUJI, on="2026-01-30"))
    season.crawl(FEB16, shown(BUJI, on="2026-01-30", figure=31))
    for at in (APR1, APR2):
        season.crawl(at, again(BUJI, Outcome.GONE, listed=False))
    season.judged(APR2)
    found = told(season)
    assert keys(found, "look", "due", "seen", "version") == [
        "look_without", "event_due", "event_seen", "look_with", "event_version", "look_with", "event_due",
        "look_gone", "look_gone"]
    days = [event.at.date() for event in found.events]
    assert days == sorted(days)
    assert (found.judgement.status, found.why.key) == ("withdrawn", "why_withdrawn")
    assert {one.code for one in found.findings} == {"L05"}


def test_every_capture_leads_to_its_record_in_the_volumes(season):
    season.crawl(JAN20)
    season.crawl(FEB1, shown(BUJI, on="2026-02-01"))
    season.crawl(FEB2, again(BUJI))
    found = told(season)
    assert found.captures
    for one in found.captures.values():
        record = season.volumes.record(one.volume, one.offset)
        assert (record.identifier, record.url, record.sha256) == (one.id, one.url, one.sha256)
    named = {capture for event in found.events for capture in event.captures}
    assert named <= found.captures.keys()


def test_the_first_listing_names_the_page_that_leads_to_the_report(season):
    """Of a listing of two pages the one that offers the report is the evidence, with the picture made of it."""
    url, second, picture = HOME + "1.html", LIST + "?2", "urn:picture"
    title = "卜集镇2025年政府信息公开工作年度报告"
    name = bundle_id(COUNTY, FEB1, "x")
    offer = Offer(url, title, "2026-01-30", "2026-01-30")
    first = listing(LIST)
    (one,) = first.pages
    pages = (one, replace(one, url=second, offers=(offer,), screenshot=record_id(name, picture)))
    shot = Answer(b"\x89PNG\r\n\x1a\n", kind="resource", headers=(("Content-Type", "image/png"),))
    claim = Claim("2026-01-30", "line 发布时间", "2026-01-30")
    folder = make_bundle(
        season.home.incoming, COUNTY, FEB1,
        {LIST: b"<p>1</p>", second: b"<p>2</p>", url: page(BUJI, on="2026-01-30"), picture: shot},
        [replace(first, pages=pages)], [Look(BUJI, 2025, True, None, (LIST,))],
        [Candidate(url, title, Outcome.REPORT, None, LIST, claims=(claim,))], seed="x")
    ingest(season.db, season.volumes, folder, now=instant(FEB1))
    refresh(season.db, season.volumes, season.registry)
    found = told(season, at=FEB1)
    (listed,) = [event for event in found.events if event.kind == "listed"]
    assert (listed.text.name, listed.captures) == (title, (capture_id(name, second),))
    assert found.captures[listed.captures[0]].screenshot == capture_id(name, picture)
    assert found.captures[capture_id(name, picture)].record_type == "resource"
    (claimed,) = [event for event in found.events if event.kind == "claim"]
    assert (claimed.text.key, claimed.text.at.isoformat()) == ("event_claim_counts", "2026-01-30")
    assert claimed.text.detail == "line 发布时间"
    printed = explain(season, BUJI, 2025, "--as-of", FEB1).output
    assert "screenshot [" in printed
    assert "image" not in printed


def test_a_crawl_that_could_not_look_says_why(season):
    season.down(FEB1)
    season.crawl(FEB2, verdict=Verdict.BLOCKED, reason="a challenge page", complete=False)
    found = told(season)
    assert [event.text.detail for event in found.events if event.kind == "look"] == [
        "http status 503", "a challenge page"]
    assert found.why.key == "why_incomplete"
    assert keys(found, "finding") == []


def test_a_crawl_that_died_before_it_looked_is_told_too(season):
    folder = make_bundle(season.home.incoming, COUNTY, FEB1, {LIST: b"<p>list</p>"}, seed="dead", aborted=True)
    ingest(season.db, season.volumes, folder, now=instant(FEB1))
    found = told(season)
    (event,) = [event for event in found.events if event.kind == "crawl"]
    assert event.text.detail == "ended without crawl.json"
    assert [found.captures[capture].url for capture in event.captures] == [LIST]
    assert found.judgement.status == "unknown"


def test_two_versions_differ_by_the_sentences_that_went_and_came(season):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, shown(BUJI, figure=31))
    (event,) = [event for event in told(season).events if event.kind == "version"]
    ((before, after),) = event.difference.sentences
    assert "主动公开政府信息27条" in before
    assert after == before.replace("27", "31")
    printed = explain(season, BUJI, 2025).output
    assert f"- {before}" in printed
    assert f"+ {after}" in printed


def test_a_version_that_differs_in_cells_names_each_of_them(season):
    found = between(season.db, COUNTY, "no such body", "nor this", ["t3.new_received.total: 3 → 4", "title"])
    assert (found.cells, found.title, found.sentences) == (("t3.new_received.total: 3 → 4",), None, ())


def test_findings_open_and_close_with_what_people_said(season):
    season.crawl(FEB1)
    season.judged(FEB1)
    (number,) = [row["id"] for row in findings.rows(season.db) if (row["code"], row["division_code"]) == ("T04", BUJI)]
    decisions.decide(season.db, number, "confirm", "asked by telephone", at=instant(FEB2))
    season.crawl(FEB16, shown(BUJI, on="2026-02-10"))
    season.judged(FEB16)
    found = told(season, at=FEB16)
    told_of = [(event.text.key, event.text.name.split()[1]) for event in found.events
               if event.kind in ("finding", "decision")]
    assert [one for one in told_of if one[1][0] == "T"] == [
        ("event_opened", "T04"), ("event_confirm", "T04"), ("event_closed", "T04"), ("event_opened", "T02")]
    printed = explain(season, BUJI, 2025, "--as-of", FEB16).output
    assert f"a person confirmed finding {number} T04: asked by telephone" in printed
    assert keys(told(season, at=FEB1), "finding", "decision") == ["event_opened"]   # the rest was not known then


def test_a_finding_that_opens_again_was_open_before(season):
    unread = Shown(HOME + "9.html", None, Outcome.TIMEOUT, title="卜集镇2025年政府信息公开工作年度报告")
    for at, items in ((FEB1, ()), (FEB2, (unread,)), (FEB16, ())):
        season.crawl(at, *items)
        season.judged(at)
    happened = [(event.at, event.text.key) for event in told(season, at=FEB16).events
                if event.kind == "finding" and event.text.name.endswith("T04")]
    assert happened == [(instant(FEB1), "event_opened"), (instant(FEB2), "event_closed"),
                        (instant(FEB16), "event_opened")]


def test_many_looks_that_say_the_same_are_told_as_one_line(season):
    for day in range(1, 8):
        season.crawl(f"2026-02-0{day}T01:00:00Z")
    short = explain(season, BUJI, 2025, "--as-of", FEB16).output
    assert short.count("complete look: the report is not there") == 1
    assert "6 more like it, the last on 7 February 2026" in short
    whole = explain(season, BUJI, 2025, "--as-of", FEB16, "--all").output
    assert whole.count("complete look: the report is not there") == 7


def test_a_first_look_accuses_nobody_in_words_either(season):
    season.crawl(FEB1)
    first = explain(season, BUJI, 2025, "--as-of", FEB1).output.splitlines()[1]
    assert first.startswith("Not found, to be confirmed by a second look (local practice): ")
    season.crawl(FEB2)
    second = explain(season, BUJI, 2025, "--as-of", FEB2).output.splitlines()[1]
    assert second.startswith("not published (local practice): ")


def test_the_due_date_names_the_notice_and_the_setting_that_it_was_computed_from(tmp_path):
    notice = 'notice = "金政办函〔2026〕3号《关于做好年报工作的通知》"'
    season = Season(tmp_path, (BUJI,), config=f'[calendar.counties.370828]\ndue_local = "02-20"\n{notice}\n')
    season.crawl(FEB1)
    shown_as = explain(season, BUJI, 2025, "--as-of", FEB1, "--lang", "zh").output
    assert "2026年2月20日：本县通知（金政办函〔2026〕3号《关于做好年报工作的通知》）" in shown_as
    assert "2026-02-20 = 2025 + 1, 02-20（nianbao.toml, calendar.counties.370828.due_local）" in shown_as
    assert "2026-03-31 = 2025 + 1, 03-31（2019年《条例》第四十九条第二款）" in shown_as
    season.db.close()


def test_up_to_2018_there_is_one_date_and_it_is_that_of_the_old_regulations(season):
    season.crawl(JAN20, shown(BUJI, year=2017, on="2018-03-20"))
    found = told(season, year=2017)
    assert [text.key for text in found.dates] == ["day_old", "day_from"]
    assert keys(found, "due") == ["event_due"]


def test_json_is_the_row_of_status_with_everything_behind_it(season):
    season.crawl(FEB1, shown(BUJI, on="2026-02-01"))
    done = explain(season, "卜集镇", 2025, "--as-of", FEB1, "--json")
    (row,) = map(json.loads, done.output.splitlines())
    assert (row["status"], row["division_code"], row["as_of"]) == ("late", BUJI, FEB1)
    assert (row["notice"], row["computed"][0][:27]) == (None, "2026-01-31 = 2025 + 1, 01-3")
    assert {capture["id"] for capture in row["captures"]} >= set(row["evidence"])
    assert {"id", "url", "at", "sha256", "volume", "offset", "screenshot"} <= row["captures"][0].keys()
    assert row["why"]["zh"] == "页面日期为2026年2月1日（line 发布时间），截止日期为2026年1月31日"
    assert all({"at", "kind", "en", "zh", "captures"} <= event.keys() for event in row["timeline"])


def test_a_township_is_found_by_code_name_or_name_with_county(season):
    for text in (BUJI, "卜集镇", "卜集", "金乡县卜集镇"):
        assert story.find(season.registry, season.settings, text)[1].code == BUJI


def test_an_ambiguous_name_is_refused_with_the_candidates(season):
    with pytest.raises(BadDivision, match="could be 城关镇"):
        story.find(season.registry, season.settings, "城关镇")
    season.crawl(FEB1)
    assert explain(season, "城关镇", 2025).exit_code == 2


def test_a_ledger_of_an_older_version_is_refused_in_words(season):
    season.crawl(FEB1)
    season.db.execute("DELETE FROM _sqlite_migrations WHERE name = 'findings_remember_when_they_were_open'")
    season.db.conn.commit()
    done = explain(season, BUJI, 2025)
    assert done.exit_code == 1
    assert "an older version made it" in done.output


def test_a_report_that_nobody_owes_has_no_story(season):
    season.crawl(FEB1)
    for township, year in ((BUJI, 2019), ("411526001", 2025)):
        with pytest.raises(NoDuty):
            told(season, township, year=year)
    assert explain(season, BUJI, 2019).exit_code == 1


# Every kind of story

def printed(season, at, township=BUJI):
    """The story in both languages; each line of the one has its line in the other, and JSON says the same."""
    both = [explain(season, township, 2025, "--as-of", at, "--all", "--lang", language).output
            for language in ("en", "zh")]
    counts = [len(text.splitlines()) for text in both]
    assert counts[0] == counts[1]
    (row,) = map(json.loads, explain(season, township, 2025, "--as-of", at, "--json").output.splitlines())
    for event in row["timeline"]:
        assert event["en"] in both[0]
        assert event["zh"] in both[1]
    return both[0]


def test_a_date_that_looks_contradict_is_told_beside_them(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
    season.crawl(FEB16, shown(BUJI, on="2026-01-30"))
    season.judged(FEB16)
    text = printed(season, FEB16)
    assert "its page claims 30 January 2026 (line 发布时间); complete looks contradict it" in text
    assert "T09 warning, the publisher's: dated 30 January 2026, but complete looks up to 2 February 2026" in text


def test_a_report_that_moved_names_both_addresses(season):
    season.crawl(JAN20, shown(BUJI, path="old.html"))
    season.crawl(FEB16, shown(BUJI, path="new.html"), Shown(HOME + "old.html", None, Outcome.GONE, listed=False))
    text = printed(season, FEB16)
    assert f"stands at a new address: {HOME}new.html (before: {HOME}old.html)" in text
    assert "[came back at a new address]" in text


def test_a_link_that_leads_to_last_year_s_report_is_told_with_its_page(season):
    link = Shown(HOME + "1.html", page(BUJI, year=2024), title="卜集镇2025年政府信息公开工作年度报告")
    for at in (FEB1, FEB2):
        season.crawl(at, link)
    season.judged(FEB2)
    text = printed(season, FEB2)
    assert "the link “卜集镇2025年政府信息公开工作年度报告” leads to the report of 卜集镇 for 2024" in text
    (event,) = [event for event in told(season, at=FEB2).events if event.kind == "misfiled"]
    assert told(season, at=FEB2).captures[event.captures[0]].url == HOME + "1.html"


def test_the_same_words_as_another_s_name_the_other(season):
    words = "".join(f"第{number}项工作按照要求逐一办理并留存台账，有关材料及时归档备查。" for number in range(40))
    for_each = [(code, page(code).decode().replace(f"，{NAMES[code]}主动", "，我镇主动")) for code in (BUJI, MAMIAO)]
    season.crawl(JAN20, *(Shown(HOME + f"{code}.html", text.replace("存在公开内容不够丰富的问题，", words).encode())
                          for code, text in for_each))
    season.judged(JAN20)
    text = printed(season, JAN20)
    assert "S13 warning, the publisher's: Same text as another report: 与马庙镇2025年年报的正文相同" in text
    assert MAMIAO in text.partition("Captures")[2]


def test_a_portal_that_was_closed_for_weeks_is_one_line(season):
    season.crawl(JAN20)
    for day in range(1, 22):
        season.down(f"2026-02-{day:02}T01:00:00Z")
    season.judged(FEB16)
    text = explain(season, BUJI, 2025, "--as-of", "2026-02-21T02:00:00Z").output
    assert text.count("look not complete, it says nothing: status 503") == 1
    assert "20 more like it, the last on 21 February 2026" in text
    assert text.splitlines()[1].startswith("unknown: the last look, on 21 February 2026, was not complete: status 503")


def test_a_capture_that_a_person_handed_in_names_that_person(season):
    season.crawl(FEB1, shown(BUJI, on="2026-01-30"))
    season.db.execute("UPDATE bundles SET by = '办公室 office@example.org'")
    season.db.conn.commit()
    assert "complete look: the report is there (handed in by 办公室 office@example.org)" in printed(season, FEB1)


def test_what_is_not_due_yet_or_without_a_date_names_the_looks_too(season):
    season.crawl(JAN20)
    before = told(season, at=JAN20)
    assert [before.captures[one].url for one in before.judgement.evidence] == [LIST]
    season.crawl(FEB16, shown(BUJI, on=None))
    after = told(season, at=FEB16)
    assert after.judgement.status == "undated"
    assert {after.captures[one].url for one in after.judgement.evidence} == {LIST, HOME + f"{BUJI}-2025.html"}


def test_every_capture_has_a_page_in_the_browser_that_leads_to_the_original(season):
    season.crawl(JAN20)
    season.crawl(FEB1, shown(BUJI, on="2026-01-30"))
    season.crawl(FEB2, again(BUJI))
    season.judged(FEB2)
    found = told(season, at=FEB2)
    publish(season.db, season.home, now=instant(FEB2))
    web = application(season.home)
    try:
        with asyncio.Runner() as runner:
            for one in found.captures.values():
                shown_page = runner.run(web.client.get(one.page))
                assert shown_page.status_code == 200, one
                assert f"/-/original/{one.sha256}" in shown_page.text
                assert runner.run(web.client.get(f"/-/original/{one.sha256}")).status_code == 200
    finally:
        web.close()
