"""The outbox: digests as rendered bytes, sent by SMTP or posted to chats.

    <home>/data/outbox/<key>.eml     the bytes that are sent, and nothing else is ever sent
    <home>/data/outbox/<key>.html    the same digest for a browser
    <home>/data/outbox/<key>.json    what is posted to a chat

A file is written before its row, and a row is marked as sent only after the server took it. A crash between the two
sends the same bytes with the same Message-ID once more, rather than losing them. What is refused for good is tried
again once a day and then given up, whatever else fails in every run.
"""

import json
import smtplib
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlite_utils import Database

from archive.clock import SHANGHAI, iso, local_day, parse_instant
from archive.files import write_whole
from archive.home import Home
from archive.registry import Registry
from monitor import chats, letter
from monitor.digest import make
from monitor.errors import NotTold
from monitor.message import header_safe, mail_key, message
from monitor.news import Digest
from monitor.settings import Mail, Notify, Recipient, Settings

TIMEOUT_SECONDS = 30.0
FOR_GOOD = "refused: "  # how the error begins after which a day is let pass
PATIENCE = timedelta(days=1)
MOST_REFUSALS = 5  # whoever goes on after so many is taken for a nuisance
MOST_LOST = 3  # times that a server may hang up in one round

Row = dict[str, Any]


def enqueue(db: Database, home: Home, digest: Digest, settings: Settings, *, now: datetime) -> str:
    """Put a digest into the outbox, one row for each recipient and chat, and remember what it told; returns its key.

    A digest that is in the outbox already stays as it is.
    """
    if db.execute("SELECT 1 FROM digests WHERE key = ?", [digest.key]).fetchone():
        return digest.key
    home.outbox.mkdir(parents=True, exist_ok=True)
    for half in home.outbox.glob("*.partial"):          # of whoever was killed over it
        half.unlink()
    rows = [_mail(db, home, digest, recipient, settings, now) for recipient in settings.mail.recipients]
    rows += [_chat(home, digest, chat, settings, now) for chat in settings.notify]
    with db.atomic():
        db.table("digests").insert({"key": digest.key, "as_of": iso(digest.as_of), "made": iso(now),
                                    "state": _state(digest)})
        db.table("outbox").insert_all(rows)
    return digest.key


def unsent(db: Database, digest: Digest) -> str | None:
    """The key of the same day's digest that tells the same and that not everybody has got; None where there is none."""
    rows = db.query("SELECT key, as_of FROM digests d WHERE state = ? AND EXISTS (SELECT 1 FROM outbox o"
                    " WHERE o.digest = d.key AND o.sent IS NULL) ORDER BY as_of DESC", [_state(digest)])
    today = local_day(digest.as_of)
    return next((str(row["key"]) for row in rows if local_day(parse_instant(row["as_of"])) == today), None)


def _state(digest: Digest) -> str:
    return json.dumps(digest.state, ensure_ascii=False)


def thread(db: Database, recipient: str, year: int) -> tuple[str, ...]:
    """Message-IDs of the first and the latest mail to a recipient about a report year."""
    begin = datetime(year + 1, 1, 1, tzinfo=SHANGHAI)
    found = [key for key, in db.execute(
        "SELECT o.message_id FROM outbox o JOIN digests d ON d.key = o.digest WHERE o.recipient = ? AND d.as_of >= ?"
        " AND d.as_of < ? AND o.channel = 'mail' ORDER BY d.as_of",
        [recipient, iso(begin), iso(begin.replace(year=year + 2))])]
    return (found[0], found[-1]) if found else ()


def plan(db: Database, registry: Registry, settings: Settings, *, now: datetime) -> Iterator[str]:
    """What a digest of this instant would send to whom, a line for each; writes nothing."""
    made = make(db, registry, settings, as_of=now)
    for recipient in settings.mail.recipients:
        mail, written = message(made, recipient, settings, now=now)
        files = ", ".join(part.get_filename() or "" for part in mail.iter_attachments())
        size = f"{len(mail.as_bytes()) // 1000} kB"
        yield f"{recipient.address}: {written.subject} ({size}; charts: {len(written.charts)}; {files or 'no table'})"
    for chat in settings.notify:
        text = letter.short(made.limited(chat.counties), chat.language or settings.language)
        yield f"chat {chat.name} ({chat.kind}): " + "\n    ".join(text.split("\n"))


def send_outbox(db: Database, home: Home, settings: Settings, *, now: datetime,
                dry_run: bool = False) -> tuple[int, int]:
    """Send what waits, oldest first; returns how many were sent and how many stay though there is a way to send them.

    With `dry_run` nothing is sent, and the second number says how many wait. Mails wait without a host, and a row for a
    chat that is no longer configured stays where it is.
    """
    waiting = list(db.query("SELECT key, recipient, file, channel, tried, tries, error FROM outbox WHERE sent IS NULL"
                            " ORDER BY made, key"))
    if dry_run:
        return 0, len(waiting)
    mails = [row for row in waiting if row["channel"] == "mail" and settings.mail.host is not None]
    named = {chat.name: chat for chat in settings.notify}
    posts = [row for row in waiting if row["channel"] == "chat" and row["recipient"] in named]
    outbox = _Outbox(db, home, now)
    sent = outbox.mail([row for row in mails if _due(row, now)], settings.mail)
    sent += outbox.post([row for row in posts if _due(row, now)], named)
    return sent, len(mails) + len(posts) - sent


def _due(row: Row, now: datetime) -> bool:
    """Whether to try now: what was refused for good waits for a day, and in the end for a person."""
    if row["tried"] is None or not (row["error"] or "").startswith(FOR_GOOD):
        return True
    waited = now - parse_instant(row["tried"])
    return row["tries"] < MOST_REFUSALS and not timedelta() <= waited < PATIENCE    # a clock that was wrong tried later


class _Outbox:
    """One round through what waits, at one instant."""

    def __init__(self, db: Database, home: Home, now: datetime) -> None:
        self.db = db
        self.home = home
        self.now = now

    def mail(self, rows: Iterable[Row], mail: Mail) -> int:
        """Send mails; how many were taken. A server that hangs up on one is called again for the next."""
        left, sent, lost = deque(rows), 0, 0
        while left:
            try:
                with _server(mail) as server:
                    while left:
                        send = partial(_deliver, server, mail, left[0]["recipient"])
                        sent += self.try_one(left[0], send)
                        left.popleft()
            except (OSError, smtplib.SMTPException) as error:
                lost += 1
                hung_up = isinstance(error, smtplib.SMTPServerDisconnected) and lost < MOST_LOST
                for row in [left.popleft()] if hung_up else left:
                    self.failed(row["key"], error)
                if not hung_up:
                    break
        return sent

    def post(self, rows: Iterable[Row], named: Mapping[str, Notify]) -> int:
        """Post to chats; how many were taken."""
        return sum(self.try_one(row, partial(chats.post, named[row["recipient"]], row["key"], now=self.now))
                   for row in rows)

    def try_one(self, row: Row, send: Callable[[bytes], None]) -> bool:
        """Send one. Raises when the server is lost; what it only refuses is recorded and stays."""
        try:
            body = (self.home.outbox / row["file"]).read_bytes()
        except OSError as error:
            self.failed(row["key"], error)
            return False
        try:
            send(body)
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, NotTold) as error:
            self.failed(row["key"], error)
            return False
        with self.db.atomic():
            self.db.execute("UPDATE outbox SET sent = ?, tried = ?, tries = tries + 1, error = NULL WHERE key = ?",
                            [iso(self.now), iso(self.now), row["key"]])
        return True

    def failed(self, key: str, error: Exception) -> None:
        told = f"{FOR_GOOD if _for_good(error) else ''}{type(error).__name__}: {error}"
        with self.db.atomic():
            self.db.execute("UPDATE outbox SET tries = tries + 1, tried = ?, error = ? WHERE key = ?",
                            [iso(self.now), header_safe(told), key])


def _for_good(error: Exception) -> bool:
    """Whether trying again soon will not help: SMTP's answers from 500 on, and what chats refuse."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
    return isinstance(error, NotTold) and error.for_good


def _mail(db: Database, home: Home, digest: Digest, recipient: Recipient, settings: Settings, now: datetime) -> Row:
    earlier = thread(db, recipient.address, local_day(digest.as_of).year - 1)
    mail, written = message(digest, recipient, settings, now=now, thread=earlier)
    key = mail_key(digest, recipient.address)
    write_whole(home.outbox / f"{key}.html", written.standalone().encode())
    write_whole(home.outbox / f"{key}.eml", mail.as_bytes())
    return _row(digest, recipient.address, key, now, channel="mail", file=f"{key}.eml", subject=str(mail["Subject"]),
                message_id=str(mail["Message-ID"]))


def _chat(home: Home, digest: Digest, chat: Notify, settings: Settings, now: datetime) -> Row:
    text = letter.short(digest.limited(chat.counties), chat.language or settings.language)
    key = mail_key(digest, f"chat {chat.name}")
    write_whole(home.outbox / f"{key}.json", chats.body(chat.kind, text))
    return _row(digest, chat.name, key, now, channel="chat", file=f"{key}.json", subject=header_safe(text),
                message_id=key)


def _row(digest: Digest, recipient: str, key: str, now: datetime, **more: str) -> Row:
    return {"key": key, "digest": digest.key, "recipient": recipient, "made": iso(now), "sent": None, "tries": 0,
            "error": None, "tried": None, **more}


@contextmanager
def _server(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A session with the server; its certificate is verified unless nothing is encrypted."""
    assert mail.host is not None
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS,
                                                context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if mail.username and mail.password is not None:
            server.login(mail.username, mail.password)
        yield server
    finally:
        _quit(server)


def _quit(server: smtplib.SMTP) -> None:
    """Every mail has its answer by now: how the server says goodbye changes nothing."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _deliver(server: smtplib.SMTP, mail: Mail, recipient: str, body: bytes) -> None:
    server.sendmail(mail.sender or "", [recipient], body)
