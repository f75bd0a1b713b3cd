"""Townships' columns that no page leads to are found in the portal's sitemaps, and only where some lack."""

import gzip

import pytest
import smallportal
from smallportal import NAME, UNITS, page, report_title

from archive import divisions, registry
from crawler import sitemaps
from crawler.sitemaps import entries, promising, unpacked

PORTAL = registry.Portal("411526", divisions.county("411526").name, "x", "http://h/", frozenset({"h"}), None)
UNIT = PORTAL.find_township("卜塔集镇")
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(*urls, kind="url"):
    """A sitemap, or an index of sitemaps (kind `sitemap`)."""
    root = "urlset" if kind == "url" else "sitemapindex"
    inner = "".join(f"<{kind}><loc>{url}</loc></{kind}>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} {SPACE}>{inner}</{root}>'.encode()


def test_a_sitemap_names_addresses_and_an_index_names_sitemaps():
    assert list(entries(sitemap("http://h/a/", "http://h/b/"))) == [(False, "http://h/a/"), (False, "http://h/b/")]
    assert list(entries(gzip.compress(sitemap("http://h/1.xml", kind="sitemap")))) == [(True, "http://h/1.xml")]


@pytest.mark.parametrize("body", [
    b"", b"<html><p>404</p>", b"\x1f\x8b\x08broken", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;"])
def test_what_is_no_sitemap_names_nothing(body):
    assert list(entries(body)) == []


def test_a_sitemap_that_is_cut_off_says_what_came_of_it():
    assert list(entries(sitemap("http://h/a/", "http://h/b/")[:-40])) == [(False, "http://h/a/")]


def test_a_sitemap_that_unpacks_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 1000)
    assert len(unpacked(gzip.compress(b" " * 10_000_000))) == 1000


def test_a_township_that_lacks_and_a_folder_of_reports_make_an_address_promising():
    urls = ("http://h/news/", "http://h/butaji/", "http://h/butaji/nb/", "http://h/shuangliushu/nb/", "http://h/zfxxgk/nb/",
            "http://h/butaji/nb/202601/t20260110_5.html", "http://h/butaji/nb.pdf")
    assert promising(urls, PORTAL, {UNIT.code}) == ("http://h/butaji/nb/", "http://h/zfxxgk/nb/", "http://h/butaji/")


@pytest.fixture
def unlinked():
    """A portal whose townships' columns no page leads to; its robots.txt names a gzipped index of sitemaps."""
    answers = {"/": page(f"{NAME}人民政府", "<p>欢迎访问。</p>")}
    for number, unit in enumerate(UNITS):
        entry = f'<ul><li><a href="/r/{unit.code}.html">{report_title(unit)}</a> 2026-01-20</li></ul>'
        answers[f"/c{number}/nb/"] = page(f"{unit.name}政府信息公开年报", entry, column=f"{unit.name}政府信息公开年报")
        answers[f"/r/{unit.code}.html"] = page(report_title(unit), "<p>本报告依据条例编制。</p>" * 20)
    return answers


@pytest.mark.slow
def test_columns_that_only_a_sitemap_names_are_found(tmp_path, unlinked):
    with smallportal.serving(unlinked) as portal:
        columns = (f"{portal.home}c{number}/nb/" for number in range(len(UNITS)))
        plain = (("Content-Type", "text/plain"),)
        robots = f"User-agent: *\nDisallow:\nSitemap: {portal.home}maps/all.xml.gz\n".encode()
        unlinked["/robots.txt"] = lambda handler: handler.give(robots, headers=plain)
        unlinked["/maps/all.xml.gz"] = lambda handler: handler.give(
            gzip.compress(sitemap(f"{portal.home}maps/1.xml", kind="sitemap")), headers=plain)
        unlinked["/maps/1.xml"] = sitemap(*columns)
        _, crawl = portal.crawl(tmp_path)
        asked = [path for _, path in portal.asked]
    assert all(look.complete for look in crawl.looks)
    assert "/sitemap.xml" not in asked


@pytest.mark.slow
def test_a_sitemap_is_not_asked_for_where_nothing_lacks(tmp_path):
    with smallportal.serving(smallportal.pages(UNITS)) as portal:
        portal.crawl(tmp_path)
        assert "/sitemap.xml" not in [path for _, path in portal.asked]
