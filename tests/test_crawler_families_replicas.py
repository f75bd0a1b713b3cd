"""The replicas of TRS, VSB, channel/doc and Henan: what a visitor finds who follows nothing but links."""

import re
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from crawler.pages import Page
from crawler.replicas.sites import families, world
from crawler.replicas.web import Request, World

HOME = "http://127.0.0.1:1"
DAY = date(2026, 2, 16)
NOW = World(datetime(2026, 2, 16, 1, tzinfo=UTC))
NAMES = ("trs", "vsb", "channel-doc", "henan")
(COUNTY,) = world.counties(1)


def site_of(name, shape="own", *switches, per_page=2):
    return world.build(world.spec(name, COUNTY, shape, *switches, per_page=per_page), DAY)


def get(site, url):
    """The answer at an address, redirects followed."""
    for _ in range(3):
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        answer = families.software(site.family).pages(site, Request(parts.path or "/", query, HOME, NOW))
        if answer is None or answer.status != 301:
            return url, answer
        url = urljoin(url, dict(answer.headers)["Location"])
    raise AssertionError(url)


def walked(site, limit=400):
    """Every address that links lead to, and its page."""
    queue, found = [f"{HOME}/"], {}
    while queue and len(found) < limit:
        asked = queue.pop(0)
        url, answer = get(site, asked)
        if answer is None or asked in found:
            continue
        found[asked] = Page(url, answer.body.decode("utf-8", "replace"))
        queue += [link.url for link in found[asked].links if link.url.startswith(HOME) and link.url not in found]
    return found


@pytest.mark.parametrize("shape", ["own", "shared"])
@pytest.mark.parametrize("name", ["vsb", "channel-doc"])
def test_every_report_is_reached_by_links_from_the_home_page(name, shape):
    site = site_of(name, shape)
    pages = walked(site).values()
    titles = {page.metas.get("articletitle") for page in pages}
    assert {paper.title for column in site.reports for paper in column.papers} <= titles


@pytest.mark.parametrize("shape", ["own", "shared"])
@pytest.mark.parametrize("name", NAMES)
def test_every_list_is_reached_by_links_from_the_home_page(name, shape):
    site = site_of(name, shape)
    columns = [page for page in walked(site).values() if page.metas.get("columnname") == "政府信息公开年报"]
    lists = {page.url for page in columns if not page.metas.get("articletitle")}
    assert len(lists) >= len(site.reports)


@pytest.mark.parametrize(("name", "switches"), [
    ("trs", ()), ("trs", ("epoch_address",)), ("trs", ("named_lists",)), ("trs", ("no_slash",)),
    ("trs", ("script_attachment", "files=pdf")), ("trs", ("oldsrc", "files=pdf")),
    ("vsb", ("files=pdf",)), ("vsb", ("two_urls",)), ("henan", ("import_date",)), ("channel-doc", ("queries",))])
def test_an_article_says_when_it_was_published_and_carries_its_text(name, switches):
    site = site_of(name, "own", *switches, per_page=20)
    newest = site.reports[0].papers[0]
    page = next(page for page in walked(site).values() if page.metas.get("articletitle") == newest.title)
    assert newest.claimed.isoformat() in page.text
    assert ("总体情况" in page.text) is not bool(newest.uploads)


def pager_pages(site, stem, kind, count):
    """Which of the addresses of a list's pages are there."""
    folder = next(url for url in walked(site) if url.rstrip("/").endswith("/nb"))
    return [get(site, f"{folder.rstrip('/')}/{stem}_{number}.{kind}")[1] is not None for number in range(1, count)]


def test_a_trs_list_counts_its_second_page_as_one_or_as_two():
    site = site_of("trs")
    pages = -(-len(site.reports[0].papers) // 2)
    assert pager_pages(site, "index", "html", pages + 1) == [True] * (pages - 1) + [False]
    assert pager_pages(site_of("trs", "own", "one_based"), "index", "html", pages + 2) == [True] * pages + [False]
    assert pager_pages(site_of("trs", "own", "one_based=gone"), "index", "html", pages + 2) == (
        [False] + [True] * (pages - 1) + [False])


def test_a_trs_pager_announces_phantom_pages():
    plain, phantom = (
        next(page.html for page in walked(site).values() if page.url.endswith("/nb/")) for site in
        (site_of("trs"), site_of("trs", "own", "phantom")))
    counts = [int(re.search(r"createPageHTML\((\d+)", html)[1]) for html in (plain, phantom)]
    assert counts[1] == counts[0] + 2


def test_a_vsb_list_numbers_its_older_pages_downwards():
    site = site_of("vsb", per_page=1)
    first = next(page for page in walked(site).values() if page.url.endswith("/nb.htm"))
    total = len(site.reports[0].papers)
    assert next(link.url for link in first.links if link.text == "下页").endswith(f"/nb/{total - 1}.htm")
    assert next(link.url for link in first.links if link.text == "尾页").endswith("/nb/1.htm")


def test_a_vsb_download_has_no_extension_and_its_name_comes_in_a_header():
    site = site_of("vsb", "own", "files=pdf")
    file = next(link.url for page in walked(site).values() for link in page.links if "download.jsp" in link.url)
    named, nameless, code = (get(site_of("vsb", "own", "files=pdf", *more), file)[1] for more in
                             ((), ("nameless_download",), ("picture_code",)))
    assert named.body.startswith(b"%PDF")
    assert nameless.body == named.body
    assert "filename*=UTF-8''" in dict(named.headers)["Content-Disposition"]
    assert nameless.headers == ()
    assert "createimage.jsp" in code.body.decode()


def test_a_henan_pager_counts_pages_or_records():
    for switches, expected in (((), 2), (("records",), 3)):
        site = site_of("henan", "own", *switches)
        papers = [column for column in site.reports if len(column.papers) == 3]
        page = next(page for page in walked(site).values() if page.url.endswith("/zfxxgknb/")
                    and papers[0].place.name in page.title)
        assert f'pagecount="{expected}"' in page.html


def test_a_scripted_channel_holds_no_articles_and_its_request_brings_them():
    site = site_of("channel-doc", "own", "scripted")
    channel = next(page for page in walked(site).values() if page.url.endswith("_10427/"))
    assert "doc_" not in channel.html
    _, answer = get(site, f"{HOME}/api/channel/list?channel={urlsplit(channel.url).path}&pageNo=1")
    assert "/doc_" in answer.body.decode()
