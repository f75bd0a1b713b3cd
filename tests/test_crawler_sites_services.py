"""Replicas whose lists stand in answers of services: gkmlpt, Kaipu, Lonsun and Epoint answer as those systems do."""

import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest

from archive.clock import local_day
from crawler.replicas.sites import families
from crawler.replicas.sites.serve import DAY
from crawler.replicas.sites.world import build, counties, spec
from crawler.replicas.web import Request, World

HOME = "http://127.0.0.1"
FAMILIES = ("gkmlpt", "kaipu", "lonsun", "epoint")
CODE = counties(1)[0]


class Visitor:
    """Asks a site as a browser would, without a server between."""

    def __init__(self, family, shape="own", *switches):
        self.site = build(spec(family, CODE, shape, *switches), local_day(DAY))
        self.answers = families.software(family).pages

    def ask(self, address, body=None):
        parts = urlsplit(address)
        form = parse_qsl(parts.query, keep_blank_values=True)
        if isinstance(body, dict):
            form += list(body.items())
            body = urlencode(body)
        request = Request(parts.path, dict(form), HOME, World(DAY), {}, "GET" if body is None else "POST",
                          (body or "").encode())
        return self.answers(self.site, request)

    def text(self, address, body=None):
        answer = self.ask(address, body)
        assert answer is not None, address
        return answer.body.decode()

    def json(self, address, body=None):
        return json.loads(self.text(address, body))

    def reachable(self, most=80):
        """The addresses that links and frames lead to from the home page."""
        found, queue = {}, ["/"]
        while queue and len(found) < most:
            address = queue.pop(0)
            answer = self.ask(address)
            if address in found or answer is None:
                continue
            found[address] = answer.body.decode("utf-8", "replace")
            links = re.findall(r'(?:href|src)="([^"#]+)(?:#[^"]*)?"', found[address])
            queue += [urljoin(address, unescape(link)) for link in links if link.startswith(("/", "./"))]
        return found

    @property
    def column(self):
        return self.site.reports[0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", ["own", "shared"])
def test_the_home_page_names_the_county_and_leads_to_every_column(family, shape):
    visitor = Visitor(family, shape)
    found = visitor.reachable()
    assert visitor.site.county.name in found["/"]
    names = {column.place.name for column in visitor.site.reports if column.place}
    text = "".join(found.values())
    assert all(name in text for name in names)
    assert text.count("政府信息公开年报") >= len(visitor.site.reports)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_stands_at_an_address_that_nobody_made(family):
    assert Visitor(family).ask("/jvkg/zzz.html") is None


def test_gkmlpt_names_its_tree_in_a_script_and_lists_a_hundred_at_once():
    visitor = Visitor("gkmlpt", "shared", "post_count_high")
    entry = visitor.text("/gkmlpt/index")
    sid, number = re.search(r"SID: '(\d+)'", entry)[1], re.search(r"id: (\d+), name: '政府信息公开年报'", entry)[1]
    one, zero = (visitor.json(f"/gkmlpt/api/all/{number}?page={page}&sid={sid}") for page in (1, 0))
    assert one == zero
    assert len(one["articles"]) == one["total"] == len(visitor.column.papers) < one["classify"]["post_count"]
    assert visitor.json(f"/gkmlpt/api/all/{number}?page=2&sid={sid}")["articles"] == []
    path = urlsplit(one["articles"][0]["url"]).path
    assert visitor.column.papers[0].inner[:200] in visitor.text(path)


def test_gkmlpt_may_keep_an_articles_text_in_its_script():
    visitor = Visitor("gkmlpt", "shared", "script_body")
    category = re.search(r"#(\d+)", visitor.text("/zwgk/zfxxgk/index.html"))[1]
    articles = visitor.json(f"/gkmlpt/api/all/{category}?page=1&sid=755001")["articles"]
    page = visitor.text(urlsplit(articles[0]["url"]).path)
    assert '<div id="app"></div>' in page
    assert visitor.column.papers[0].inner[:30] in json.loads(re.search(r'content: ("(?:[^"\\]|\\.)*")', page)[1])


def test_kaipu_fills_a_list_by_its_search_in_both_forms():
    visitor = Visitor("kaipu", "shared", "json", "times", "slashes")
    address = visitor.site.county.slug
    page = next(text for url, text in visitor.reachable().items() if "/common/search/" in text and address in url)
    search = re.search(r"'(/common/search/[^']+page=)'", page)[1]
    found = visitor.json(f"{search}1")["data"]
    assert found["total"] == len(visitor.column.papers)
    assert all(one["url"].startswith("//") for one in found["results"])
    assert visitor.json(f"{search}2")["data"]["results"] != found["results"]
    assert "<li>" in visitor.text(f"{search.replace('_isJson=true', '_isJson=false')}1")
    ids = [child["channelId"] for child in visitor.json("/common/getChannelList")["results"]["children"]]
    assert re.search(r"[0-9a-f]{32}", search)[0] in ids


@pytest.mark.parametrize(("switches", "pages"), [((), (1, 1, 2)), (("zero_based",), (1, 2, 3))])
def test_lonsun_counts_its_fragments_from_one_or_from_nought(switches, pages):
    visitor = Visitor("lonsun", "shared", *switches)
    column = next(text for url, text in visitor.reachable().items() if "type=3" in url)
    size = visitor.site.per_page
    form = {"labelName": "publicInfoList", "organId": re.search(r"organId: '(\d+)'", column)[1], "type": "3",
            "catId": re.search(r"catId: '(\d*)'", column)[1], "pageSize": str(size)}
    for index, page in enumerate(pages):
        text = visitor.text("/site/label/8888", {**form, "pageIndex": str(index)})
        first = visitor.column.papers[(page - 1) * size]
        assert text.index(f'title="{first.title}"') > 0
        assert "pageCount:" in text


@pytest.mark.parametrize(("switches", "right", "wrong"), [
    ((), lambda one: one, lambda one: {"token": "", "params": one}),
    (("old_body",), lambda one: {"token": "", "params": one}, lambda one: one)])
def test_epoints_service_wants_its_own_form_of_body(switches, right, wrong):
    visitor = Visitor("epoint", "shared", *switches)
    guid = re.search(r"siteGuid: '([^']+)'", visitor.text("/js/webBuilderCommon.js"))[1]
    told = {"deptcode": "", "categorynum": "003006", "pageIndex": 0, "pageSize": 15, "siteGuid": guid}
    service = "/EWB-FRONT/rest/lightfrontaction/getgovinfolist"
    found = visitor.json(service, json.dumps(right(told)))["custom"]
    assert found["total"] == len(visitor.column.papers)
    assert visitor.ask(found["data"][0]["infourl"]) is not None
    assert "custom" not in visitor.json(service, json.dumps(wrong(told)))
