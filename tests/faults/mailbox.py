"""A real SMTP server on loopback, in threads of its own: it writes down every mail that it takes before it answers.

    <folder>/mood      how it behaves now: a line that whoever plays a season may change at any time
    <folder>/taken/    a file for each mail that it took: its bytes, named by number and recipient
    <folder>/log       what it was asked and answered
"""

import asyncio
import os
import socket
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

LONG = 1.0                     # seconds of a slow server before each answer

# At which command a mood answers what; None: it hangs up.
ANSWERS = {
    "busy.connect": ("connect", "421 4.3.2 try again later"),
    "busy.rcpt": ("RCPT", "450 4.2.1 try again later"),
    "busy.data": ("DATA", "451 4.3.0 try again later"),
    "full.data": ("DATA", "452 4.3.1 insufficient storage"),
    "refused.mail": ("MAIL", "550 5.7.1 we do not know you"),
    "refused.rcpt": ("RCPT", "550 5.1.1 no such mailbox"),
    "refused.data": ("DATA", "554 5.6.0 we do not like it"),
    "drop.connect": ("connect", None),
    "drop.rcpt": ("RCPT", None),
    "drop.begin": ("begin", None),         # where the mail's bytes should come
    "drop.lost": ("DATA", None),           # has the bytes and does not keep them
    "drop.answer": ("taken", None),        # keeps them, and its answer never comes
    "busy.answer": ("taken", "451 4.3.0 taken, and said otherwise"),
    "drop.quit": ("QUIT", None),
}
GREY = "grey"                  # 450 to whoever is not known yet
SLOW = "slow"
STALL = "stall"                # keeps the bytes, and answers when nobody waits any more
ODD = "odd."                   # with one of the above: only each second mail meets it


class Server(SMTP):
    """The protocol, with a place to hang up before the mail's bytes."""

    async def smtp_DATA(self, arg):  # noqa: N802
        if await self.event_handler.meets("begin", self) is None:
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):  # noqa: N802
        if await self.event_handler.meets("QUIT", self) is None:
            await super().smtp_QUIT(arg)

    def connection_made(self, transport):
        super().connection_made(transport)
        mood, answer = self.event_handler.mood(), None
        place, answer = ANSWERS.get(mood, ("", ""))
        if place == "connect":
            if answer:
                transport.write(answer.encode() + b"\r\n")
            transport.close()


class Box:
    """Takes mails as its mood says."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known = set()
        self.number = len(list((folder / "taken").iterdir()))

    def mood(self):
        mood = (self.folder / "mood").read_text(encoding="utf-8").strip()
        if mood.startswith(ODD):
            return mood.removeprefix(ODD) if self.number % 2 else "kind"
        return mood

    async def meets(self, place, server):
        """What is answered here instead of going on: a line, an empty one after hanging up, None to go on."""
        mood = self.mood()
        if mood == SLOW:
            await asyncio.sleep(LONG)
        where, answer = ANSWERS.get(mood, ("", ""))
        if where != place:
            return None
        self.note(f"{place}: {answer or 'hangs up'}")
        if answer is None:
            server.transport.abort()
        return answer or ""

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        met = await self.meets("MAIL", server)
        if met is None:
            envelope.mail_from = address
        return met or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        met = await self.meets("RCPT", server)
        if met is None and self.mood() == GREY and address not in self.known:
            self.known.add(address)
            return "450 4.7.1 greylisted, try again later"
        if met is None:
            envelope.rcpt_tos.append(address)
        return met or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        met = await self.meets("DATA", server)
        if met is not None:
            return met or "451 gone"
        self.take(envelope)
        if self.mood() == STALL:
            await asyncio.sleep(4 * LONG)
        met = await self.meets("taken", server)
        return "250 OK" if met is None else met or "451 gone"

    def take(self, envelope):
        """Keep the bytes; only then an answer goes out."""
        self.number += 1
        name = f"{self.number:04}-{'+'.join(envelope.rcpt_tos)}"
        scratch = self.folder / f"{name}.partial"
        scratch.write_bytes(envelope.content)
        scratch.replace(self.folder / "taken" / name)
        self.note(f"took {name}")

    def note(self, line):
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


class _Controller(Controller):
    def factory(self):
        return Server(self.handler, **self.SMTP_kwargs)


class Mailbox:
    """The server with its folder; `go` and `come` stop and start it at the same port."""

    def __init__(self, folder: Path, taken: Path | None = None):
        self.folder = folder
        self.port = free_port()
        self.running = None
        (folder / "taken").mkdir(parents=True, exist_ok=True)
        for one in sorted(taken.iterdir()) if taken else ():
            os.link(one, folder / "taken" / one.name)
        self.be("kind")
        self.come()

    def be(self, mood: str):
        """Behave so from now on."""
        scratch = self.folder / "mood.partial"
        scratch.write_text(mood, encoding="utf-8")
        scratch.replace(self.folder / "mood")

    def come(self):
        if self.running is None:
            self.running = _Controller(Box(self.folder), hostname="127.0.0.1", port=self.port, ready_timeout=60)
            self.running.start()

    def go(self):
        if self.running is not None:
            self.running.stop()
            self.running = None

    def taken(self):
        """(recipient, bytes) of every mail that was taken, in order."""
        return [(one.name.split("-", 1)[1], one.read_bytes()) for one in sorted((self.folder / "taken").iterdir())]


@contextmanager
def mailbox(folder: Path, taken: Path | None = None):
    """A server that has taken `taken` before."""
    box = Mailbox(folder, taken)
    try:
        yield box
    finally:
        box.go()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
