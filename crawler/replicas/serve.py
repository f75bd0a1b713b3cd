"""The sockets: one server on loopback for each county, all in one process."""

import gzip
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from archive.clock import parse_instant
from crawler.replicas import faults
from crawler.replicas.huangchuan import huangchuan
from crawler.replicas.jinxiang import jinxiang
from crawler.replicas.pages import frame
from crawler.replicas.places import COUNTIES, HUANGCHUAN, JINXIANG, YANGGU
from crawler.replicas.truth import down
from crawler.replicas.web import Answer, Drop, Portal, Request, World, page
from crawler.replicas.yanggu import yanggu

PORTALS: dict[str, Portal] = {JINXIANG.code: jinxiang, YANGGU.code: yanggu, HUANGCHUAN.code: huangchuan}
_ROBOTS = Answer(b"User-agent: *\nDisallow: /admin/\nDisallow: /cms/login\n", "text/plain")
_HANG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What all servers share. `clock` holds an ISO instant and is read before every request, like `control`."""

    clock: Path
    control: Path | None = None
    drops: tuple[Drop, ...] = ()
    delay: float = 0.0

    def now(self) -> datetime:
        """The instant that the clock file names. Raises ValueError when it names none."""
        return parse_instant(self.clock.read_text(encoding="utf-8").strip())


class Server(ThreadingHTTPServer):
    """One county's host."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, county: str, scene: Scene) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.county = county
        self.scene = scene

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who leaves early is no error of ours."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    @property
    def home(self) -> str:
        """Where its front page stands."""
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing: stdout carries one line only."""

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._answer(dict(parse_qsl(urlsplit(self.path).query)) | dict(parse_qsl(form)))

    def _answer(self, query: dict[str, str]) -> None:
        scene, county, path = self.server.scene, self.server.county, unquote(urlsplit(self.path).path)
        if scene.delay:
            time.sleep(scene.delay)
        now = scene.now()
        fault = down(county, now) or faults.fault_for(faults.read(scene.control), county, path)
        if fault in (faults.RESET, faults.TIMEOUT):
            self._break_off(fault)
            return
        home = f"http://{self.headers.get('Host', self.server.home.split('/')[2])}"
        request = Request(path, query, home, World(now, scene.drops), self._lowered())
        if fault and fault != faults.TRUNCATED:
            self._send(faults.answer(fault), now)
        else:
            self._send(self._found(request), now, cut=fault == faults.TRUNCATED)

    def _found(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return _ROBOTS
        found = PORTALS[self.server.county](request)
        if found is None:
            county = COUNTIES[self.server.county]
            body = "<h1>404</h1><p>您访问的页面不存在。</p><p><a href='/'>返回首页</a></p>"
            return page(frame(county, f"404-{county.site_name}", body), status=404)
        return found

    def _break_off(self, fault: str) -> None:
        """Close without a word: at once and hard, or after keeping the other side waiting."""
        if fault == faults.TIMEOUT:
            time.sleep(_HANG_SECONDS)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(self, answer: Answer, now: datetime, *, cut: bool = False) -> None:
        validators = answer.validators()
        unchanged = answer.status == 200 and answer.unchanged_for(self._lowered())
        body = b"" if unchanged else answer.body
        self.send_response_only(304 if unchanged else answer.status)
        self.send_header("Server", self.server_version)
        self.send_header("Date", format_datetime(now.astimezone(UTC), usegmt=True))
        for name, value in (*answer.headers, *validators):
            self.send_header(name, value)
        if not unchanged:
            body = self._packed(answer, body)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def _lowered(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _packed(self, answer: Answer, body: bytes) -> bytes:
        """Pages of 金乡 travel packed to whoever can unpack them."""
        wanted = "gzip" in self.headers.get("Accept-Encoding", "")
        if (
            self.server.county != JINXIANG.code
            or not wanted
            or not answer.kind.startswith("text/html")
            or len(body) < 1000
        ):
            return body
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        return gzip.compress(body, mtime=0)


def start(scene: Scene) -> dict[str, Server]:
    """Start the servers, each in a thread of its own, on ports that are free."""
    servers = {county: Server(county, scene) for county in COUNTIES}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return servers
