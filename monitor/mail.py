"""The outbox: digests as rendered bytes, sent by SMTP.

    <home>/data/outbox/<key>.eml     the bytes that are sent, and nothing else is ever sent
    <home>/data/outbox/<key>.html    the same digest for a browser

A file is written before its row, and a row is marked as sent only after the server took the mail. A crash between the
two sends the same bytes with the same Message-ID once more, rather than losing them.
"""

import hashlib
import json
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlite_utils import Database

from archive.clock import iso
from archive.files import write_whole
from archive.home import Home
from monitor.digest import render
from monitor.news import Digest
from monitor.settings import Mail, Recipient, Settings
from monitor.texts import word

POLICY = SMTP.clone(cte_type="7bit")  # not every relay speaks 8BITMIME
TIMEOUT_SECONDS = 30.0


def enqueue(db: Database, home: Home, digest: Digest, settings: Settings, *, now: datetime) -> str:
    """Put a digest into the outbox, one mail for each recipient, and remember what it told; returns its key.

    A digest that is in the outbox already stays as it is.
    """
    if db.execute("SELECT 1 FROM digests WHERE key = ?", [digest.key]).fetchone():
        return digest.key
    home.outbox.mkdir(parents=True, exist_ok=True)
    mails = [_written(home, digest, recipient, settings, now) for recipient in settings.mail.recipients]
    with db.atomic():
        db.table("digests").insert({"key": digest.key, "as_of": iso(digest.as_of), "made": iso(now),
                                    "state": json.dumps(digest.state, ensure_ascii=False)})
        db.table("outbox").insert_all(mails)
    return digest.key


def send_outbox(db: Database, home: Home, settings: Settings, *, now: datetime,
                dry_run: bool = False) -> tuple[int, int]:
    """Send what waits, oldest first; returns how many were sent and how many failed and stay.

    With `dry_run` nothing is sent, and the second number says how many wait. Without a host everything waits.
    """
    waiting = list(db.query("SELECT key, recipient, file FROM outbox WHERE sent IS NULL ORDER BY made, key"))
    if dry_run:
        return 0, len(waiting)
    if not waiting or settings.mail.host is None:
        return 0, 0
    try:
        with _server(settings.mail) as server:
            sent = sum(_send(db, home, server, settings.mail, row, now) for row in waiting)
    except (OSError, smtplib.SMTPException) as error:
        # no server: whatever was not sent before stays, each with the same reason
        sent = 0
        for row in waiting:
            if _is_waiting(db, row["key"]):
                _failed(db, row["key"], error)
            else:
                sent += 1
    return sent, len(waiting) - sent


def message(digest: Digest, recipient: Recipient, settings: Settings, *, now: datetime) -> tuple[EmailMessage, str]:
    """The mail for one recipient, and its HTML. The same arguments give the same bytes."""
    language = recipient.language or settings.language
    subject, text, html = render(digest.limited(recipient.counties), language)
    sender = settings.mail.sender or ""
    key = mail_key(digest, recipient)
    mail = EmailMessage(POLICY)
    mail["From"] = sender
    mail["To"] = recipient.address
    mail["Subject"] = header_safe(subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"{header_safe(word('list_name', 'en'))} <digest.nianbao.{sender.rpartition('@')[2]}>"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    mail.set_boundary(f"=-{hashlib.sha256(key.encode()).hexdigest()[:32]}")
    return mail, html


def mail_key(digest: Digest, recipient: Recipient) -> str:
    """`20260201T010000Z-1a2b3c4d5e6f`: one digest to one recipient."""
    return f"{digest.key}-{hashlib.sha256(recipient.address.encode()).hexdigest()[:12]}"


def header_safe(text: str) -> str:
    """One line without control characters: portal text can carry line breaks."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def _written(home: Home, digest: Digest, recipient: Recipient, settings: Settings, now: datetime) -> dict[str, Any]:
    mail, html = message(digest, recipient, settings, now=now)
    key = mail_key(digest, recipient)
    write_whole(home.outbox / f"{key}.html", html.encode())
    write_whole(home.outbox / f"{key}.eml", mail.as_bytes())
    return {"key": key, "digest": digest.key, "recipient": recipient.address, "subject": str(mail["Subject"]),
            "message_id": str(mail["Message-ID"]), "file": f"{key}.eml", "made": iso(now), "sent": None, "tries": 0,
            "error": None}


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


def _send(db: Database, home: Home, server: smtplib.SMTP, mail: Mail, row: dict[str, Any], now: datetime) -> bool:
    """Send one mail. Raises when the server is lost; what it only refuses is recorded and stays."""
    try:
        body = (home.outbox / row["file"]).read_bytes()
    except OSError as error:
        _failed(db, row["key"], error)
        return False
    try:
        server.sendmail(mail.sender or "", [row["recipient"]], body)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        _failed(db, row["key"], error)
        return False
    with db.atomic():
        db.execute("UPDATE outbox SET sent = ?, tries = tries + 1, error = NULL WHERE key = ?", [iso(now), row["key"]])
    return True


def _is_waiting(db: Database, key: str) -> bool:
    return bool(db.execute("SELECT 1 FROM outbox WHERE key = ? AND sent IS NULL", [key]).fetchone())


def _failed(db: Database, key: str, error: Exception) -> None:
    with db.atomic():
        db.execute("UPDATE outbox SET tries = tries + 1, error = ? WHERE key = ?",
                   [header_safe(f"{type(error).__name__}: {error}"), key])
