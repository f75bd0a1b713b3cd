"""WARC and WACZ files made elsewhere: found again by address, in every dialect, and refused where they are damaged."""

import gzip
import json
import zipfile
from dataclasses import replace

import pytest
from captures import BROWSER, DIALECTS, Exchange, wacz, warc

from archive.asked import Asked, loose
from archive.captured import NotCaptured, captured
from archive.clock import parse_instant
from archive.errors import BadCapture

HOME = "http://www.example.gov.cn/"
AT, LATER = "2026-02-16T01:00:00Z", "2026-02-16T02:00:00Z"
PAGE = "<html><body>首页</body></html>".encode()
JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def read(tmp_path):
    """Gives the index of some exchanges as one WARC in a dialect."""
    opened = []

    def opening(*made, dialect=BROWSER):
        path = tmp_path / f"{len(opened)}.warc.gz"
        path.write_bytes(warc(made, dialect))
        context = captured([path], tmp_path)
        opened.append(context)
        return context.__enter__()

    yield opening
    for context in opened:
        context.__exit__(None, None, None)


def got(index, url, **fields):
    return index.answer(Asked("GET", url), 0, **fields)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_gives_the_page_and_its_instant(read, dialect):
    index = read(Exchange(HOME, AT, body=PAGE), Exchange(f"{HOME}a.json", AT, headers=JSON, body=b'{"a": 1}'),
                 dialect=dialect)
    for url, body in ((HOME, PAGE), (f"{HOME}a.json", b'{"a": 1}')):
        capture = got(index, url)
        assert (capture.status, capture.body, capture.at) == (200, body, parse_instant(AT))
        assert "content-encoding" not in {name.lower() for name, _ in capture.headers}


def test_a_body_that_is_stored_packed_is_given_packed(read):
    packed = gzip.compress(PAGE, mtime=0)
    capture = got(read(Exchange(HOME, AT, body=packed)), HOME)
    assert capture.body == packed
    assert ("content-encoding", "gzip") in capture.headers


@pytest.mark.parametrize(("captured_as", "asked_as"), [
    ("https://www.example.gov.cn/a", "http://www.example.gov.cn/a"),                 # the browser took https by itself
    ("http://www.example.gov.cn:80/a", "http://WWW.example.gov.cn/a"),
    ("http://h.cn/l?page=2&sid=7&_=1771203600000", "http://h.cn/l?sid=7&page=2"),    # a cache buster, another order
    ("http://h.cn/l?callback=jQuery123&page=2", "http://h.cn/l?page=2"),
    ("http://h.cn/%e5%b9%b4", "http://h.cn/%E5%B9%B4"),
])
def test_an_address_is_found_however_the_browser_wrote_it(read, captured_as, asked_as):
    assert got(read(Exchange(captured_as, AT, body=PAGE)), asked_as).body == PAGE


@pytest.mark.parametrize(("captured_as", "asked_as"), [
    ("http://h.cn/l?page=2", "http://h.cn/l?page=3"),
    ("http://h.cn/l?t=5", "http://h.cn/l?t=6"),                     # too short for an instant: a number that tells
    ("http://h.cn/l", "http://h.cn/l/"),
    ("http://h.cn/l", "http://i.cn/l"),
])
def test_another_page_is_not_taken_for_it(read, captured_as, asked_as):
    with pytest.raises(NotCaptured):
        got(read(Exchange(captured_as, AT, body=PAGE)), asked_as)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_posted_requests_are_told_apart_by_their_bodies(read, dialect):
    url = "http://h.cn/search.jsp"
    index = read(Exchange(url, AT, body=b"<p>1</p>", method="POST", sent=b"area=1&currpage=1"),
                 Exchange(url, AT, body=b"<p>2</p>", method="POST", sent=b"area=1&currpage=2"), dialect=dialect)
    assert index.answer(Asked("POST", url, b"area=1&currpage=2"), 0).body == b"<p>2</p>"
    assert index.answer(Asked("POST", url, b"currpage=1&area=1"), 0).body == b"<p>1</p>"
    for asked in (Asked("POST", url, b"area=1&currpage=3"), Asked("GET", url)):
        with pytest.raises(NotCaptured):
            index.answer(asked, 0)


def test_a_posted_request_that_an_archive_wrote_as_an_address_is_the_same():
    plain = Asked("POST", "http://h.cn/list?a=1", b'{"pageIndex": 0, "params": {"siteGuid": "G"}}')
    written = Asked("GET", "https://h.cn/list?a=1&__wb_method=POST&pageIndex=0&siteGuid=G")
    assert loose(plain) == loose(written)


def test_what_a_person_saw_at_last_counts_and_a_refusal_on_the_way_does_not(read):
    index = read(Exchange(HOME, AT, 412, body=b"<script>challenge</script>"), Exchange(HOME, AT, body=PAGE),
                 Exchange(HOME, LATER, 304), Exchange(HOME, LATER, 403))
    capture = got(index, HOME)
    assert (capture.status, capture.body) == (200, PAGE)


def test_a_page_that_is_gone_at_last_is_gone(read):
    index = read(Exchange(HOME, AT, body=PAGE), Exchange(HOME, LATER, 404, body=b"no"))
    assert got(index, HOME).status == 404


def test_a_304_alone_is_no_page(read):
    with pytest.raises(NotCaptured, match="repetition of a body that is not there"):
        got(read(Exchange(HOME, AT, 304)), HOME)


@pytest.mark.parametrize(("span", "given"), [("bytes 0-3/4", 200), ("bytes 2-5/6", None), ("bytes 0-3/9", None)])
def test_a_part_is_an_answer_only_where_it_is_all_of_it(read, span, given):
    index = read(Exchange(HOME, AT, 206, (("Content-Type", "application/pdf"), ("Content-Range", span)), b"%PDF"))
    if given:
        assert got(index, HOME).status == given
    else:
        with pytest.raises(NotCaptured, match="only a part"):
            got(index, HOME)


def test_records_that_are_no_answers_are_stepped_over(read):
    index = read(Exchange("urn:pageinfo:http://h.cn/", AT, headers=JSON, body=b"{}", kind="resource"),
                 Exchange("urn:text:http://h.cn/", AT, headers=JSON, body=b"{}", kind="resource"),
                 Exchange(HOME, AT, body=PAGE))
    assert got(index, HOME).body == PAGE
    assert index.hosts() == ["www.example.gov.cn"]


def test_a_file_that_was_archived_as_a_resource_is_an_answer(read):
    index = read(Exchange(HOME, AT, headers=(("Content-Type", "text/html"),), body=PAGE, kind="resource"))
    assert got(index, HOME).headers == (("Content-Type", "text/html"),)


@pytest.mark.parametrize("packed", ["member", "one", "none"])
def test_a_file_that_breaks_off_gives_what_is_whole(tmp_path, packed):
    whole = warc([Exchange(HOME, AT, body=PAGE), Exchange(f"{HOME}b", AT, body=bytes(range(256)) * 40)],
                 replace(BROWSER, packed=packed))
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(whole[:-300 if packed != "one" else -120])
    with captured([path], tmp_path) as index:
        assert got(index, HOME).body == PAGE
        assert index.damage
        assert all(told.startswith(f"{path} at byte ") for told in index.damage)


def test_a_damaged_record_costs_itself_and_is_named(tmp_path):
    parts = [warc([Exchange(f"{HOME}{name}", AT, body=PAGE * 50)]) for name in "ab"]
    path = tmp_path / "bad.warc.gz"
    torn = bytearray(parts[0])
    torn[len(torn) // 2] ^= 0xFF
    path.write_bytes(bytes(torn) + parts[1])
    with captured([path], tmp_path) as index:
        assert got(index, f"{HOME}b").body == PAGE * 50
        assert "bad.warc.gz at byte" in index.damage[0]


@pytest.mark.parametrize(("content", "told"), [
    (b"", "no WARC: it begins with"),
    (b"%PDF-1.7", "no WARC: it begins with"),
    (gzip.compress(b"hello", mtime=0), "no whole record in it"),
    (b"WARC/1.0\r\nContent-Length: 99999\r\n\r\n", "no whole record in it"),
])
def test_a_file_that_is_no_warc_is_refused_by_name(tmp_path, content, told):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    with pytest.raises(BadCapture, match=told) as error, captured([path], tmp_path):
        pass
    assert str(path) in str(error.value)


def test_a_wacz_gives_its_captures_and_the_pages_that_were_visited(tmp_path):
    path = wacz(tmp_path / "a.wacz", {"data.warc.gz": warc([Exchange(HOME, AT, body=PAGE)]),
                                      "more.warc": warc([Exchange(f"{HOME}b", AT)], DIALECTS["unpacked, 1.0"])},
                pages=[HOME, f"{HOME}b"])
    with captured([path], tmp_path) as index:
        assert got(index, HOME).body == PAGE
        assert got(index, f"{HOME}b").body == b""
        assert tuple(index.pages) == (HOME, f"{HOME}b")
        assert [one for one in tmp_path.iterdir() if one != path] == []      # nothing is unpacked to a name


def change(name, data):
    return lambda parts: parts.__setitem__(name, data)


def without(name):
    return lambda parts: parts.pop(name)


def described(**fields):
    """Changes what datapackage.json says of its first part."""
    def spoil(parts):
        package = json.loads(parts["datapackage.json"])
        package["resources"][0] |= fields
        parts["datapackage.json"] = json.dumps(package).encode()
        parts.pop("datapackage-digest.json")
    return spoil


@pytest.mark.parametrize(("spoil", "told"), [
    (change("archive/data.warc.gz", b"other"), r"archive/data.warc.gz: 5 bytes; datapackage.json says"),
    (described(hash="sha256:" + "0" * 64), r"archive/data.warc.gz: its sha256 is .*; datapackage.json says 0000"),
    (described(hash="crc32:00"), r"datapackage.json: resources: 0: hash: expected sha256"),
    (described(path="archive/none.warc.gz"), r"archive/none.warc.gz: datapackage.json names it, and it is not in"),
    (change("archive/more.warc.gz", b"unlisted"), r"archive/more.warc.gz: datapackage.json does not name it"),
    (change("datapackage.json", b"{}"), r"datapackage.json: 2 bytes|datapackage.json: its sha256 is"),
    (without("datapackage.json"), r"datapackage.json: is not in it"),
    (change("datapackage-digest.json", b"["), r"datapackage-digest.json: no JSON"),
])
def test_a_wacz_whose_parts_do_not_agree_is_refused_by_part(tmp_path, spoil, told):
    path = wacz(tmp_path / "a.wacz", {"data.warc.gz": warc([Exchange(HOME, AT, body=PAGE)])}, spoil=spoil)
    with pytest.raises(BadCapture, match=told) as error, captured([path], tmp_path):
        pass
    assert str(path) in str(error.value)


def test_a_wacz_of_wacz_files_is_refused(tmp_path):
    inner = wacz(tmp_path / "inner.wacz", {"data.warc.gz": warc([Exchange(HOME, AT)])})
    outer = wacz(tmp_path / "outer.wacz", {"inner.wacz": inner.read_bytes()})
    with pytest.raises(BadCapture, match="a file inside the file"), captured([outer], tmp_path):
        pass


def test_a_wacz_that_unpacks_out_of_all_proportion_is_refused(tmp_path):
    path = tmp_path / "bomb.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.warc", b"\0" * (20 << 20))
    with pytest.raises(BadCapture, match="parts that unpack to"), captured([path], tmp_path):
        pass


@pytest.mark.parametrize("name", ["archive/../../evil.warc.gz", "/archive/evil.warc.gz", "archive\\evil.warc.gz"])
def test_names_in_a_wacz_lead_nowhere(tmp_path, name):
    folder = tmp_path / "in"
    folder.mkdir()
    path = wacz(folder / "a.wacz", {"data.warc.gz": warc([Exchange(HOME, AT, body=PAGE)])},
                spoil=change(name, b"evil"))
    with captured([path], folder) as index:
        assert got(index, HOME).body == PAGE
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a.wacz", "in"]


@pytest.mark.filterwarnings("ignore:Duplicate name")      # zipfile says so while the test makes the file
def test_a_part_that_stands_in_a_wacz_twice_is_refused(tmp_path):
    path = wacz(tmp_path / "a.wacz", {"data.warc.gz": warc([Exchange(HOME, AT)])})
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("archive/data.warc.gz", b"another")
    with pytest.raises(BadCapture, match="stands in the file twice"), captured([path], tmp_path):
        pass


def test_a_file_that_is_no_zip_is_no_wacz(tmp_path):
    path = tmp_path / "a.wacz"
    path.write_bytes(b"hello")
    with pytest.raises(BadCapture, match="no WACZ"), captured([path], tmp_path):
        pass
