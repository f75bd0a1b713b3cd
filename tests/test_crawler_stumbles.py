"""What nobody expected costs one page and never a county; what came torn is torn and no page."""

import gzip
import resource
import subprocess
import sys
import zlib

import pytest
import smallportal
from warcio.archiveiterator import ArchiveIterator

from archive import bundles
from archive.bundles import Outcome, Verdict
from archive.coding import TooLarge
from archive.records import Damage, members, parse
from crawler.coding import unpacked
from crawler.pages import Page, decode

pytestmark = pytest.mark.slow

TEXT = smallportal.page("年报", "<p>本报告依据条例编制。</p>" * 50)
FIRST = smallportal.UNITS[0]
REPORT = f"/r/{FIRST.code}.html"

# What an adapter with a bug does: it raises on the page that the bug is about, and reads all others.
BUGGED = """
import crawler.families as families
from dataclasses import replace
from crawler import articles
from crawler.__main__ import main

def bugged(read):
    def raising(page, *rest):
        if page is not None and {address!r} in page.url:
            raise LookupError("a page that nobody thought of")
        return read(page, *rest)
    return raising

families.FAMILIES = tuple(replace(family, read=bugged(family.read)) for family in families.FAMILIES)
articles.claims = bugged(articles.claims)
main(prog_name="crawler")
"""


def two_columns():
    """Two townships with a column of their own each, every one with one report."""
    answers = smallportal.pages()
    units = smallportal.UNITS[:2]
    links = "".join(f'<li><a href="/{unit.code}/">{unit.name}政府信息公开年报</a></li>' for unit in units)
    answers["/"] = smallportal.page("潢川县人民政府", f"<ul>{links}</ul>")
    for unit in units:
        row = f'<ul><li><a href="/r/{unit.code}.html">{smallportal.report_title(unit)}</a> 2026-01-20</li></ul>'
        answers[f"/{unit.code}/"] = smallportal.page("年报", row, column=f"{unit.name}政府信息公开年报")
    return answers, units


def looked_at(crawl):
    return {look.division_code for look in crawl.looks if look.complete}


@pytest.mark.parametrize("address", ["/{code}/", "/r/{code}.html"])
def test_a_page_that_no_adapter_can_handle_costs_its_own_township(tmp_path, address):
    answers, (first, second) = two_columns()
    address = address.format(code=first.code)
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path, script=BUGGED.format(address=address))
    assert crawl.verdict is Verdict.PARTIAL
    assert looked_at(crawl) == {second.code}
    assert {(one.url, one.reason) for one in crawl.skipped} == {
        (portal.home.rstrip("/") + address, "LookupError: a page that nobody thought of")}


def test_a_column_that_was_known_and_cannot_be_handled_is_not_gone(tmp_path):
    answers, (first, second) = two_columns()
    with smallportal.serving(answers) as portal:
        _, before = portal.crawl(tmp_path)
        known = bundles.Known("411526", (2025,), delay_seconds=0.0, allow_private_addresses=True,
                              discovered=before.started,
                              listings=tuple(bundles.Listing(one.url, one.family, None, one.division_code)
                                             for one in before.listings))
        _, crawl = portal.crawl(tmp_path, known=known, script=BUGGED.format(address=f"/{first.code}/"))
    assert looked_at(before) == {first.code, second.code}
    assert crawl.verdict is Verdict.PARTIAL
    assert looked_at(crawl) == {second.code}


def torn_gzip(handler):
    handler.give(gzip.compress(TEXT)[:-40], headers=(*smallportal.HEADERS, ("Content-Encoding", "gzip")))


def torn_deflate(handler):
    handler.give(zlib.compress(TEXT)[:-40], headers=(*smallportal.HEADERS, ("Content-Encoding", "deflate")))


def no_gzip(handler):
    handler.give(b"\x00\x01\x02\x03" * 400, headers=(*smallportal.HEADERS, ("Content-Encoding", "gzip")))


def broken_chunk(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%s\r\nthis is no length\r\n" % (len(TEXT), TEXT))
    handler.close_connection = True


def short(handler):
    handler.give(TEXT, length=2 * len(TEXT))
    handler.close_connection = True


@pytest.mark.parametrize("answer", [torn_gzip, torn_deflate, no_gzip, broken_chunk, short])
def test_what_came_torn_leaves_its_township_unknown(tmp_path, answer):
    answers = smallportal.pages() | {REPORT: answer}
    with smallportal.serving(answers) as portal:
        path, crawl = portal.crawl(tmp_path)
    outcomes = {one.url.partition("/r/")[2]: one.outcome for one in crawl.candidates}
    assert outcomes.pop(f"{FIRST.code}.html") in (Outcome.TRUNCATED, Outcome.UNREACHABLE)
    assert set(outcomes.values()) == {Outcome.REPORT}
    assert looked_at(crawl) == {unit.code for unit in smallportal.UNITS[1:4]}
    assert crawl.verdict is Verdict.PARTIAL
    with (path / bundles.WARC_NAME).open("rb") as file:
        urls = [record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)
                if record.rec_type == "response"]
    assert portal.home.rstrip("/") + REPORT in urls      # also what came torn is kept as it came


@pytest.mark.parametrize("kind", ["text/html; charset=klingon", "text/html; charset=utf-16", "text/html; charset="])
def test_a_charset_that_nobody_knows_is_no_reason_to_stop(tmp_path, kind):
    answers = smallportal.pages() | {REPORT: lambda handler: handler.give(TEXT, headers=(("Content-Type", kind),))}
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
    assert {unit.code for unit in smallportal.UNITS[1:4]} <= looked_at(crawl)
    assert not [one for one in crawl.skipped if "Error" in one.reason]


def test_a_disk_that_is_full_ends_the_crawl_and_leaves_whole_records(tmp_path):
    with smallportal.serving(smallportal.pages()) as portal:
        path, _ = portal.crawl(tmp_path)
        most = (path / bundles.WARC_NAME).stat().st_size * 2 // 3
        ended = subprocess.run(
            [sys.executable, "-m", "crawler", "411526", "--portals", str(tmp_path / "portals"), "--known",
             str(tmp_path / "known.json"), "--out", str(tmp_path / "full")],
            capture_output=True, text=True, timeout=60, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    assert ended.returncode == 1
    assert '"verdict": "aborted"' in ended.stdout
    assert "Unwritable" in ended.stderr
    (bundle,) = (tmp_path / "full").iterdir()
    assert [entry.name for entry in bundle.iterdir()] == [bundles.WARC_NAME]
    with (bundle / bundles.WARC_NAME).open("rb") as file:
        found = list(members(file, most))
    records = [parse(one.plain) for one in found if not isinstance(one, Damage)]
    assert len(records) > 4
    assert len(found) - len(records) <= 1


@pytest.mark.parametrize(("body", "codings", "whole"), [
    (TEXT, "", True), (gzip.compress(TEXT), "gzip", True), (gzip.compress(TEXT), "x-gzip", True),
    (gzip.compress(TEXT) + b"\0" * 8, "gzip", True), (gzip.compress(TEXT) * 2, "gzip", True),
    (zlib.compress(TEXT), "deflate", True), (zlib.compress(TEXT)[2:-4], "deflate", True), (TEXT, "gzip", True),
    (b"", "gzip", True), (zlib.compress(gzip.compress(TEXT)), "gzip, deflate", True),
    (gzip.compress(TEXT)[:-9], "gzip", False), (gzip.compress(TEXT) + gzip.compress(TEXT)[:30], "gzip", False),
    (zlib.compress(TEXT)[:-9], "deflate", False), (b"\1\2\3" * 99, "gzip", False), (b"\1\2\3" * 99, "zstd", False)])
def test_a_body_is_whole_when_its_coding_came_to_an_end(body, codings, whole):
    plain, ended = unpacked(body, codings, 1 << 20)
    assert ended is whole
    assert not whole or plain in (TEXT, TEXT * 2, b"")


def test_a_body_that_unpacks_without_end_is_refused():
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(bytes(1 << 20)), "gzip", 1 << 16)


@pytest.mark.parametrize("body", [
    b"", b"\0" * 50, b"<!DOCTYPE html>\0<html>\0<a href=x>y", b"<html><base href='http://[bad/'><a href='x'>y</a>",
    b"<a href='http://[::1'>x</a>", b"<?xml version='1.0' encoding='utf-16'?><html><a href=/x>y</a></html>",
    b"\xff\xfe<\0h\0", b"<html><!-- <a href='/x'>", b"<a href='http://h:port/x'>x</a>", b"<meta name=a content=\xff>"])
def test_no_bytes_at_all_stop_the_reading_of_a_page(body):
    page = Page("http://h/x", decode(body, "text/html; charset=nonsense"))
    assert page.links is not None
    assert isinstance(page.text + page.breadcrumb + page.title, str)
    assert page.metas is not None
