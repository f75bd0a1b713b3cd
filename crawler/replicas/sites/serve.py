"""The sockets: many sites in one process, each on ports of its own on loopback.

    with serving([spec("trs", "522633"), spec("kaipu", "623027", "shared", "status_412")]) as sites:
        sites.homes                   county code → address of its home page
        sites.asked("522633")         what was asked of it, in order
        sites.write_portals(folder)   one registry entry for each

Every site has two hosts of its own and a third one that is not the portal's; all serve the same pages.
"""

import contextlib
import gzip
import selectors
import socket
import ssl
import struct
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.replicas.sites import certificates
from crawler.replicas.sites.served import Asked, Served
from crawler.replicas.sites.world import Spec
from crawler.replicas.web import Answer, Request, World

DAY = datetime(2026, 2, 16, 1, tzinfo=UTC)         # after the due date of report year 2025
_HANG_SECONDS = 120.0
_DRIPS = {"drip": 1.5, "drip_long": 60.0}
_PIECES = 30
_LEAST_PACKED = 500
_FIRST, _SECOND = range(2)


@dataclass(frozen=True, slots=True)
class _Door:
    """One listening socket: which host of which site, and how it speaks."""

    served: Served
    host: int
    socket: socket.socket
    secure: str | None                 # None: plain http; else the kind of certificate

    @property
    def address(self) -> str:
        switches = self.served.site.switches
        name = "localhost" if "no_ipv6" in switches else "127.0.0.1"
        if "no_dns" in switches and self.host == _FIRST:
            name = "portal-without-a-name.invalid"
        return f"http{'s' if self.secure else ''}://{name}:{self.socket.getsockname()[1]}"


class Sites:
    """Sites that are being served."""

    def __init__(self, specs: Sequence[Spec], now: datetime, folder: Path) -> None:
        self.served = {one.county: Served(one, now) for one in specs}
        if len(self.served) < len(specs):
            raise ValueError("two sites have the same county")
        self.authority = folder / "authority.pem"
        self.authority.write_bytes(certificates.authority().public)
        self._selector = selectors.DefaultSelector()
        self._open = True
        for served in self.served.values():
            self._listen(served)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def homes(self) -> dict[str, str]:
        """County code → address of its home page."""
        return {code: f"{served.addresses[_FIRST]}/" for code, served in self.served.items()}

    def hosts(self, code: str) -> tuple[str, ...]:
        """The hosts of a site beside its home's, as a registry entry names them."""
        return (urlsplit(self.served[code].addresses[_SECOND]).netloc,)

    def asked(self, code: str) -> list[Asked]:
        """What was asked of a site, in order."""
        return self.served[code].asked

    def move_clock(self, now: datetime) -> None:
        """Another instant for every site; what was asked so far is forgotten."""
        for served in self.served.values():
            served.now = now
            served.asked.clear()
            served.visited.clear()
            served.ordinal = served.lists = 0
            served.lifted = False

    def write_portals(self, folder: Path) -> None:
        """One registry entry for each site, without listings: those are to be found."""
        folder.mkdir(parents=True, exist_ok=True)
        for code, served in self.served.items():
            text = (f'code = "{code}"\nhome = "{self.homes[code]}"\nhosts = ["{self.hosts(code)[0]}"]\n'
                    f"since = {min(served.spec.years)}\n\n[expect]\ntownships = {len(served.site.county.places)}\n")
            (folder / f"c{code}.toml").write_text(text, encoding="utf-8")

    def close(self) -> None:
        """Stop listening; connections that stand end with their clients."""
        self._open = False
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            key.data.socket.close()

    def _listen(self, served: Served) -> None:
        doors = [_Door(served, host, _bound(served, host), _secure(served.spec, host)) for host in range(3)]
        first, second, foreign = (door.address for door in doors)
        served.addresses = (first, second, foreign)
        for door in doors:
            if "nobody" in served.spec.values:
                door.socket.close()
            else:
                self._selector.register(door.socket, selectors.EVENT_READ, door)

    def _accept(self) -> None:
        while self._open:
            for key, _ in self._selector.select(0.2):
                with contextlib.suppress(OSError):
                    connection, address = key.data.socket.accept()
                    threading.Thread(target=_serve, args=(key.data, connection, address), daemon=True).start()


def _bound(served: Served, host: int) -> socket.socket:
    del served, host
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    found.listen(64)
    return found


def _secure(told: Spec, host: int) -> str | None:
    if told.on("to_https"):
        return "tls" if host == _SECOND else None
    if told.on("to_http"):
        return "tls" if host == _FIRST else None
    return next((name for name in told.values if name.startswith("tls")), None)


def _serve(door: _Door, connection: socket.socket, address: Any) -> None:
    """One connection, to its end. A visitor who leaves early, or does not trust us, is no error of ours."""
    with contextlib.suppress(OSError), connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if door.secure == "tls_handshake":
            connection.recv(1)
            connection.sendall(certificates.HANDSHAKE_FAILURE)
            return
        if door.secure:
            with certificates.context(door.secure).wrap_socket(connection, server_side=True) as secured:
                _Handler(secured, address, door)
        else:
            _Handler(connection, address, door)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    wbufsize = -1
    timeout = 60

    def __init__(self, connection: socket.socket | ssl.SSLSocket, address: Any, door: _Door) -> None:
        self.door = door
        super().__init__(connection, address, door)  # type: ignore[arg-type]  # it only keeps the server

    def log_message(self, *_: object) -> None:
        """Say nothing: stdout carries one line only."""

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)), b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "json" not in self.headers.get("Content-Type", ""):
            query |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self._answer(query, body)

    def _answer(self, query: dict[str, str], body: bytes) -> None:
        served, door = self.door.served, self.door
        headers = {name.lower(): value for name, value in self.headers.items()} | {":address": self.path}
        home = served.addresses[door.host]
        method = "POST" if self.command == "POST" else "GET"
        request = Request(unquote(urlsplit(self.path).path), query, home, World(served.now), headers, method, body)
        try:
            answer, failure = served.answer(request, door.host)
        except Exception:
            served.crashed.append(f"{self.path}\n{traceback.format_exc()}")
            raise
        note = Asked(time.monotonic(), self.command, self.path, door.host, answer.status, headers.get("user-agent", ""))
        served.asked.append(note)
        if failure in ("reset", "hang"):
            self._break_off(failure)
        else:
            self._send(answer, failure, headers)

    def _break_off(self, failure: str) -> None:
        if failure == "hang":
            time.sleep(_HANG_SECONDS)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.request.close()

    def _send(self, answer: Answer, failure: str | None, headers: dict[str, str]) -> None:
        unchanged = answer.status == 200 and answer.unchanged_for(headers)
        self.send_response_only(304 if unchanged else answer.status)
        self.send_header("Server", self.server_version)
        self.send_header("Date", format_datetime(self.door.served.now.astimezone(UTC), usegmt=True))
        for name, value in (*answer.headers, *answer.validators()):
            self.send_header(name, value.encode().decode("latin-1"))
        body = b""
        if not unchanged:
            body = self._packed(answer)
            if answer.kind:
                self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, failure)

    def _write(self, body: bytes, failure: str | None) -> None:
        if failure in _DRIPS:
            size = max(1, -(-len(body) // _PIECES))
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                self.wfile.flush()
                time.sleep(_DRIPS[failure] / _PIECES)
            return
        self.wfile.write(body[: len(body) // 2] if failure == "cut" else body)
        self.close_connection = self.close_connection or failure == "cut"

    def _packed(self, answer: Answer) -> bytes:
        """Pages travel packed to whoever can unpack them."""
        wanted = "gzip" in self.headers.get("Accept-Encoding", "") and "no_gzip" not in self.door.served.spec.values
        if not wanted or not answer.kind.startswith(("text/", "application/json")) or len(answer.body) < _LEAST_PACKED:
            return answer.body
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        return gzip.compress(answer.body, 4, mtime=0)


@contextlib.contextmanager
def serving(specs: Sequence[Spec], now: datetime = DAY) -> Iterator[Sites]:
    """Serve sites while the block runs, as they stand at an instant."""
    with tempfile.TemporaryDirectory() as folder:
        sites = Sites(specs, now, Path(folder))
        try:
            yield sites
        finally:
            sites.close()
