"""WARC volumes: what is stored comes back, what is torn is cut, what is damaged is named."""

import gzip
import hashlib
import io
import tempfile
import zlib
from pathlib import Path

import brotli
import pytest
from bundles import Answer, make_bundle, write_warc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.clock import parse_instant
from archive.errors import DamagedVolume, MissingBody
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.records import Damage, Member, NotARecord, members, parse
from archive.volumes import Volumes

COUNTY = "370828"
NOW = parse_instant("2026-01-20T02:00:00Z")
FIRST = "nianbao-00001.warc.gz"


def packed(*bodies):
    """The gzip members of a WARC with these bodies, in order."""
    file = io.BytesIO()
    write_warc(file, "b", NOW, {f"http://example/{number}": body for number, body in enumerate(bodies)})
    file.seek(0)
    return list(members(file, len(file.getvalue())))


def store(volumes, lengths, bodies):
    with volumes.appending(lengths) as tail:
        placed = [tail.add(member.packed) for member in packed(*bodies)]
        tail.sync()
    return placed, tail.lengths


def test_a_body_comes_back_as_it_went_in(tmp_path):
    volumes = Volumes(tmp_path)
    placed, lengths = store(volumes, {}, [b"first", b"second"])
    assert [volumes.read(place.volume, place.offset) for place in placed[1::2]] == [b"first", b"second"]
    assert lengths == {FIRST: (tmp_path / FIRST).stat().st_size}


def test_records_stand_in_a_volume_byte_for_byte_as_the_crawl_wrote_them(tmp_path):
    came = packed(b"one", b"two")
    with Volumes(tmp_path).appending({}) as tail:
        for member in came:
            tail.add(member.packed)
    assert (tmp_path / FIRST).read_bytes() == b"".join(member.packed for member in came)


def test_a_volume_that_would_grow_beyond_its_limit_is_followed_by_the_next(tmp_path):
    volumes = Volumes(tmp_path, limit=1000)
    placed, lengths = store(volumes, {}, [bytes([n]) * 50 for n in range(6)])
    assert len(volumes.names()) > 1
    assert all(length <= 1000 for length in lengths.values())
    assert [volumes.read(place.volume, place.offset) for place in placed[1::2]] == [bytes([n]) * 50 for n in range(6)]


def test_a_record_larger_than_a_volume_still_finds_a_place(tmp_path):
    placed, lengths = store(Volumes(tmp_path, limit=10), {}, [b"x" * 100])
    assert len({place.volume for place in placed}) == len(placed) == len(lengths)


def test_a_torn_tail_is_cut_and_kept_aside(tmp_path):
    volumes = Volumes(tmp_path)
    _, lengths = store(volumes, {}, [b"whole"])
    before = (tmp_path / FIRST).read_bytes()
    with (tmp_path / FIRST).open("ab") as file:
        file.write(b"half a rec")
    (kept,) = volumes.truncate_to(lengths)
    assert (tmp_path / FIRST).read_bytes() == before
    assert kept.read_bytes() == b"half a rec"
    assert volumes.truncate_to(lengths) == ()


def test_a_volume_that_the_ledger_does_not_know_is_moved_aside_whole(tmp_path):
    volumes = Volumes(tmp_path)
    store(volumes, {}, [b"of a lost ledger"])
    content = (tmp_path / FIRST).read_bytes()
    placed, _ = store(volumes, {}, [b"new"])
    assert volumes.read(FIRST, placed[1].offset) == b"new"
    assert [path.read_bytes() for path in (tmp_path / "cut").iterdir()] == [content]


def test_nothing_is_appended_to_a_volume_that_lost_bytes(tmp_path):
    volumes = Volumes(tmp_path)
    _, lengths = store(volumes, {}, [b"whole"])
    with pytest.raises(DamagedVolume, match=r"the volume ends here, the ledger knows \d+ bytes"):
        store(volumes, {FIRST: lengths[FIRST] + 1}, [b"more"])


@pytest.mark.parametrize(
    ("coding", "stored"),
    [
        ("gzip", gzip.compress(b"text", mtime=0)),
        ("gzip", gzip.compress(b"te", mtime=0) + gzip.compress(b"xt", mtime=0)),
        ("gzip", gzip.compress(b"text", mtime=0) + b"garbage behind it, as some servers send"),
        ("GZIP", gzip.compress(b"text", mtime=0)),
        ("deflate", zlib.compress(b"text")),
        ("deflate", zlib.compress(b"text")[2:-4]),           # raw deflate, against the standard
        ("br", brotli.compress(b"text")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"text"), mtime=0)),
        ("gzip", b"text"),                                    # says gzip and is not
        ("nonsense", b"text"),
    ],
)
def test_codings_are_taken_off(coding, stored):
    (_, member, _) = packed(Answer(stored, headers=(("Content-Encoding", coding),)))
    assert parse(member.plain).body == b"text"


def test_chunks_are_joined_where_a_recorder_kept_them():
    chunked = Answer(b"2\r\nte\r\n2\r\nxt\r\n0\r\n\r\n", headers=(("Transfer-Encoding", "chunked"),))
    assert parse(packed(chunked)[1].plain).body == b"text"


def test_a_record_shorter_than_it_says_is_refused():
    plain = packed(b"0123456789")[1].plain
    with pytest.raises(NotARecord, match="Content-Length"):
        parse(plain[:-5])


def test_a_record_whose_digest_does_not_match_is_refused():
    plain = packed(b"0123456789")[1].plain
    with pytest.raises(NotARecord, match="WARC-Block-Digest"):
        parse(plain.replace(b"0123456789", b"0123456780"))


def test_what_follows_a_damaged_record_is_read_all_the_same():
    file = io.BytesIO()
    write_warc(file, "b", NOW, {f"http://example/{n}": bytes([65 + n]) * 40 for n in range(3)})
    whole = list(members(io.BytesIO(file.getvalue()), len(file.getvalue())))
    damaged = bytearray(file.getvalue())
    damaged[whole[3].offset + whole[3].length // 2] ^= 0xFF
    found = list(members(io.BytesIO(bytes(damaged)), len(damaged)))
    assert [type(one) for one in found] == [Member, Member, Member, Damage, Member, Member, Member]
    assert [one.offset for one in found] == [one.offset for one in whole]


def test_a_member_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("archive.records.LIMIT", 1000)
    bomb = gzip.compress(b"WARC/1.1\r\n" + bytes(100_000))
    (found,) = members(io.BytesIO(bomb), len(bomb))
    assert isinstance(found, Damage)
    assert "more than 1000 bytes" in found.found


@pytest.fixture(scope="module")
def shelf():
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with open_ledger(home) as db:
            yield home, db, Volumes(home.warc, limit=20_000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bodies=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), coded=st.booleans())
def test_stored_bytes_come_back_by_their_digest(shelf, bodies, coded):
    home, db, volumes = shelf
    gzipped = (("Content-Encoding", "gzip"),)
    stored = [Answer(gzip.compress(body, mtime=0), headers=gzipped) if coded else body for body in bodies]
    pages = {f"http://example/{number}": body for number, body in enumerate(stored)}
    seed = hashlib.sha256(repr((bodies, coded)).encode()).hexdigest()
    folder = home.incoming / seed[:12]
    if not folder.exists():
        ingest(db, volumes, make_bundle(folder, COUNTY, NOW, pages, seed=seed), now=NOW)
    assert [volumes.body(db, hashlib.sha256(body).hexdigest()) for body in bodies] == bodies


def test_a_digest_that_nobody_stored_is_missing(shelf):
    _, db, volumes = shelf
    with pytest.raises(MissingBody):
        volumes.body(db, "0" * 64)


def test_a_body_that_changed_on_disk_is_not_handed_out(tmp_path):
    home = Home(tmp_path)
    volumes = Volumes(home.warc)
    with open_ledger(home) as db:
        ingest(db, volumes, make_bundle(home.incoming, COUNTY, NOW, {"http://example/": b"y" * 500}), now=NOW)
        row = next(db.query("SELECT * FROM captures"))
        path = home.warc / FIRST
        content = bytearray(path.read_bytes())
        content[row["offset"] + row["length"] // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(DamagedVolume, match=f"{FIRST} at byte {row['offset']}"):
            volumes.capture_body(db, row["id"])
