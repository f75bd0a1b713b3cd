"""The demo, played once, compared with what the season should come to: statuses, findings, figures, evidence."""

import json
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import forms
import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.clock import iso
from crawler.replicas import season, truth
from crawler.replicas.places import PLACES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # a season of three portals, on however busy a machine

LAST = season.days()[-1]
HANDED_IN = ("370828102", 2025)  # 胡集镇
CELLS = dict.fromkeys(forms.keys(), "0") | {
    "t2.admin_fees.amount_wan_yuan": "3.5", "t3.new_received.natural_person": "6", "t3.new_received.total": "6",
    "t3.partial.natural_person": "6", "t3.partial.total": "6", "t3.total_handled.natural_person": "6",
    "t3.total_handled.total": "6", "t4.review.upheld": "", "t4.review.corrected": "/"}


def nianbao(*arguments, home=None, now=None):
    command = [str(Path(sys.executable).with_name("nianbao"))]
    command += [*(["--home", str(home)] if home else []), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **({"NIANBAO_NOW": now} if now else {})})


def statuses(home, day):
    done = nianbao("status", "--as-of", iso(day), "--json", home=home)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A finished demo: its folder and what it printed. One report and one note are handed in from outside."""
    folder = tmp_path_factory.mktemp("demo")
    reports = tmp_path_factory.mktemp("reports")
    text = forms.as_tabs(CELLS).decode().replace("某县某镇", "金乡县胡集镇").replace("2023年", "2025年")
    (reports / "胡集镇.txt").write_text(text, encoding="utf-8")
    (reports / "note.txt").write_text("关于报送2025年政府信息公开工作年度报告的通知", encoding="utf-8")
    done = nianbao("demo", folder, "--reports", reports, now="2020-01-01T00:00:00Z")
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.mark.parametrize("day", season.days(), ids=lambda day: f"{day:%d-%b}")
def test_every_duty_stands_on_every_day_as_the_season_says(demo, day):
    rows = statuses(demo[0], day)
    found = {row["division_code"]: row for row in rows if row["report_year"] == season.report_year()}
    expected = season.expected(day, dropped={HANDED_IN})
    assert {code: {key: found[code][key] for key in wanted} for code, wanted in expected.items()} == expected
    assert found.keys() == expected.keys() == PLACES.keys()


def test_reports_of_earlier_years_are_found_and_on_time(demo):
    rows = [row for row in statuses(demo[0], LAST) if row["report_year"] != season.report_year()]
    assert len(rows) == 4 * len(PLACES)
    assert {row["status"] for row in rows} == {season.earlier()["status"]}


def test_the_findings_at_the_end_are_those_of_the_season(demo):
    lines = nianbao("findings", "--open", "--json", home=demo[0], now=iso(LAST)).stdout.splitlines()
    found = {}
    for row in map(json.loads, lines):
        found.setdefault((row["division_code"], row["report_year"]), set()).add(row["code"])
    found.pop(HANDED_IN, None)
    assert found == season.open_findings(dropped={HANDED_IN})


def test_every_figure_in_the_archive_is_the_published_one(demo):
    read = _figures(demo[0])
    wrong = {}
    for code in PLACES:
        for story in truth.stories(code):
            if (code, story.year) != HANDED_IN:
                expected = story.versions[-1].cells          # also where the tables are pictures
                wrong |= {(code, story.year, key): (read[code, story.year].get(key), value)
                          for key, value in expected.items() if read[code, story.year].get(key) != value}
    assert wrong == {}


def test_a_report_handed_in_ends_in_the_archive_cell_for_cell(demo):
    expected = {key: forms_number(raw) for key, raw in CELLS.items()}
    assert _figures(demo[0])[HANDED_IN] == expected
    assert "note.txt" in demo[1].stderr


def forms_number(raw):
    return None if raw in ("", "/") else float(raw) if "." in raw else int(raw)


def _figures(home):
    """Cells by (township, year), read from public.db as anybody would."""
    found = {}
    with sqlite3.connect(home / "data" / "public.db") as db:
        db.row_factory = sqlite3.Row
        for table, prefix in (("table2", "t2"), ("table3", "t3"), ("table4", "t4")):
            for row in db.execute(f"SELECT p.township, p.report_year, t.* FROM {table} t"
                                  " JOIN publications p ON p.id = t.publication"):
                cells = found.setdefault((row["township"], row["report_year"]), {})
                cells.update({f"{prefix}.{row['row']}.{column}": row[column] for column in row.keys()[4:]})
    expected = set(forms.keys())
    return {duty: {key: value for key, value in cells.items() if key in expected} for duty, cells in found.items()}


def test_the_archive_verifies_and_reading_it_again_changes_nothing(demo):
    home = demo[0]
    assert nianbao("verify", home=home, now=iso(LAST)).returncode == 0
    before = _figures(home)
    done = nianbao("reparse", "--all", home=home, now=iso(LAST))
    assert done.returncode == 0, done.stderr
    assert _figures(home) == before


def test_every_accusation_carries_captures_that_are_in_the_volumes(demo):
    home = demo[0]
    ids = {capture for row in statuses(home, LAST) if row["status"] in ("missing", "withdrawn")
           for capture in row["evidence"]}
    assert ids
    held = set()
    for volume in (home / "data" / "warc").glob("*.warc.gz"):
        with volume.open("rb") as file:
            held |= {record.rec_headers.get_header("WARC-Record-ID")[len("<urn:uuid:"):-1]
                     for record in ArchiveIterator(file)}
    assert ids <= held


def test_each_digest_lies_in_the_outbox_as_a_mail_and_tells_a_thing_once(demo):
    mails = sorted((demo[0] / "data" / "outbox").glob("*.eml"))
    assert len(mails) == 2 * len(season.days())
    told = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mails]
    assert all({part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"} for mail in told)
    assert len({mail["Message-ID"] for mail in told}) == len(mails)
    assert len(list((demo[0] / "data" / "outbox").glob("*.html"))) == len(mails)


def test_it_prints_each_days_table_and_where_everything_lies(demo):
    printed = demo[1].stdout
    assert [line for line in printed.splitlines() if re.fullmatch(r"\d\d \w+ 2026", line)] == [
        f"{day:%d %B %Y}" for day in season.days()]
    assert str(demo[0] / "data" / "public.db") in printed
    assert "browse" in printed


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = nianbao("demo", tmp_path)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_season_is_that_of_the_demo():
    from monitor.demo import DAYS
    assert season.days() == DAYS
    assert datetime.now(UTC) > DAYS[-1]
    assert Path(truth.__file__).exists()
