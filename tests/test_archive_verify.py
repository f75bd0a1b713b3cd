"""Verify finds whatever is not as it was stored, on either side."""

import random
from datetime import timedelta

import pytest
from bundles import Answer, make_bundle, record_id

from archive.clock import parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.verify import verify
from archive.volumes import Volumes

COUNTY = "370828"
NOW = parse_instant("2026-01-20T01:00:00Z")
PAGE = "http://www.jinxiang.gov.cn/1"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def volumes(home):
    return Volumes(home.warc, limit=2500)


@pytest.fixture
def db(tmp_path, home, volumes):
    """Three crawls over several volumes: a page, the same page again, and a revisit of it."""
    with open_ledger(home) as ledger:
        pages = [{PAGE: bytes(range(256)) * 3, f"{PAGE}/{day}": f"day {day}".encode()} for day in range(2)]
        names = []
        for day, answers in enumerate(pages):
            folder = make_bundle(tmp_path / "bundles", COUNTY, NOW + timedelta(days=day), answers)
            names.append(ingest(ledger, volumes, folder, now=NOW).bundle)
        sha256 = next(ledger.query("SELECT sha256 FROM captures WHERE url = ?", [PAGE]))["sha256"]
        again = Answer(status=304, revisit=(record_id(names[0], PAGE), sha256))
        folder = make_bundle(tmp_path / "bundles", COUNTY, NOW + timedelta(days=2), {PAGE: again})
        ingest(ledger, volumes, folder, now=NOW)
        yield ledger


def problems(db, volumes, severity="error"):
    return [problem for problem in verify(db, volumes) if problem.severity == severity]


def test_a_whole_archive_has_no_problem(db, volumes):
    assert len(volumes.names()) > 1
    assert list(verify(db, volumes)) == []


def test_every_flipped_bit_is_found(home, db, volumes):
    chance = random.Random(1)
    for _ in range(150):
        path = home.warc / chance.choice(volumes.names())
        content = path.read_bytes()
        damaged = bytearray(content)
        place = chance.randrange(len(content))
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(damaged))
        found = problems(db, volumes)
        assert found, (path.name, place)
        assert all(problem.place.startswith(path.name) for problem in found)
        path.write_bytes(content)
    assert problems(db, volumes) == []


def test_a_damaged_record_is_named_with_its_place_and_the_rest_is_still_checked(home, db, volumes):
    row = next(db.query("SELECT * FROM captures ORDER BY volume, offset"))
    path = home.warc / row["volume"]
    content = bytearray(path.read_bytes())
    content[row["offset"] + row["length"] // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    places = {problem.place for problem in problems(db, volumes)}
    assert places == {f"{row['volume']} at byte 0", f"{row['volume']} at byte {row['offset']}"}


def test_a_volume_that_is_gone_or_short_is_an_error(home, db, volumes):
    first, last = volumes.names()[0], volumes.names()[-1]
    (home.warc / first).rename(home.warc / "elsewhere")
    with (home.warc / last).open("r+b") as file:
        file.truncate(10)
    found = {problem.place: problem.message for problem in problems(db, volumes)}
    assert "is not there" in found[first]
    assert f"{last} at byte 10" in found


def test_a_torn_tail_and_an_unknown_volume_are_notes(home, db, volumes):
    last = volumes.names()[-1]
    with (home.warc / last).open("ab") as file:
        file.write(b"\x1f\x8b half a record")
    (home.warc / "nianbao-00099.warc.gz").write_bytes(b"")
    assert problems(db, volumes) == []
    assert {problem.place.split(" ")[0] for problem in problems(db, volumes, "note")} == {last, "nianbao-00099.warc.gz"}


WRONG_ROWS = [
    # what happened to the ledger, what verify says
    ("UPDATE captures SET url = 'http://other/' WHERE record_type = 'revisit'", "url is"),
    ("UPDATE captures SET offset = offset + 1 WHERE record_type = 'revisit'", "is not here"),
    ("UPDATE captures SET length = length - 1 WHERE record_type = 'revisit'", "length is"),
    ("UPDATE captures SET status = 200 WHERE record_type = 'revisit'", "status is"),
    ("UPDATE bodies SET length = length + 1", "expected the body"),
    ("UPDATE captures SET sha256 = (SELECT max(sha256) FROM bodies) WHERE sha256 < (SELECT max(sha256) FROM bodies)"
     " AND record_type = 'response'", "its body is"),
    ("DELETE FROM spans", "no bundle brought the bytes"),
    ("DELETE FROM bodies WHERE length < 10", "there is no such row in bodies"),
]


@pytest.mark.parametrize(("sql", "message"), WRONG_ROWS)
def test_a_row_that_its_record_does_not_bear_out_is_an_error(db, volumes, sql, message):
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute(sql)
    assert any(message in problem.message for problem in problems(db, volumes))


def test_a_record_without_a_row_is_a_note(db, volumes):
    db.execute("DELETE FROM captures WHERE record_type = 'revisit'")
    assert problems(db, volumes) == []
    (note,) = problems(db, volumes, "note")
    assert "has no row" in note.message


def test_progress_reaches_the_whole(db, volumes):
    steps = []
    list(verify(db, volumes, progress=lambda done, total: steps.append((done, total))))
    assert steps[-1][0] == steps[-1][1] == sum(row["length"] for row in db.query("SELECT length FROM volumes"))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
