"""The outbox against a real SMTP server on loopback."""

import email
import email.policy
import socket
import ssl
import subprocess
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from bundles import instant
from seasons import Season, again, shown

from monitor import digest, mail, settings
from monitor.message import header_safe, mail_key, message
from monitor.settings import Recipient

NOW = instant("2026-02-02T01:00:00Z")
LATER = NOW + timedelta(hours=1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE, AUDIT = "office@example.org", "audit@example.org"


class Letters(Message):
    """Takes mails and keeps the bytes; refuses whom it is told to refuse."""

    def __init__(self):
        super().__init__()
        self.taken = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken.append((tuple(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    def handle_message(self, message):
        raise AssertionError("handle_DATA keeps the bytes")


@pytest.fixture
def letters():
    handler = Letters()
    yield from serving(Controller(handler, hostname="127.0.0.1", port=free_port()), handler)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serving(controller, handler):
    handler.port = controller.port
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, ("370828111", "370828109"))
    made.crawl("2026-01-20T01:00:00Z", shown("370828111"))
    made.crawl("2026-02-01T01:00:00Z", again("370828111"))
    made.crawl("2026-02-02T01:00:00Z", again("370828111"))
    made.judged(NOW)
    yield made
    made.db.close()


def speaking(season, port, more=""):
    """The home's settings with two recipients; `port` None: no server yet."""
    host = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\n' if port else ""
    season.home.config.write_text(
        f'[mail]\nsender = "nianbao@example.org"\n{host}{more}'
        f'[[mail.recipient]]\naddress = "{OFFICE}"\n[[mail.recipient]]\naddress = "{AUDIT}"\nlanguage = "zh"\n')
    return settings.load(season.home.config, {})


def enqueue(season, chosen, at=NOW):
    made = digest.make(season.db, season.registry, season.settings, as_of=at)
    return mail.enqueue(season.db, season.home, made, chosen, now=at)


def shape(message):
    """The tree of a mail's types."""
    kind = message.get_content_type()
    return [kind, *map(shape, message.iter_parts())] if message.is_multipart() else kind


def outbox(season):
    return {row["recipient"]: row for row in season.db.query("SELECT * FROM outbox")}


def test_the_rendered_bytes_are_what_is_sent(season, letters):
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (2, 0)
    rows = outbox(season)
    sent = {to: body for (to,), body in letters.taken}
    assert sent == {to: (season.home.outbox / row["file"]).read_bytes() for to, row in rows.items()}
    assert {row["sent"] for row in rows.values()} == {"2026-02-02T02:00:00Z"}


def test_a_mail_reads_in_text_and_html_and_its_headers_say_what_it_is(season, letters):
    chosen = speaking(season, letters.port)
    key = enqueue(season, chosen)
    row = outbox(season)[AUDIT]
    body = (season.home.outbox / row["file"]).read_bytes()
    read = email.message_from_bytes(body, policy=email.policy.default)
    assert shape(read) == ["multipart/mixed", ["multipart/alternative", "text/plain", [
        "multipart/related", "text/html", "image/png"]], XLSX]
    assert read["Subject"].startswith("2025年度年报监测：1个未公布")
    assert read["Message-ID"] == row["message_id"] == f"<{row['key']}@example.org>"
    assert row["key"].startswith(key)
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["List-Id"] == "nianbao compliance digest <digest.nianbao.example.org>"
    assert read["Date"].datetime == NOW
    assert "马庙镇" in read.get_body(("plain",)).get_content()
    for_browsers = (season.home.outbox / f"{row['key']}.html").read_text()
    assert "data:image/png;base64," in for_browsers
    assert "cid:" not in for_browsers
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert body.isascii()


def test_a_server_that_is_down_loses_nothing_and_doubles_nothing(season, letters):
    closed = speaking(season, 1)  # nothing listens there
    enqueue(season, closed)
    assert mail.send_outbox(season.db, season.home, closed, now=NOW) == (0, 2)
    rows = outbox(season)
    assert [(row["tries"], row["sent"]) for row in rows.values()] == [(1, None), (1, None)]
    assert "ConnectionRefusedError" in rows[OFFICE]["error"]
    chosen = speaking(season, letters.port)
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (2, 0)
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (0, 0)
    assert len(letters.taken) == 2
    assert [(row["tries"], row["error"]) for row in outbox(season).values()] == [(2, None), (2, None)]


def test_a_recipient_that_is_refused_keeps_nobody_else_waiting(season, letters):
    letters.refused.add(OFFICE)
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (1, 1)
    assert [to for (to,), _ in letters.taken] == [AUDIT]
    assert "550" in outbox(season)[OFFICE]["error"]


def test_a_crash_after_the_server_s_word_sends_the_same_bytes_again(season, letters):
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    mail.send_outbox(season.db, season.home, chosen, now=NOW)
    season.db.execute("UPDATE outbox SET sent = NULL")  # as a crash before the mark leaves it
    season.db.conn.commit()
    mail.send_outbox(season.db, season.home, chosen, now=LATER)
    assert len(letters.taken) == 4
    assert set(letters.taken[:2]) == set(letters.taken[2:])


def test_a_crash_between_file_and_row_leaves_no_second_mail(season):
    chosen = speaking(season, None)
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    for recipient in chosen.mail.recipients:
        (season.home.outbox / f"{mail_key(made, recipient.address)}.eml").write_bytes(b"half of a ma")
    mail.enqueue(season.db, season.home, made, chosen, now=NOW)
    assert len(outbox(season)) == 2
    for row in outbox(season).values():
        assert (season.home.outbox / row["file"]).read_bytes().startswith(b"From: nianbao@example.org\r\n")


def test_the_same_digest_is_put_there_once(season):
    chosen = speaking(season, None)
    assert enqueue(season, chosen) == enqueue(season, chosen)
    assert len(outbox(season)) == 2
    assert season.db.table("digests").count == 1


def test_without_a_host_mails_wait(season):
    chosen = speaking(season, None)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (0, 0)
    assert {row["tries"] for row in outbox(season).values()} == {0}


def test_a_dry_run_says_what_waits_and_sends_nothing(season, letters):
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW, dry_run=True) == (0, 2)
    assert letters.taken == []


def test_the_same_arguments_give_the_same_bytes(season):
    chosen = speaking(season, None)
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    first, second = (message(made, Recipient(OFFICE), chosen, now=NOW)[0].as_bytes() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nb", "a\u2028b", "a\x00b\x7f"])
def test_portal_text_cannot_add_a_header(evil):
    safe = header_safe(evil)
    assert "\n" not in safe
    assert "\r" not in safe
    assert safe.isprintable()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
                   cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def encrypted(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    handler = Letters()
    yield from serving(Controller(handler, hostname="127.0.0.1", port=free_port(), tls_context=context,
                                  require_starttls=True), handler)


def starttls(season, port):
    speaking(season, port)
    season.home.config.write_text(season.home.config.read_text().replace('"none"', '"starttls"'))
    return settings.load(season.home.config, {})


def test_starttls_reaches_a_server_whose_certificate_is_trusted(season, encrypted, certificate, monkeypatch):
    chosen = starttls(season, encrypted.port)
    enqueue(season, chosen)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (2, 0)


def test_a_certificate_that_is_not_trusted_gets_no_mail(season, encrypted):
    chosen = starttls(season, encrypted.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (0, 2)
    assert "CERTIFICATE_VERIFY_FAILED" in outbox(season)[OFFICE]["error"]
    assert encrypted.taken == []
