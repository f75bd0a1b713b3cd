"""What stands in the WARC against what went over the wire, byte by byte. docs/capture.md says where they differ."""

import gzip
import socket
import threading
import zlib
from functools import partial
from types import SimpleNamespace

import asking
import pytest
import smallportal
from warcio.archiveiterator import ArchiveIterator

from archive import bundles
from archive.records import members, parse
from crawler import heads

PAGE = smallportal.page("年报", "<p>本报告依据条例编制。</p>" * 30)
NAME = "潢川县年报.pdf".encode("gb18030")


def head(*lines):
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in (*lines, "", ""))


def chunked(body):
    half = len(body) // 2
    parts = (body[:half], body[half:])
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


PACKED, DEFLATED = gzip.compress(PAGE), zlib.compress(PAGE)
HTML = "Content-Type: text/html; charset=utf-8"
ODD = "/odd.html?b=2&a=1&a=%E5%B9%B4"
# Path → the bytes that the server sends, and the body among them.
SENT = {
    ODD: (head(
        "HTTP/1.1 200 Wonderful Day", "server: nginx", "SET-COOKIE: a=1; path=/", "X-Odd:  two blanks",
        "Set-Cookie: b=2", HTML.lower(), f"content-length: {len(PAGE)}", "X-last: 1"), PAGE),
    "/packed.html": (head("HTTP/1.1 200 OK", HTML, "Content-Encoding: gzip",
                          f"Content-Length: {len(PACKED)}"), PACKED),
    "/deflated.html": (head("HTTP/1.1 200 OK", HTML, "Content-Encoding: deflate",
                            f"Content-Length: {len(DEFLATED)}"), DEFLATED),
    "/moved.html": (head("HTTP/1.1 302 Moved Temporarily", f"Location: {ODD}", "Content-Length: 5"),
                    b"moved"),
    "/file.pdf": (head("HTTP/1.1 200 OK", "Content-Type: application/octet-stream",
                       b'Content-Disposition: attachment; filename="' + NAME + b'"', "Content-Length: 14"),
                  b"%PDF-1.4 %%EOF"),
    "/gone.html": (head("HTTP/1.1 404", "Content-Length: 0"), b""),
    "/old.jsp": (head("HTTP/1.0 200 OK", HTML), PAGE),
    "/chunks.html": (head("HTTP/1.1 200 OK", HTML, "Transfer-Encoding: chunked"), PAGE),
    "/short.html": (head("HTTP/1.1 200 OK", HTML, f"Content-Length: {2 * len(PAGE)}"),
                    PAGE),
    "/robots.txt": (head("HTTP/1.1 404 Not Found", "Content-Length: 0"), b""),
}
WHOLE = [ODD, "/packed.html", "/deflated.html", "/moved.html", "/file.pdf"]
ASKED = [*WHOLE, "/gone.html", "/old.jsp", "/chunks.html", "/short.html",
         "/post.do?__wb_method=POST&page=2&q=%E5%B9%B4"]
POSTED = (head("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 11"), b'{"rows":[]}')


def answer(server, noted):
    """Answer one connection after another with the bytes as they stand; note each request's bytes."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(65536)
            path = asked.split(b" ", 2)[1].decode()
            if asked.startswith(b"POST"):
                length = int(asked.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                while len(asked.partition(b"\r\n\r\n")[2]) < length:
                    asked += connection.recv(65536)
            noted.append((path, asked))
            start, body = POSTED if path == "/post.do" else SENT[path]
            connection.sendall(start + (chunked(body) if b"chunked" in start else body))


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    """What was asked, by path; the WARC's records of the crawl; what came of each address."""
    noted = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server, noted), daemon=True).start()
        home = f"http://127.0.0.1:{server.getsockname()[1]}/"
        portal = SimpleNamespace(home=home)
        portal.crawl = partial(smallportal.SmallPortal.crawl, portal)
        path, captures = asking.ask(portal, tmp_path_factory.mktemp("wire"), ASKED)
    file = path / bundles.WARC_NAME
    with file.open("rb") as stream:
        plain = [member.plain for member in members(stream, file.stat().st_size)]
    records = {}
    for one in plain:
        fields, _, block = one[:-4].partition(b"\r\n\r\n")
        named = dict(line.split(b": ", 1) for line in fields.split(b"\r\n")[1:])
        target = named.get(b"WARC-Target-URI", b"").decode().partition(home)[2]
        records.setdefault((named[b"WARC-Type"].decode(), f"/{target}"), (named, block, one))
    return dict(reversed(noted)), records, dict(zip(ASKED, captures, strict=True)), file


@pytest.mark.parametrize("path", WHOLE)
def test_an_answer_is_stored_as_it_was_sent(wire, path):
    _, records, captures, _ = wire
    _, block, _ = records["response", path]
    assert block == b"".join(SENT[path])
    assert captures[path].outcome is None


@pytest.mark.parametrize("path", [*WHOLE, "/gone.html", "/robots.txt"])
def test_a_request_is_stored_as_it_was_sent(wire, path):
    noted, records, _, _ = wire
    _, block, _ = records["request", path]
    assert block == noted[path]


def test_a_posted_body_stands_in_the_request(wire):
    noted, records, captures, _ = wire
    _, block, _ = records["request", "/post.do"]
    assert block == noted["/post.do"]
    assert block.endswith(b"\r\n\r\npage=2&q=%E5%B9%B4")
    assert records["response", "/post.do"][1] == b"".join(POSTED)
    assert captures[ASKED[-1]].outcome is None


def test_every_hop_of_a_redirect_is_a_record_of_its_own(wire):
    _, records, captures, _ = wire
    assert records["response", "/moved.html"][1].endswith(b"moved")
    assert captures["/moved.html"].final.endswith(ODD)


def test_chunks_are_taken_off_and_the_head_says_so(wire):
    _, records, _, _ = wire
    _, block, one = records["response", "/chunks.html"]
    start = SENT["/chunks.html"][0].replace(b"Transfer-Encoding", b"X-Archive-Orig-Transfer-Encoding")
    assert block == start[:-2] + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    assert parse(one).body == PAGE


def test_a_length_that_does_not_hold_is_kept_under_another_name(wire):
    named, block, _ = wire[1]["response", "/short.html"]
    assert b"X-Archive-Orig-Content-Length: %d\r\n" % (2 * len(PAGE)) in block
    assert b"\r\nContent-Length: %d\r\n" % len(PAGE) in block
    assert named[b"WARC-Truncated"] == b"disconnect"


def test_a_length_that_nobody_gave_is_added(wire):
    named, block, _ = wire[1]["response", "/old.jsp"]
    assert block == SENT["/old.jsp"][0][:-2] + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    assert b"WARC-Truncated" not in named


def test_coded_bodies_are_read_plain_from_the_archive(wire):
    for path in ("/packed.html", "/deflated.html"):
        assert parse(wire[1]["response", path][2]).body == PAGE


def test_other_peoples_tools_read_the_records(wire):
    with wire[3].open("rb") as stream:
        seen = {}
        for record in ArchiveIterator(stream, check_digests=True):
            record.raw_stream.read()
            assert record.digest_checker.passed is not False
            seen.setdefault((record.rec_type, record.rec_headers.get_header("WARC-Target-URI")), record.http_headers)
    odd = next(http for (kind, url), http in seen.items() if kind == "response" and "odd.html" in url)
    assert odd.statusline == "200 Wonderful Day"
    assert [value for name, value in odd.headers if name.lower() == "set-cookie"] == ["a=1; path=/", "b=2"]


@pytest.mark.parametrize(("sent", "length", "kept"), [
    ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 3, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
    ("HTTP/1.1 200 OK\nContent-Length: 3\n\n", 3, "HTTP/1.1 200 OK\nContent-Length: 3\n\r\n"),
    ("HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 3\r\ncontent-length: 3\r\n\r\n", 3,
     "HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 3\r\nX-Archive-Orig-content-length: 3\r\n\r\n"),
    ("HTTP/1.1 304 Not Modified\r\n\r\n", 0, "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n")])
def test_only_what_frames_a_body_is_touched(sent, length, kept):
    assert heads.stored(sent.encode(), length) == kept.encode()
