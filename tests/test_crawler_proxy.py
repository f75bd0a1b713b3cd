"""Nothing but the portal's own hosts sees a connection from the browser, whatever its pages try."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import smallportal
from playwright.async_api import async_playwright
from scrapy import Request
from scrapy.http.cookies import CookieJar
from test_crawler_browser import context

from crawler.browser import Window
from crawler.chromium import Chromium, launch
from crawler.leafing import Leafing
from crawler.proxy import Proxy, is_public

pytestmark = pytest.mark.slow


class Ear:
    """A port that notes who comes, by TCP or UDP."""

    def __init__(self, kind):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind(("127.0.0.1", 0))
        self.kind, self.heard = kind, 0
        self.port = self.socket.getsockname()[1]
        if kind is socket.SOCK_STREAM:
            self.socket.listen()
        self.socket.settimeout(0.1)
        self.open = True
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        while self.open:
            with contextlib.suppress(TimeoutError):
                if self.kind is socket.SOCK_STREAM:
                    self.socket.accept()[0].close()
                else:
                    self.socket.recvfrom(1)
                self.heard += 1

    def close(self):
        self.open = False
        self.thread.join()
        self.socket.close()


@pytest.fixture
def ears():
    found = Ear(socket.SOCK_STREAM), Ear(socket.SOCK_DGRAM)
    yield found
    for ear in found:
        ear.close()


TRIES = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>年报</title>
<link rel="dns-prefetch" href="//foreign.example"><link rel="preconnect" href="http://127.0.0.1:%(tcp)d">
<link rel="prefetch" href="http://127.0.0.1:%(tcp)d/prefetch"><link rel="stylesheet" href="http://127.0.0.1:%(tcp)d/a.css">
<script type="speculationrules">{"prerender": [{"urls": ["http://127.0.0.1:%(tcp)d/prerender"]}]}</script></head><body>
<img src="http://127.0.0.1:%(tcp)d/img"><iframe src="http://127.0.0.1:%(tcp)d/frame"></iframe>
<img src="/away"><iframe src="/away"></iframe><iframe src="http://foreign.example/"></iframe>
<iframe src="http://localhost:%(own)d/other-name"></iframe><iframe src="http://127.0.0.2:%(own)d/other-address"></iframe>
<iframe src="file:///etc/passwd"></iframe><iframe src="chrome://version"></iframe><iframe src="view-source:/"></iframe>
<form id="form" method="post" action="http://127.0.0.1:%(tcp)d/form" target="post"></form><iframe name="post"></iframe>
<script>
function attempt(what) {
  try { var made = what(); if (made && made.catch) { made.catch(function () {}); } } catch (refused) {}
}
attempt(function () { return fetch('http://127.0.0.1:%(tcp)d/fetch', {mode: 'no-cors'}); });
attempt(function () { return fetch('/away', {mode: 'no-cors'}); });
attempt(function () { return fetch('http://[::1]:%(tcp)d/six', {mode: 'no-cors'}); });
attempt(function () { return fetch('http://2130706433:%(tcp)d/decimal', {mode: 'no-cors'}); });
attempt(function () { navigator.sendBeacon('http://127.0.0.1:%(tcp)d/beacon', 'x'); });
attempt(function () { new WebSocket('ws://127.0.0.1:%(tcp)d/socket'); });
attempt(function () { new EventSource('http://127.0.0.1:%(tcp)d/events'); });
attempt(function () { new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:%(tcp)d/worker')"]))); });
attempt(function () { return navigator.serviceWorker.register('/worker.js'); });
attempt(function () { window.open('http://127.0.0.1:%(tcp)d/popup'); });
attempt(function () { document.getElementById('form').submit(); });
attempt(function () {
  var peer = new RTCPeerConnection({iceServers: [
    {urls: 'stun:127.0.0.1:%(udp)d'}, {urls: 'turn:127.0.0.1:%(tcp)d?transport=tcp', username: 'u', credential: 'c'},
    {urls: 'stun:foreign.example:3478'}]});
  peer.createDataChannel('x');
  return peer.createOffer().then(function (offer) { return peer.setLocalDescription(offer); });
});
fetch('/last');
</script><ul><li><a class="entry" href="/r/1">报告</a></li></ul></body></html>"""


def hostile(ears):
    """A page that tries every way out, and a redirect to another port."""
    tcp, udp = ears

    def page(handler):
        own = handler.server.server_port
        handler.give((TRIES % {"tcp": tcp.port, "udp": udp.port, "own": own}).encode())

    def away(handler):
        handler.give(b"", status=302, headers=(("Location", f"http://127.0.0.1:{tcp.port}/redirected"),))

    worker = f"fetch('http://127.0.0.1:{tcp.port}/service')".encode()
    return {"/": page, "/away": away, "/last": b"{}",
            "/worker.js": lambda handler: handler.give(worker, headers=(("Content-Type", "text/javascript"),))}


def test_no_page_gets_out_through_the_proxy_alone(ears):
    """Without any other guard: only the proxy and the browser's switches stand in the way."""
    async def visit(portal):
        own = portal.server_port
        proxy = Proxy(lambda host, port: (host, port) == ("127.0.0.1", own), private=True)
        browser = Chromium()
        window = await browser.window(await proxy.start(), "nianbao/test")
        page = await window.new_page()
        await page.goto(portal.home, wait_until="domcontentloaded")
        await asyncio.sleep(2.5)
        await browser.leave(window)
        await proxy.close()
        return proxy

    with smallportal.serving(hostile(ears)) as portal:
        proxy = asyncio.run(visit(portal))
        paths = {path for _, path in portal.asked}
    assert [ear.heard for ear in ears] == [0, 0]
    assert list(proxy.opened) == [f"127.0.0.1:{portal.server_port}"]
    assert {f"127.0.0.1:{ears[0].port}", f"localhost:{portal.server_port}"} <= set(proxy.refused)
    assert "/last" in paths
    assert not {"/other-name", "/other-address"} & paths


def test_no_page_gets_out_of_a_crawls_window(tmp_path, ears):
    async def visit(portal):
        crawl = context(tmp_path / "crawl", portal.home)
        window = Window(crawl, "nianbao/test", 4.0, CookieJar())
        one = Leafing("a.entry", 0.0)
        await window.show(Request(portal.home), one)
        await window.close()
        crawl.bundle.close()
        return one, window.proxy

    with smallportal.serving(hostile(ears)) as portal:
        one, proxy = asyncio.run(visit(portal))
        own = f"127.0.0.1:{portal.server_port}"
    assert [ear.heard for ear in ears] == [0, 0]
    assert list(proxy.opened) == [own]
    assert len(one.states) == 1
    assert any(url.endswith("/fetch") for url in one.left_out)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "chrome://version", "view-source:http://127.0.0.1/",
                                     "data:text/html,hello"])
def test_only_http_is_shown(tmp_path, address):
    with smallportal.serving({}) as portal:
        crawl = context(tmp_path / "crawl", portal.home)
        assert crawl.rules.foreign(address)
        crawl.bundle.close()


def test_the_browser_asks_for_nothing_by_itself():
    async def idle():
        proxy = Proxy(lambda host, port: False)
        way = await proxy.start()
        async with async_playwright() as playwright:
            browser = await launch(playwright, way)
            page = await browser.new_page()
            await page.set_content("<p>年报")
            await asyncio.sleep(4.0)
            await browser.close()
        await proxy.close()
        return proxy.opened | proxy.refused

    assert asyncio.run(idle()) == {}


def ask(port, name, to, *, command=1):
    """Speak SOCKS5 by hand: the proxy's answer, and what came behind it."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as way:
        way.sendall(b"\x05\x01\x00")
        assert way.recv(2) == b"\x05\x00"
        way.sendall(bytes([5, command, 0, 3, len(name)]) + name.encode() + to.to_bytes(2, "big"))
        reply = way.recv(10)
        if reply[1] != 0:
            return reply[1], b""
        way.sendall(b"GET / HTTP/1.0\r\n\r\n")
        got = b""
        while data := way.recv(1000):
            got += data
        return 0, got


@contextlib.contextmanager
def proxying(proxy):
    """A proxy on a loop of its own; gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        way = asyncio.run_coroutine_threadsafe(proxy.start(), loop).result()
        yield int(way.rpartition(":")[2])
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_private_address_is_not_connected_unless_the_home_allows_it(ears):
    for private, reply in ((False, 2), (True, 0)):
        with smallportal.serving({"/": b"here"}) as portal, proxying(Proxy(lambda *_: True, private)) as port:
            assert ask(port, "localhost", portal.server_port)[0] == reply
            assert len(portal.asked) == (reply == 0)


def test_a_name_is_resolved_once_and_the_very_address_is_connected(monkeypatch):
    """A name that answers differently the second time gains nothing: there is no second time."""
    answers = []

    async def resolve(self, host, port, **rest):
        answers.append(host)
        address = "127.0.0.1" if len(answers) == 1 else "127.0.0.99"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with smallportal.serving({"/": b"here"}) as portal, proxying(Proxy(lambda *_: True, private=True)) as port:
        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
        with contextlib.suppress(TimeoutError):
            reply, got = ask(port, "portal.example", portal.server_port)
        monkeypatch.undo()
    assert reply == 0
    assert b"here" in got


def test_nothing_but_connections_is_made():
    with proxying(Proxy(lambda *_: True, private=True)) as port:
        assert ask(port, "127.0.0.1", 80, command=2)[0] == 7       # a port for others to connect to
        assert ask(port, "127.0.0.1", 80, command=3)[0] == 7       # datagrams


def test_who_says_nothing_holds_nobody_up(monkeypatch):
    monkeypatch.setattr("crawler.proxy.HANDSHAKE_SECONDS", 0.3)
    proxy = Proxy(lambda *_: True, private=True)
    with proxying(proxy) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as way:
        way.sendall(b"\x05")
        started = time.monotonic()
        assert way.recv(1) == b""
        assert time.monotonic() - started < 3


@pytest.mark.parametrize(("address", "public"), [
    ("219.146.9.10", True), ("2408:8756::1", True), ("127.0.0.1", False), ("10.1.2.3", False), ("192.168.1.1", False),
    ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False),
    ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False), ("fd00::1", False),
    ("224.0.0.1", False), ("::", False)])
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public
