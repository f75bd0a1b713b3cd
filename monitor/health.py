"""What a running scheduler tells over HTTP, on this machine alone: /healthz and /metrics."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, ClassVar

from archive.clock import iso
from monitor.errors import CannotListen

ASK_SECONDS = 10.0
QUIET = timedelta(hours=2)          # a round comes every hour, and tells of itself while it works
FAILING = timedelta(hours=25)       # without one round in which nothing failed: nobody can call that well

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer over HTTP."""

    body: bytes
    kind: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Answers = Mapping[str, Callable[[], Answer]]


@dataclass(slots=True)
class Health:
    """How the scheduler does. `failures` are those of the last round."""

    began: datetime
    last_round: datetime | None = None
    failures: tuple[str, ...] = ()
    _alive: float = field(default_factory=monotonic)
    _good: float = field(default_factory=monotonic)
    _ended: float | None = None

    def alive(self) -> None:
        """The thread that writes to the ledger is at work."""
        self._alive = monotonic()

    def ended(self, at: datetime, failures: tuple[str, ...]) -> None:
        """A round ended, with these failures."""
        self.alive()
        self.last_round, self.failures, self._ended = at, failures, self._alive
        self._good = self._good if failures else self._alive

    @property
    def round_age(self) -> float | None:
        """Seconds since the last round's end."""
        return None if self._ended is None else monotonic() - self._ended

    @property
    def silence(self) -> float:
        """Seconds since the thread that writes to the ledger was last heard of."""
        return monotonic() - self._alive

    @property
    def stuck(self) -> bool:
        """Whether nothing was heard for so long that it hangs."""
        return self.silence > QUIET.total_seconds()

    @property
    def good_age(self) -> float:
        """Seconds since the end of the last round in which nothing failed, or since the start."""
        return monotonic() - self._good

    def answer(self, now: datetime) -> Answer:
        """200 while the scheduler works, 503 where it hangs or where every round of a whole day has failed.

        A failure of the last round alone is told and changes nothing: the next one starts from what is stored.
        """
        told = {"status": "stuck" if self.stuck else "failing" if self.failures else "ok", "at": iso(now),
                "serving_since": iso(self.began), "last_round": iso(self.last_round) if self.last_round else None,
                "last_good_round_seconds_ago": int(self.good_age), "failures": list(self.failures)}
        ill = self.stuck or self.good_age > FAILING.total_seconds()
        status = HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.OK
        return Answer(json.dumps(told, ensure_ascii=False).encode() + b"\n", "application/json", status)


def ask(listen: tuple[str, int]) -> dict[str, Any]:
    """What a running scheduler answers for its health. Raises OSError where nobody does."""
    connection = HTTPConnection(*listen, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/healthz")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
    except (HTTPException, ValueError) as error:
        raise OSError(f"no answer of a scheduler ({type(error).__name__})") from error
    finally:
        connection.close()
    return told


@contextmanager
def listening(listen: tuple[str, int], answers: Answers) -> Iterator[int]:
    """Answer GET by path until left; gives the port. Raises CannotListen."""
    host, port = listen
    kind = _Server6 if ":" in host else ThreadingHTTPServer
    try:
        server = kind((host, port), type("Handler", (_Handler,), {"answers": dict(answers)}))
    except OSError as error:
        raise CannotListen(f"{host}:{port}", error.strerror or str(error)) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[Answers] = {}
    server_version = "nianbao"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        self._answer(self._made(self.path.partition("?")[0]))

    def _made(self, path: str) -> Answer:
        make = self.answers.get(path)
        if make is None:
            paths = " ".join(sorted(self.answers))
            return Answer(f"there are {paths}\n".encode(), status=HTTPStatus.NOT_FOUND)
        try:
            return make()
        except Exception as error:
            log.exception("%s could not be told", path)
            return Answer(f"{type(error).__name__}\n".encode(), status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server calls it so
        log.debug(format, *args)
