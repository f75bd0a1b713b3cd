"""Taking bundles in: once, whole or salvaged, and the same whatever kills it in between."""

import gzip
import hashlib
import json
import os
import random
import shutil
import signal
from datetime import timedelta

import pytest
from bundles import Answer, bundle_id, capture_id, listing, make_bundle, record_id, report

from archive import bundles
from archive.bundles import Attachment, Claim, Look, Offer, Outcome, Verdict
from archive.clock import parse_instant
from archive.errors import BadBundle, BadHome
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.records import members
from archive.verify import verify
from archive.volumes import Tail, Volumes

COUNTY, TOWNSHIP = "370828", "370828111"
NOW = parse_instant("2026-01-20T01:00:00Z")
HOST = "http://www.jinxiang.gov.cn"
LIST, PAGE, FILE = f"{HOST}/col1/", f"{HOST}/art_1.html", f"{HOST}/files/1.pdf"


def season(folder, at=NOW, page=b"<html>report</html>", **fields):
    """A small crawl with everything in it: a listing, a report with its file, a look, an error and a rendered page."""
    return make_bundle(
        folder, COUNTY, at,
        pages={
            LIST: Answer(b"<html>list</html>", headers=(("ETag", '"1"'), ("Content-Type", "text/html"))),
            PAGE: page,
            FILE: Answer(b"%PDF-1.4 figures", headers=(("Content-Type", "application/octet-stream"),)),
            f"{HOST}/gone": Answer(b"not here", status=404),
            f"{HOST}/rendered": Answer(b"<html>dom</html>", kind="resource"),
        },
        listings=[listing(LIST, division_code=TOWNSHIP, offers=[Offer(PAGE, "报告", "2026-01-15", "2026-01-15")])],
        looks=[Look(TOWNSHIP, 2025, True, None, (LIST,))],
        candidates=[
            report(PAGE, title="报告", listing=LIST, division_code=TOWNSHIP, report_year=2025,
                   claims=(Claim("2026-01-15", "meta PubDate", "2026-01-15"),),
                   attachments=(Attachment(FILE, "表.pdf", Outcome.FILE, None),)),
            report(f"{HOST}/lost", outcome=Outcome.TIMEOUT),
        ],
        **fields,
    )


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def db(home):
    with open_ledger(home) as ledger:
        yield ledger


@pytest.fixture
def volumes(home):
    return Volumes(home.warc)


def contents(db):
    """Every row of the ledger."""
    tables = sorted(set(db.table_names()) - {"_sqlite_migrations"})
    return {table: sorted(map(repr, db.query(f'SELECT * FROM "{table}"'))) for table in tables}


def errors(db, volumes):
    return [problem for problem in verify(db, volumes) if problem.severity == "error"]


def test_everything_that_a_bundle_holds_has_its_row(tmp_path, db, volumes):
    folder = season(tmp_path)
    taken = ingest(db, volumes, folder, now=NOW)
    assert (taken.bundle, taken.verdict, taken.captures, taken.new_bodies) == (folder.name, Verdict.COMPLETE, 5, 5)
    captures = {row["url"]: row for row in db.query("SELECT * FROM captures")}
    assert captures[LIST]["etag"] == '"1"'
    assert captures[f"{HOST}/gone"]["status"] == 404
    assert captures[f"{HOST}/rendered"]["record_type"] == "resource"
    assert [captures[url]["outcome"] for url in (LIST, PAGE, FILE)] == ["listing", "report", "file"]
    assert errors(db, volumes) == []


def test_the_media_type_is_told_by_content_not_by_the_server(tmp_path, db, volumes):
    ingest(db, volumes, season(tmp_path), now=NOW)
    sha256 = hashlib.sha256(b"%PDF-1.4 figures").hexdigest()
    assert db.table("bodies").get(sha256)["media_type"] == "application/pdf"


def test_a_sighting_keeps_claims_and_files_with_their_captures(tmp_path, db, volumes):
    folder = season(tmp_path)
    ingest(db, volumes, folder, now=NOW)
    seen, lost = db.query("SELECT * FROM sightings ORDER BY id")
    assert json.loads(seen["claims"]) == [{"on": "2026-01-15", "source": "meta PubDate", "raw": "2026-01-15"}]
    assert json.loads(seen["attachments"])[0]["record"] == capture_id(folder.name, FILE)
    assert (seen["capture"], seen["at"]) == (capture_id(folder.name, PAGE), "2026-01-20T01:00:01Z")
    assert (lost["outcome"], lost["capture"]) == ("error/timeout", None)


def test_a_bundle_that_is_taken_in_twice_counts_once(tmp_path, db, volumes):
    folder = season(tmp_path)
    ingest(db, volumes, folder, now=NOW)
    before, size = contents(db), (volumes.folder / volumes.names()[0]).stat().st_size
    again = ingest(db, volumes, folder, now=NOW + timedelta(days=1))
    assert (again.already, again.captures) == (True, 0)
    assert contents(db) == before
    assert (volumes.folder / volumes.names()[0]).stat().st_size == size


def test_the_same_body_from_two_crawls_is_kept_once_as_a_row(tmp_path, db, volumes):
    ingest(db, volumes, season(tmp_path), now=NOW)
    second = ingest(db, volumes, season(tmp_path, NOW + timedelta(days=1)), now=NOW)
    assert (second.captures, second.new_bodies) == (5, 0)
    assert db.table("bodies").count == 5


@pytest.mark.parametrize("status", [200, 304])
def test_a_revisit_shows_the_body_that_it_repeats(tmp_path, db, volumes, status):
    first = season(tmp_path)
    ingest(db, volumes, first, now=NOW)
    sha256 = hashlib.sha256(b"<html>report</html>").hexdigest()
    again = Answer(status=status, revisit=(record_id(first.name, PAGE), sha256))
    later = make_bundle(tmp_path, COUNTY, NOW + timedelta(days=1), {PAGE: again})
    taken = ingest(db, volumes, later, now=NOW)
    row = db.table("captures").get(capture_id(later.name, PAGE))
    assert (row["record_type"], row["status"], row["sha256"]) == ("revisit", status, sha256)
    assert taken.dropped == taken.unresolved == ()
    assert volumes.capture_body(db, row["id"]) == b"<html>report</html>"


def test_a_revisit_of_something_that_is_not_here_is_said(tmp_path, db, volumes):
    again = Answer(status=304, revisit=("<urn:uuid:00000000-0000-0000-0000-000000000000>", "0" * 64))
    taken = ingest(db, volumes, make_bundle(tmp_path, COUNTY, NOW, {PAGE: again}), now=NOW)
    assert "is not in the archive" in taken.unresolved[0]
    assert (taken.verdict, taken.captures) == (Verdict.COMPLETE, 1)


def test_a_plain_304_repeats_the_body_that_came_with_its_validator(tmp_path, db, volumes):
    ingest(db, volumes, season(tmp_path), now=NOW)
    plain = {LIST: Answer(status=304, headers=(("ETag", '"1"'),)), PAGE: Answer(status=304, headers=(("ETag", '"9"'),))}
    later = make_bundle(tmp_path, COUNTY, NOW + timedelta(days=1), plain)
    taken = ingest(db, volumes, later, now=NOW)
    listed = db.table("captures").get(capture_id(later.name, LIST))
    assert listed["sha256"] == hashlib.sha256(b"<html>list</html>").hexdigest()
    assert db.table("captures").get(capture_id(later.name, PAGE))["sha256"] is None
    assert len(taken.unresolved) == 1


def test_an_answer_that_says_not_modified_is_no_empty_body(tmp_path, db, volumes):
    ingest(db, volumes, make_bundle(tmp_path, COUNTY, NOW, {PAGE: Answer(status=304)}), now=NOW)
    assert next(db.query("SELECT sha256 FROM captures"))["sha256"] is None


def test_a_crawl_that_died_is_salvaged_without_looks_or_sightings(tmp_path, db, volumes):
    folder = season(tmp_path, aborted=True)
    taken = ingest(db, volumes, folder, now=NOW)
    assert (taken.verdict, taken.captures) == (Verdict.ABORTED, 5)
    row = db.table("bundles").get(folder.name)
    assert (row["county"], row["started"], row["ended"]) == (COUNTY, "2026-01-20T01:00:00Z", "2026-01-20T01:00:04Z")
    assert {row["outcome"] for row in db.query("SELECT outcome FROM captures")} == {None}
    assert db.table("looks").count == db.table("sightings").count == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_warc_cut_anywhere_gives_its_whole_records(tmp_path, db, volumes, seed):
    folder = season(tmp_path, aborted=True)
    path = folder / bundles.WARC_NAME
    content = path.read_bytes()
    cut = random.Random(seed).randrange(len(content))
    with path.open("rb") as file:
        whole = [one for one in members(file, len(content)) if one.offset + one.length <= cut]
    path.write_bytes(content[:cut])
    taken = ingest(db, volumes, folder, now=NOW)
    assert taken.captures == sum(b"WARC-Type: response" in one.plain or b"type: resource" in one.plain.lower()
                                 for one in whole)
    assert len(taken.dropped) == (cut > sum(one.length for one in whole))
    assert errors(db, volumes) == []


def test_a_look_whose_listing_page_was_damaged_accuses_nobody(tmp_path, db, volumes):
    folder = season(tmp_path)
    path = folder / bundles.WARC_NAME
    content = bytearray(path.read_bytes())
    with path.open("rb") as file:
        listing_record = next(one for one in members(file, len(content)) if b"<html>list" in one.plain)
    content[listing_record.offset + listing_record.length // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    taken = ingest(db, volumes, folder, now=NOW)
    look = next(db.query("SELECT * FROM looks"))
    assert (look["complete"], look["reason"]) == (0, "the capture of a listing page was damaged")
    assert next(db.query("SELECT complete, capture FROM listing_pages")) == {"complete": 0, "capture": None}
    assert taken.verdict is Verdict.PARTIAL
    assert len(taken.dropped) == 1


def test_a_folder_that_is_no_bundle_is_refused(tmp_path, db, volumes):
    (tmp_path / "photos").mkdir()
    with pytest.raises(BadBundle, match="the folder's name is not that of a bundle"):
        ingest(db, volumes, tmp_path / "photos", now=NOW)


def test_a_township_of_another_county_is_refused_before_anything_is_written(tmp_path, db, volumes):
    folder = make_bundle(tmp_path, COUNTY, NOW, looks=[Look("371521100", 2025, True)])
    with pytest.raises(BadBundle, match="division_code: 371521100 is no township of 370828"):
        ingest(db, volumes, folder, now=NOW)
    assert volumes.names() == ()


def test_a_county_outside_the_registry_is_written_down_from_the_division_table(tmp_path, db, volumes):
    ingest(db, volumes, make_bundle(tmp_path, "110105", NOW, {"http://www.bjchy.gov.cn/": b"x"}), now=NOW)
    assert db.table("counties").get("110105")["name"] == "朝阳区"
    assert db.table("townships").count_where("county = '110105' AND owes") > 20


def test_farms_are_townships_that_owe_nothing(db):
    rows = {row["name"]: row["owes"] for row in db.query("SELECT name, owes FROM townships WHERE county = '411526'")}
    assert rows["黄湖农场"] == 0
    assert sum(rows.values()) == 21


def test_two_writers_at_once_are_refused_by_name(home, db):
    with pytest.raises(BadHome, match=f"process {os.getpid()} is writing to it"):
        open_ledger(home)


def test_a_reader_sees_what_is_written_and_cannot_write(tmp_path, home, db, volumes):
    ingest(db, volumes, season(tmp_path), now=NOW)
    with open_ledger(home, read_only=True) as reader:
        assert reader.table("captures").count == 5
        with pytest.raises(Exception, match="readonly"):
            reader.execute("DELETE FROM captures")


def test_there_is_no_ledger_to_read_before_the_first_crawl(tmp_path):
    with pytest.raises(BadHome, match="no ledger yet"):
        open_ledger(Home(tmp_path), read_only=True)


def dies_at(step, home, folder):
    """Ingest in a child that kills itself at its n-th step; returns how many steps it made when it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        steps = 0

        def tick(*_):
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def add(tail, packed, _add=Tail.add):
            tick()
            placed = _add(tail, packed[: len(packed) // 2])   # a write that is torn in the middle
            for file in tail._files.values():
                file.flush()
            tick()
            _add(tail, packed[len(packed) // 2:])
            return type(placed)(placed.volume, placed.offset, len(packed))

        def fsync(handle, _fsync=os.fsync):
            tick()
            _fsync(handle)
            tick()

        Tail.add, os.fsync = add, fsync
        ledger = open_ledger(home)
        ledger.conn.set_trace_callback(tick)
        ingest(ledger, Volumes(home.warc), folder, now=NOW)
        ledger.close()
        os.write(writing, str(steps).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return int(pipe.read() or 0)


def test_an_ingest_killed_at_any_step_and_repeated_equals_one_that_was_not(tmp_path):
    first, second = season(tmp_path / "a"), season(tmp_path / "a", NOW + timedelta(days=1), b"<html>other</html>")
    calm = Home(tmp_path / "calm")
    with open_ledger(calm) as db:
        for folder in (first, second):
            ingest(db, Volumes(calm.warc), folder, now=NOW)
        expected, volume = contents(db), (calm.warc / "nianbao-00001.warc.gz").read_bytes()
    base = Home(tmp_path / "base")
    with open_ledger(base) as db:
        ingest(db, Volumes(base.warc), first, now=NOW)
    shutil.copytree(base.root, tmp_path / "whole")
    total = dies_at(0, Home(tmp_path / "whole"), second)
    assert total > 50
    for step in range(1, total + 1):
        home = Home(tmp_path / f"killed-{step}")
        shutil.copytree(base.root, home.root)
        assert dies_at(step, home, second) == 0
        with open_ledger(home) as db:
            ingest(db, Volumes(home.warc), second, now=NOW)
            assert contents(db) == expected, step
            assert (home.warc / "nianbao-00001.warc.gz").read_bytes() == volume, step
            assert list(verify(db, Volumes(home.warc))) == [], step
        shutil.rmtree(home.root)


def test_a_bundle_holds_gzip_members_that_any_tool_can_read(tmp_path):
    folder = season(tmp_path)
    assert folder.name == bundle_id(COUNTY, NOW)
    assert gzip.decompress((folder / bundles.WARC_NAME).read_bytes()).count(b"WARC/1.1\r\n") == 10
