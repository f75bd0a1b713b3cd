"""What the digest says, and how."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import lxml.html
import pytest
from bundles import instant
from click.testing import CliRunner
from seasons import Season, Shown, again, page, shown

from archive.bundles import Outcome
from monitor import digest, letter, mail, run, settings
from monitor.cli import main
from monitor.findings import Finding
from monitor.news import next_digest
from monitor.settings import DigestDays
from monitor.texts import Text, say
from monitor.work import Work

JAN20, FEB1, FEB2, FEB3 = (f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-03"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI, MAMIAO))
    yield made
    made.db.close()


def tell(season, at):
    season.judged(at)
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(at))
    mail.enqueue(season.db, season.home, made, season.settings, now=instant(at))
    return made


def squeezed(text):
    """The last column of a text's tables, as one line."""
    return " ".join(re.sub(r"^\s+|^.*  (?=\S)", "", line) for line in text.split("\n"))


def test_a_digest_goes_out_also_when_nothing_changed(season):
    for at in (JAN20, "2026-01-21T01:00:00Z"):
        season.crawl(at, shown(BUJI))
        made = tell(season, at)
    written = letter.render(made, "en")
    assert made.quiet
    assert written.subject == "nothing new, 1 of 13 published | annual reports 2025, 金乡县"
    assert "Nothing has changed since the last digest. The next one comes on 22 January" in written.text
    assert "The next digest comes on 22 January 2026." in written.html


def test_the_same_instant_gives_the_same_digest_whether_told_or_not(season):
    season.crawl(FEB1, shown(BUJI))
    first = tell(season, FEB1)
    assert digest.make(season.db, season.registry, season.settings, as_of=instant(FEB1)) == first


def test_what_could_not_be_checked_is_told_with_the_last_look_and_accuses_nobody(season):
    season.crawl(JAN20, shown(BUJI))
    tell(season, JAN20)
    season.down(FEB1)
    made = tell(season, FEB1)
    assert not made.quiet
    text = letter.render(made, "en").text
    assert "马庙镇" in text
    assert "portal: unreachable; last complete look on 20 January 2026 (new); the last look, on 1" in squeezed(text)
    assert "we could not look" in text
    assert "== Not published ==" not in text
    season.down(FEB2)
    assert tell(season, FEB2).quiet  # told once


def test_an_accusation_that_can_no_longer_be_made_is_taken_back(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
        made = tell(season, at)
    assert {one.duty.township for one in made.new_missing} == {BUJI, MAMIAO}
    season.crawl(FEB3, Shown("http://www.jinxiang.gov.cn/9.html", None, Outcome.TIMEOUT,
                             title="卜集镇2025年政府信息公开年报"))
    made = tell(season, FEB3)
    assert [(one.place.township_name, one.en) for one in made.righted] == [
        ("卜集镇", "was told as not published; this can no longer be said")]


def test_a_report_that_comes_back_is_told(season):
    season.crawl(JAN20, shown(BUJI))
    for at in (FEB1, FEB2):
        season.crawl(at, again(BUJI, Outcome.GONE, listed=False))
        made = tell(season, at)
    assert [one.duty.township for one in made.new_withdrawn] == [BUJI]
    season.crawl(FEB3, shown(BUJI))
    made = tell(season, FEB3)
    assert ("卜集镇", "此前报告已移除，现已恢复") in [(one.place.township_name, one.zh) for one in made.righted]


def test_only_a_publisher_s_confirmed_faults_leave_the_house(season):
    season.crawl(JAN20, shown(BUJI))
    made = tell(season, JAN20)
    assert all(one.outward for one in (*made.new_findings, *made.open_findings))
    finding = Finding("B01", "error", "publisher", "370828", "金乡县", BUJI, "卜集镇", 2025, True, Text("check"))
    assert finding.outward
    for key, value in (("attribution", "unknown"), ("attribution", "extractor"), ("confirmed", False),
                       ("severity", "info")):
        assert not replace(finding, **{key: value}).outward


def test_a_recipient_hears_of_the_own_counties_only(season):
    for at in (FEB1, FEB2):
        season.crawl(at)
        made = tell(season, at)
    assert made.limited(()) == made
    assert made.limited(["370828"]).new_missing == made.new_missing
    other = made.limited(["371521"])
    assert (other.counties, other.new_missing, other.missing, other.next_dates) == ((), (), (), ())
    assert "马庙镇" not in letter.render(other, "zh").html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_of_the_portal_stay_words(season, language):
    season.crawl(FEB1, complete=False, reason='<script>alert(1)</script><img src="http://evil.example/x">')
    html = letter.render(tell(season, FEB1), language).html
    assert "<script" not in html
    loaded = lxml.html.document_fromstring(html).iter("img", "script")
    assert {one.get("src")[:4] for one in loaded} <= {"cid:"}
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_html_loads_nothing_and_stays_small_with_four_hundred_townships(season, language):
    season.crawl(FEB1)
    season.crawl(FEB2)
    made = tell(season, FEB2)
    (one, *_) = made.new_missing
    here = tuple(replace(one, duty=replace(one.duty, county=f"{number}")) for number in range(400))
    before = tuple(replace(one, duty=replace(one.duty, report_year=2024)) for one in here)
    many = replace(made, new_missing=here, missing=before, to_confirm=here)
    written = letter.render(many, language)
    text, html = written.text, written.html
    assert len(html.encode()) < 100_000
    assert not re.search(r"""<[^>]*src="(?!cid:)|href="(?!tel:\d+")|url\(|@import""", html)
    assert letter.MOST_ROWS[-1] < text.count("马庙镇") + text.count("卜集镇") < 400
    assert re.search(r"and 3\d\d more: the attached table" if language == "en" else r"另有3\d\d项：全部", html)
    assert "\n" not in written.subject


@pytest.mark.parametrize(("today", "following"), [
    (date(2026, 1, 30), date(2026, 2, 2)),   # Friday in season: Monday
    (date(2026, 2, 2), date(2026, 2, 3)),
    (date(2026, 4, 30), date(2026, 5, 4)),   # the season ends: the next Monday
    (date(2026, 12, 28), date(2027, 1, 1)),  # the season begins on a Friday
])
def test_the_next_digest_comes_on_a_workday_in_season_and_weekly_off_it(today, following):
    assert next_digest(today, DigestDays()) == following


def test_due_dates_that_lie_ahead_are_announced(season):
    season.crawl(JAN20, shown(BUJI))
    made = tell(season, JAN20)
    assert [(one.on, one.kind) for one in made.next_dates] == [(date(2026, 1, 31), "due_local"),
                                                               (date(2026, 3, 31), "due_outer")]
    made = tell(season, "2026-04-01T01:00:00Z")
    assert [one.on for one in made.next_dates] == [date(2027, 1, 31)]


def test_a_finding_that_was_told_is_told_again_only_when_it_ends(season):
    season.crawl(JAN20, shown(BUJI))
    tell(season, JAN20)
    season.crawl(FEB1, Shown("http://www.jinxiang.gov.cn/370828111-2025.html", page(BUJI, figure=31)))
    assert [one.code for one in tell(season, FEB1).new_findings] == ["T10"]
    season.crawl(FEB2, again(BUJI))
    made = tell(season, FEB2)
    assert (made.new_findings, [one.code for one in made.open_findings]) == ((), ["T10"])
    text = letter.render(made, "en").text
    assert "== Findings ==\nTold before and still open: 1; the attached table lists them all" in text
    assert "T10" not in text


def test_days_are_written_as_people_write_them():
    assert say(Text("gone_since", instant("2026-02-01T16:30:00Z")), "en") == "no longer shown since 2 February 2026"
    assert say(Text("gone_since", instant(FEB1) + timedelta(days=1)), "zh") == "2026年2月2日起未见"


def test_earlier_years_are_named_at_first_and_then_only_while_something_is_open(tmp_path):
    season = Season(tmp_path, (BUJI,), since=2024)
    season.crawl(JAN20, shown(BUJI, year=2024, on="2025-01-10"), shown(BUJI), years=(2024, 2025))
    made = tell(season, JAN20)
    lines = letter.render(made, "en").text.split("\n")
    at = lines.index("== Earlier report years ==")
    assert [line.split() for line in lines[at + 1:at + 4]] == [
        ["County", "Year", "on", "time"], ["金乡县", "2024", "1"], ["unknown", "12"]]
    settled = replace(made, since=made.as_of, earlier=tuple(
        replace(one, counts=dict.fromkeys(one.counts, 0) | {"on_time": 13}) for one in made.earlier))
    assert "Earlier report years" not in letter.render(settled, "en").text
    season.db.close()


def asked(season, *arguments):
    """What `nianbao digest` says of a season's home."""
    return CliRunner().invoke(main, ["--home", str(season.home.root), "digest", *arguments])


def test_a_preview_is_a_page_with_its_charts_for_all_counties_or_as_one_gets_it(season, tmp_path):
    season.crawl(JAN20, shown(BUJI))
    season.judged(JAN20)
    season.db.close()
    page = tmp_path / "page.html"
    for county in ([], ["金乡"]):
        done = asked(season, *county, "--as-of", JAN20, "--preview", str(page))
        assert (done.exit_code, done.output) == (0, f"{page}: 1 of 13 published | annual reports 2025, 金乡县\n")
        assert "data:image/png;base64," in page.read_text()
    assert asked(season, "杭州", "--as-of", JAN20).exit_code == 2
    assert "is a directory" in asked(season, "--preview", str(tmp_path)).output


def on_a_terminal(arguments, folder, **environ):
    """Run the command on a terminal of its own, with an `xdg-open` that writes down what it is to open."""
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {folder}/opened.part && mv {folder}/opened.part {folder}/opened\n')
    opener.chmod(0o755)
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    subprocess.run([Path(sys.executable).with_name("nianbao"), *arguments], stdout=theirs, check=True,
                   env={**kept, **environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    os.close(theirs)
    os.close(ours)


@pytest.mark.parametrize("environ", [{}, {"DISPLAY": ":9"}])
def test_a_preview_opens_on_a_desktop_and_a_server_stays_silent(season, tmp_path, environ):
    season.db.close()
    page, opened = tmp_path / "page.html", tmp_path / "opened"
    on_a_terminal(["--home", str(season.home.root), "digest", "--preview", str(page)], tmp_path, **environ)
    end = time.monotonic() + (5 if environ else 0.3)
    while not opened.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert page.exists()
    assert (opened.read_text().strip() if opened.exists() else None) == (str(page) if environ else None)


def test_a_home_that_names_nobody_says_so(season):
    season.db.close()
    assert "nobody is told: nianbao.toml names neither" in asked(season, "--send").output


def test_a_mail_that_does_not_leave_says_why(season):
    season.db.close()
    season.home.config.write_text(season.home.config.read_text() + '[mail]\nsender = "n@example.org"\n'
                                  'host = "127.0.0.1"\nport = 1\n[[mail.recipient]]\naddress = "a@example.org"\n')
    done = asked(season, "--send")
    assert (done.exit_code, "0 sent, 1 failed" in done.output) == (1, True)
    assert "a@example.org: ConnectionRefusedError" in done.output


def test_mails_that_wait_for_a_server_s_name_are_counted(season):
    season.db.close()
    season.home.config.write_text(season.home.config.read_text() +
                                  '[mail]\nsender = "n@example.org"\n[[mail.recipient]]\naddress = "a@example.org"\n')
    assert "1 more wait there: nianbao.toml names no mail.host" in asked(season, "--send").output


@pytest.mark.parametrize("arguments", [["--send", "--as-of", JAN20], ["金乡", "--send"], ["金乡", "--dry-run"],
                                       ["--send", "--preview", "x.html"], ["--dry-run", "--preview", "x.html"]])
def test_what_would_tell_something_else_than_what_stands_now_is_misuse(season, arguments):
    assert asked(season, *arguments).exit_code == 2


def test_a_dry_run_writes_nothing(season):
    season.crawl(JAN20, shown(BUJI))
    season.home.config.write_text(season.home.config.read_text() + (
        '[mail]\nsender = "n@example.org"\n[[mail.recipient]]\naddress = "a@example.org"\n'))
    done = asked(season, "--dry-run", "--as-of", JAN20)
    assert done.output.startswith("a@example.org: 1 of 13 published | annual reports 2025")
    assert done.output.endswith("0 in the outbox would be tried again\n")
    assert list(season.home.outbox.iterdir()) == []


@pytest.mark.parametrize(("config", "now", "due"), [
    ("", "2026-01-20T00:00:00Z", True),                                # eight o'clock in Beijing
    ("", "2026-01-19T23:59:59Z", False),
    ("[mail]\nhour = 17\n", "2026-01-20T08:59:00Z", False),
    ("[mail]\nhour = 17\n", "2026-01-20T09:00:00Z", True),
    ('[mail]\ndays = ["thursday"]\n', "2026-01-20T01:00:00Z", False),  # a Tuesday
    ('[mail]\ndays = ["thursday"]\n', "2026-01-22T01:00:00Z", True),
    ('[mail]\ndays = ["thursday"]\n', "2026-06-01T01:00:00Z", True),   # off season the one day counts
])
def test_the_hour_and_the_days_of_the_digest_can_be_chosen(season, config, now, due):
    season.home.config.write_text(config)
    chosen = settings.load(season.home.config, {})
    work = Work(season.home, chosen, season.registry, instant(now), replayed=True)
    assert run.digest_due(season.db, work) is due


def test_a_unit_that_a_newer_division_table_has_lost_silences_no_digest(season):
    season.crawl(FEB1)
    tell(season, FEB1)
    row = json.loads(season.db.execute("SELECT state FROM digests").fetchone()[0])
    row["accused"] |= {"370828999/2025": "missing:local", "999999999/2025": "missing:local"}
    with season.db.atomic():
        season.db.execute("UPDATE digests SET state = ?", [json.dumps(row)])
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(FEB2))
    assert {(one.place.county_name, one.place.township_name) for one in made.righted} == {
        ("370828", "370828999"), ("999999", "999999999")}
