"""public.db: a whole, checked snapshot without what is private, put in place by rename."""

import sqlite3

import pytest
from bundles import make_bundle, report

from archive.clock import parse_instant
from archive.errors import BadHome
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.publish import publish
from archive.volumes import Volumes
from archive.web.views import VIEWS

COUNTY, TOWNSHIP = "370828", "370828111"
NOW = parse_instant("2026-01-20T01:00:00Z")
SECRET = "somebody@example.org"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def db(tmp_path, home):
    with open_ledger(home) as ledger:
        folder = make_bundle(tmp_path, COUNTY, NOW, {"http://a/": b"x"}, candidates=[report("http://a/")])
        ingest(ledger, Volumes(home.warc), folder, now=NOW)
        ledger.table("digests").insert({"key": "d", "as_of": "2026-01-20", "made": "2026-01-20", "state": SECRET})
        ledger.table("outbox").insert({"key": "d1", "digest": "d", "recipient": SECRET, "subject": "s",
                                       "message_id": "m", "file": "f", "made": "2026-01-20", "tries": 0})
        yield ledger


def finding(number, attribution, confirmed):
    return {"id": number, "fingerprint": str(number), "code": "T04", "severity": "error", "attribution": attribution,
            "county": COUNTY, "township": TOWNSHIP, "report_year": 2025, "opened": "2026-02-01", "confirmed": confirmed,
            "message": "m", "evidence": "[]"}


def rows(home, sql):
    with sqlite3.connect(home.public) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_the_snapshot_has_every_row_of_the_ledger(home, db):
    publish(db, home, now=NOW)
    for table in ("counties", "townships", "bundles", "captures", "bodies", "sightings", "volumes"):
        assert rows(home, f"SELECT count(*) FROM {table}") == [(db.table(table).count,)]


def test_recipients_and_digests_stay_at_home_also_in_freed_pages(home, db):
    publish(db, home, now=NOW)
    tables = {name for (name,) in rows(home, "SELECT name FROM sqlite_master")}
    assert tables.isdisjoint({"outbox", "digests", "spans"})
    assert SECRET.encode() in home.ledger.read_bytes() + home.ledger.with_name("ledger.db-wal").read_bytes()
    assert SECRET.encode() not in home.public.read_bytes()


def test_only_confirmed_findings_about_the_publisher_leave_the_house(home, db):
    db.table("findings").insert_all([
        finding(1, "publisher", 1), finding(2, "publisher", 0), finding(3, "extractor", 1), finding(4, "unknown", 1)])
    publish(db, home, now=NOW)
    assert rows(home, "SELECT id FROM findings") == [(1,)]


def test_the_views_can_be_read(home, db):
    publish(db, home, now=NOW)
    assert {name: len(rows(home, f"SELECT * FROM {name}")) for name in VIEWS}.keys() == VIEWS.keys()


def test_the_file_s_time_is_the_instant_that_it_shows(home, db):
    assert publish(db, home, now=NOW).stat().st_mtime == NOW.timestamp()


def test_a_reader_of_the_old_snapshot_keeps_it_whole_while_the_next_takes_its_place(home, db):
    publish(db, home, now=NOW)
    reader = sqlite3.connect(home.public)
    before = reader.execute("SELECT count(*) FROM findings").fetchone()
    db.table("findings").insert(finding(1, "publisher", 1))
    publish(db, home, now=NOW)
    assert reader.execute("SELECT count(*) FROM findings").fetchone() == before == (0,)
    reader.close()
    assert rows(home, "SELECT count(*) FROM findings") == [(1,)]


def test_what_a_killed_publish_left_is_no_hindrance(home, db):
    home.public.with_suffix(".partial").write_bytes(b"half a database")
    publish(db, home, now=NOW)
    assert not home.public.with_suffix(".partial").exists()


def test_a_ledger_that_does_not_hold_together_is_not_published(home, db):
    publish(db, home, now=NOW)
    before = home.public.read_bytes()
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("UPDATE captures SET sha256 = 'nobody'")
    with pytest.raises(BadHome, match="table captures, row 1: there is no such row in bodies"):
        publish(db, home, now=NOW)
    assert home.public.read_bytes() == before


def test_the_snapshot_needs_no_second_file(home, db):
    publish(db, home, now=NOW)
    assert rows(home, "PRAGMA journal_mode") == [("delete",)]
    assert [path.name for path in home.data.glob("public.db*")] == ["public.db"]


def test_what_we_doubt_does_not_leave_inside_a_documents_json_either(db, home):
    (sha256,) = db.execute("SELECT sha256 FROM bodies").fetchone()
    checks = '[{"code": "S05", "result": "fail", "attribution": "unknown"}]'
    db.table("documents").insert({"sha256": sha256, "county": COUNTY, "parser": "p", "kind": "township_report",
                                  "cells_read": 0, "report": f'{{"kind": "k", "checks": {checks}}}', "text": ""})
    publish(db, home, now=NOW)
    assert rows(home, "SELECT report FROM documents") == [('{"kind":"k"}',)]


def duty(township, status, confirmed, flags="[]"):
    return {"township": township, "report_year": 2025, "county": COUNTY, "due_outer": "2026-03-31", "rule": "",
            "status": status, "confirmed": confirmed, "urls": "[]", "flags": flags, "evidence": "[]",
            "judged": "2026-02-02T00:00:00Z"}


def test_a_flag_stays_only_beside_the_finding_that_says_the_same(home, db):
    flags = '["backdated","changed","misfiled","vanished"]'
    db.table("duties").insert_all([duty(TOWNSHIP, "late", 1, flags), duty("370828109", "on_time", 1, flags)])
    db.table("findings").insert_all([finding(1, "publisher", 1) | {"code": "T10"},
                                     finding(2, "unknown", 0) | {"code": "L04"}])
    publish(db, home, now=NOW)
    assert rows(home, "SELECT township, flags FROM duties ORDER BY township DESC") == [
        (TOWNSHIP, '["backdated","changed"]'), ("370828109", '["backdated"]')]


def test_one_look_alone_accuses_nobody_on_a_page(home, db):
    db.table("duties").insert_all([duty(TOWNSHIP, "late", 0), duty("370828109", "missing", 0)])
    publish(db, home, now=NOW)
    assert sorted(rows(home, "SELECT standing FROM v_status")) == [("late_once",), ("missing_once",)]


def test_a_check_that_a_person_dismissed_stays_in_the_house_until_the_text_is_another(home, db):
    sha256 = db.execute("SELECT sha256 FROM bodies").fetchone()[0]
    capture = db.execute("SELECT id FROM captures").fetchone()[0]
    db.table("publications").insert({
        "id": 1, "county": COUNTY, "url": "http://a/", "township": TOWNSHIP, "report_year": 2025, "sha256": sha256,
        "first_seen": "2026-01-20", "last_seen": "2026-01-20"})
    db.table("versions").insert({"publication": 1, "number": 1, "seen": "2026-01-20", "sha256": sha256,
                                 "capture": capture, "changed": "[]"})
    db.table("checks").insert_all([
        {"publication": 1, "code": code, "result": "fail", "severity": "error", "attribution": "publisher",
         "message": "m", "cells": "[]"} for code in ("B01", "B02", "B03")])
    said = {"why": SECRET, "at": "2026-01-20"}
    db.table("decisions").insert_all([
        said | {"fingerprint": f"{code}|{COUNTY}|{TOWNSHIP}|2025|", "decision": decision, "basis": basis}
        for code, decision, basis in (("B01", "dismiss", sha256), ("B02", "dismiss", "another text"),
                                      ("B03", "dismiss", ""), ("B03", "undo", ""))])
    publish(db, home, now=NOW)
    assert rows(home, "SELECT code FROM v_defects ORDER BY code") == [("B02",), ("B03",)]
    assert SECRET.encode() not in home.public.read_bytes()
