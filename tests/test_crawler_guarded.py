"""Where a crawl goes and where it does not, whatever names, redirects, parsers and bodies try."""

import contextlib
import gzip
from functools import partial
from types import SimpleNamespace

import asking
import pytest
import smallportal
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.misc import load_object

from archive import registry
from archive.bundles import Known, Outcome
from crawler.replicas.sites import certificates
from crawler.rules import Rules, is_public
from crawler.settings import settings
from crawler.spiders.portal import PortalSpider
from crawler.wire import OP_LEGACY_SERVER_CONNECT, _Policy

COUNTY = smallportal.COUNTY
PAGE = smallportal.page("年报", "<p>本报告依据条例编制。</p>" * 20)


@pytest.mark.parametrize(("address", "public"), [
    ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("127.8.8.8", False), ("::1", False),
    ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False),
    ("fe80::1%eth0", False),
    ("100.64.0.1", False), ("100.127.255.254", False), ("0.0.0.0", False), ("::", False), ("fc00::1", False),
    ("224.0.0.1", False), ("ff02::1", False), ("255.255.255.255", False), ("::ffff:127.0.0.1", False),
    ("::ffff:93.184.216.34", True), ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True), ("2002:7f00:1::", False),
    ("198.18.0.1", False)])
def test_only_addresses_of_the_open_internet_are_public(address, public):
    assert is_public(address) is public


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "x.toml"
    hosts = 'hosts = ["x.gov.cn:8080", "县.x.gov.cn"]\n'
    path.write_text(f'code = "{COUNTY}"\nhome = "http://www.x.gov.cn/"\n{hosts}', encoding="utf-8")
    return Rules(registry.read(path), Known(COUNTY, (2025,)))


@pytest.mark.parametrize("url", [
    "http://www.x.gov.cn/a", "https://www.x.gov.cn/", "HTTP://WWW.X.GOV.CN/", "http://www.x.gov.cn:80/",
    "http://x.gov.cn:8080/", "http://ｗｗｗ.x.gov.cn/", "http://www。x.gov.cn/", "http://县.x.gov.cn/",
    "https://www.x.gov.cn:443/a", "http://www.x.gov.cn/?u=http://evil.example/", "http://www.x.gov.cn/@evil.example/"])
def test_a_portals_own_addresses_are_its_own_however_they_are_written(rules, url):
    assert not rules.foreign(url)
    assert not rules.foreign(Request(url).url)


@pytest.mark.parametrize("url", [
    "http://www.x.gov.cn@evil.example/", "http://evil.example@www.x.gov.cn/", "http://u:p@www.x.gov.cn/",
    "http://evil.example\\@www.x.gov.cn/", "http://www.x.gov.cn\\.evil.example/", "http://www.x.gov.cn./",
    "http://www.x.gov.cn:8080/", "http://x.gov.cn/", "http://www.x.gov.cn.evil.example/", "http://evilx.gov.cn/",
    "http://www.x.gov.cn:99999/", "http://www.x.gov.cn:0x50/", "http://[::1]/", "http://2130706433/", "http://127.1/",
    "ftp://www.x.gov.cn/", "file:///etc/passwd", "data:text/html,x",
    "http://www.x.gov.cn%2eevil.example/", "http://www.x.gov.cn%00.evil.example/", "https:www.x.gov.cn", "http:///a"])
def test_what_parsers_disagree_about_is_foreign(rules, url):
    assert rules.foreign(url)
    with contextlib.suppress(ValueError):             # of some of them Scrapy makes no request at all
        sent = Request(url).url
        assert rules.foreign(sent) or sent.startswith("http://www.x.gov.cn/")


@pytest.mark.parametrize("url", ["http://www.x.gov.cn\t/a", "http://www.x.gov.cn\n/a", "http://www.x.gov.cn /a"])
def test_blanks_in_a_name_are_not_plain(rules, url):
    assert rules.foreign(url)


def test_nothing_of_scrapy_listens_or_reads_what_is_no_website():
    chosen = Crawler(PortalSpider, settings(Known(COUNTY, (2025,)), 5.0)).settings
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "HTTPPROXY_ENABLED", "HTTPCACHE_ENABLED",
                 "ROBOTSTXT_OBEY", "RETRY_ENABLED", "METAREFRESH_ENABLED"):
        assert chosen.getbool(name) is False, name
    assert chosen.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is True
    handlers = chosen.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler is not None} == {"http", "https"}
    assert not any("telnet" in str(name).lower() or "remote" in str(name).lower()
                   for name, order in chosen.getwithbase("EXTENSIONS").items()
                   if order is not None and load_object(name).__module__.startswith("crawler"))


@pytest.mark.parametrize(("host", "port", "legacy"), [
    (b"www.old.gov.cn", 443, True), (b"www.old.gov.cn", 8443, False), (b"xxgk.old.gov.cn", 443, False)])
def test_old_tls_is_spoken_only_with_the_hosts_that_an_entry_names(host, port, legacy):
    chosen = Crawler(PortalSpider, settings(Known(COUNTY, (2025,)), 5.0))
    from scrapy.core.downloader.contextfactory import _get_creator_context, _load_context_factory_from_settings

    policy = _Policy(_load_context_factory_from_settings(chosen), frozenset({"www.old.gov.cn"}))
    options = _get_creator_context(policy.creatorForNetloc(host, port)).set_options(0)
    assert bool(options & OP_LEGACY_SERVER_CONNECT) is legacy


# Names of our own for the child: `lies` leads somewhere public when it is checked and home when it is connected to.
NAMES = """
import socket
looked_up = []
def resolve(host, port, *rest, real=socket.getaddrinfo, **more):
    host = host.decode() if isinstance(host, bytes) else host
    if host == "lies.example":
        looked_up.append(host)
        return real("93.184.216.34" if len(looked_up) == 1 else "127.0.0.1", port, *rest, **more)
    if host == "two.example":
        return real("::1", port, *rest, **more) + real("127.0.0.1", port, *rest, **more)
    return real(host, port, *rest, **more)
socket.getaddrinfo = resolve
"""


def named(portal, host):
    """The same portal under another name."""
    port = portal.server_port
    other = SimpleNamespace(home=f"http://{host}:{port}/")
    other.crawl = partial(smallportal.SmallPortal.crawl, other)
    return other


@pytest.mark.slow
def test_a_name_that_resolves_differently_the_second_time_is_not_spoken_to(tmp_path):
    with smallportal.serving(smallportal.pages()) as portal:
        _, (capture,) = asking.ask(named(portal, "lies.example"), tmp_path, ["/"], first=NAMES,
                                   known=Known(COUNTY, (2025,), delay_seconds=0.0))
        asked = portal.asked
    assert capture.outcome == Outcome.FOREIGN
    assert "private" in capture.reason
    assert asked == []


@pytest.mark.slow
def test_where_nobody_answers_at_the_ipv6_address_the_other_one_is_asked(tmp_path):
    with smallportal.serving(smallportal.pages()) as portal:
        _, (capture,) = asking.ask(named(portal, "two.example"), tmp_path, ["/"], first=NAMES)
    assert capture.outcome is None


@contextlib.contextmanager
def secure(kind):
    """A portal on https whose certificate is of this kind."""
    with smallportal.serving(smallportal.pages()) as portal:
        portal.socket = certificates.context(kind).wrap_socket(portal.socket, server_side=True)
        yield SimpleNamespace(home=portal.home.replace("http:", "https:"), asked=portal.asked)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tls_expired", "tls_wrong_name", "tls_self_signed"])
def test_where_a_certificate_does_not_hold_only_the_portals_own_http_form_is_asked(tmp_path, kind):
    with secure(kind) as bad, smallportal.serving(smallportal.pages()) as portal:
        path = smallportal.UNITS[0].code
        _, captures = asking.ask(portal, tmp_path, [f"{bad.home}r/{path}.html", f"{bad.home}nb/"], hosts=[bad],
                                 fresh=False)
        assert bad.asked == []
        asked = [asked for _, asked in portal.asked]
    assert [capture.outcome for capture in captures] == [None, None]
    assert asked == ["/robots.txt", f"/r/{path}.html", "/nb/"]


@pytest.mark.slow
def test_where_a_certificate_does_not_hold_and_nothing_else_is_published_nothing_is_read(tmp_path):
    with secure("tls_self_signed") as bad:
        portal = SimpleNamespace(home=bad.home)
        portal.crawl = partial(smallportal.SmallPortal.crawl, portal)
        _, (capture,) = asking.ask(portal, tmp_path, ["/"])
    assert capture.outcome == Outcome.TLS
    assert bad.asked == []


SMALL = "import crawler.settings\ncrawler.settings.LARGEST = 1 << 16"


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    try:
        for _ in range(1 << 14):
            handler.wfile.write(b"x" * 4096)
    except OSError:
        pass                              # the client has hung up, as it should
    handler.close_connection = True


@pytest.mark.slow
def test_no_body_grows_beyond_what_is_taken(tmp_path):
    packed = (*smallportal.HEADERS, ("Content-Encoding", "gzip"))
    bomb = gzip.compress(b"<html>" + bytes(1 << 20))
    answers = smallportal.pages() | {
        "/bomb.html": lambda handler: handler.give(bomb, headers=packed),
        "/long.html": lambda handler: handler.give(PAGE, length=1 << 30),
        "/endless.html": endless,
        "/name.pdf": lambda handler: handler.give(b"%PDF-1.4 %%EOF", headers=(
            ("Content-Type", "application/pdf"), ("Content-Disposition", "attachment; filename=../../../evil.pdf")))}
    with smallportal.serving(answers) as portal:
        path, captures = asking.ask(portal, tmp_path, ["/bomb.html", "/long.html", "/endless.html", "/name.pdf",
                                                       "file:///etc/passwd", "data:text/html,x", "ftp://127.0.0.1/x"],
                                    first=SMALL)
    assert [capture.outcome for capture in captures] == [Outcome.TOO_LARGE] * 3 + [None] + [Outcome.FOREIGN] * 3
    assert sorted(entry.name for entry in path.iterdir()) == ["captures.warc.gz", "crawl.json"]
    assert not list(tmp_path.rglob("evil.pdf"))
