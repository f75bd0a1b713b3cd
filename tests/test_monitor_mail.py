"""The outbox against a real SMTP server on loopback."""

import asyncio
import email
import email.policy
import io
import ipaddress
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from bundles import instant
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from seasons import Season, again, shown

from monitor import digest, mail, season_table, settings
from monitor.message import header_safe, mail_key, message
from monitor.settings import Recipient

NOW = instant("2026-02-02T01:00:00Z")
LATER = NOW + timedelta(hours=1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE, AUDIT = "office@example.org", "audit@example.org"


class Letters(Message):
    """Takes mails and keeps the bytes; refuses whom it is told to refuse, and answers as its moods by recipient say."""

    def __init__(self):
        super().__init__()
        self.taken = []
        self.refused = set()
        self.moods = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken.append((tuple(envelope.rcpt_tos), envelope.content))
        mood = self.moods.get(envelope.rcpt_tos[0], "250 OK")
        if mood == "hang up":
            server.transport.abort()  # the mail was taken, and its answer never arrives
        if mood == "sleep":
            await asyncio.sleep(1.5)
        return mood if mood[0].isdigit() else "250 OK"

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
    return settings.load(season.home.config, {settings.PASSWORD_VARIABLE: "geheim"})


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
    assert read["Subject"] == "今日需联系1个、1个未公布、11个未能查看｜金乡县2025年度乡镇年报监测"
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


@pytest.mark.parametrize("mood", ["hang up", "sleep"])
def test_a_server_that_falls_silent_after_the_data_gets_the_same_bytes_again(season, letters, monkeypatch, mood):
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
    letters.moods[OFFICE] = mood
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (1, 1)  # and nobody else waits for it
    assert outbox(season)[AUDIT]["sent"]
    assert "SMTPServerDisconnected" in outbox(season)[OFFICE]["error"]
    letters.moods.clear()
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (1, 0)
    twice = [body for (to,), body in letters.taken if to == OFFICE]
    assert len(twice) == 2
    assert twice[0] == twice[1]


@pytest.mark.parametrize(("answer", "again"), [("451 try later", True), ("554 no such thing here", False)])
def test_a_mail_that_is_put_off_goes_in_the_next_run_and_a_refused_one_the_next_day(season, letters, answer, again):
    letters.moods[OFFICE] = answer
    chosen = speaking(season, letters.port)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (1, 1)
    assert answer[:3] in outbox(season)[OFFICE]["error"]
    letters.moods.clear()
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == ((1, 0) if again else (0, 1))
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW + mail.PATIENCE) == ((0, 0) if again else (1, 0))


def test_a_server_that_always_hangs_up_is_not_called_for_every_mail(season, letters):
    letters.moods = dict.fromkeys((OFFICE, AUDIT), "hang up")
    chosen = speaking(season, letters.port)
    for at in (NOW, NOW + timedelta(days=1), NOW + timedelta(days=2)):
        enqueue(season, chosen, at)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW + timedelta(days=2)) == (0, 6)
    assert len(letters.taken) == mail.MOST_LOST
    assert {row["tries"] for row in season.db.query("SELECT tries FROM outbox")} == {1}


def test_a_season_s_mails_stand_in_one_thread(season):
    chosen = speaking(season, None)
    keys = [enqueue(season, chosen, at) for at in (NOW, NOW + timedelta(days=1), NOW + timedelta(days=2),
                                                   NOW + timedelta(days=400))]
    read = [email.message_from_bytes((season.home.outbox / f"{mail_key_of(season, key)}.eml").read_bytes(),
                                     policy=email.policy.default) for key in keys]
    first, second, third, next_season = read
    assert first["References"] is None
    assert (second["In-Reply-To"], second["References"]) == (first["Message-ID"], first["Message-ID"])
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert next_season["References"] is None


def mail_key_of(season, digest_key):
    (row,) = season.db.query("SELECT key FROM outbox WHERE digest = ? AND recipient = ?", [digest_key, OFFICE])
    return row["key"]


def test_replies_and_leaving_the_list_reach_whoever_answers_for_the_home(season):
    chosen = speaking(season, None)
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    plain, _ = message(made, Recipient(OFFICE), chosen, now=NOW)
    assert plain["List-Unsubscribe"] == "<mailto:nianbao@example.org?subject=unsubscribe%20office%40example.org>"
    assert plain["Reply-To"] is None
    named, _ = message(made, Recipient(OFFICE), replace(chosen, contact="person@example.org"), now=NOW)
    assert named["Reply-To"] == "person@example.org"
    assert named["List-Unsubscribe"].startswith("<mailto:person@example.org?")


def table(mail_):
    """The attached table's sheet."""
    (part,) = mail_.iter_attachments()
    return openpyxl.load_workbook(io.BytesIO(part.get_content())).worksheets[0]


def test_the_attached_table_has_a_row_for_each_duty(season):
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    sheet = table(message(made, Recipient(OFFICE), speaking(season, None), now=NOW)[0])
    head, *rows = sheet.iter_rows(values_only=True)
    assert head[:5] == ("县区\nCounty", "乡镇\nTownship", "代码\ncode", "年度\nYear", "状态\nstatus")
    found = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert len(found) == 13
    missing = found["马庙镇"]
    assert missing["状态\nstatus"] == "未公布 not published"
    assert missing["时限\ndue"] == datetime(2026, 1, 31)  # noqa: DTZ001  a sheet knows no zones
    assert missing["超过时限天数\ndays after the due date"] == 2
    assert missing["网址\naddress"] is None
    assert found["卜集镇"]["超过时限天数\ndays after the due date"] is None


def test_nothing_in_the_table_is_a_formula(season):
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    (one, *others) = made.duties
    evil = replace(one, url='=HYPERLINK("http://evil.example","x")', duty=replace(one.duty, township_name="+1"))
    sheet = table(message(replace(made, duties=(evil, *others)), Recipient(OFFICE), speaking(season, None), now=NOW)[0])
    assert [cell.value for cell in sheet["B"]][1] == "'+1"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_a_table_that_is_too_big_stays_away_and_the_mail_says_where_it_is(season, monkeypatch):
    monkeypatch.setattr(season_table, "MOST_BYTES", 1000)
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    (one,) = made.new_missing
    many = tuple(replace(one, duty=replace(one.duty, county=f"{number}")) for number in range(400))
    read, written = message(replace(made, new_missing=many), Recipient(OFFICE), speaking(season, None), now=NOW)
    assert list(read.iter_attachments()) == []
    assert "nianbao export xlsx" in written.text


@pytest.mark.parametrize("username", ["nianbao", ""])
def test_a_password_is_told_nobody(season, letters, username, caplog):
    caplog.set_level("DEBUG")
    chosen = speaking(season, letters.port, f'username = "{username}"\n' if username else "")
    assert chosen.mail.password == "geheim"
    enqueue(season, chosen)
    mail.send_outbox(season.db, season.home, chosen, now=NOW)  # the server knows no login
    errors = " ".join(str(row["error"]) for row in outbox(season).values())
    assert "geheim" not in errors + repr(chosen) + caplog.text
    assert ("SMTPNotSupportedError" in errors) == bool(username)


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
        assert (season.home.outbox / row["file"]).read_bytes().startswith(b"From: nianbao <nianbao@example.org>\r\n")


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
    first = message(made, Recipient(OFFICE), chosen, now=NOW)[0].as_bytes()
    time.sleep(2.1)  # the times within a spreadsheet have a step of two seconds
    assert message(made, Recipient(OFFICE), chosen, now=NOW)[0].as_bytes() == first


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


@pytest.mark.parametrize(("name", "ended", "error"), [
    ("mail.example.org", False, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ("127.0.0.1", True, "certificate has expired"),
])
def test_a_certificate_of_another_name_or_time_gets_no_mail_and_no_password(season, tmp_path, monkeypatch, name, ended,
                                                                            error):
    handler = Letters()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certify(tmp_path, name, ended=ended))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    for _ in serving(Controller(handler, hostname="127.0.0.1", port=free_port(), tls_context=context), handler):
        speaking(season, handler.port, 'username = "nianbao"\n')
        season.home.config.write_text(season.home.config.read_text().replace('"none"', '"starttls"'))
        chosen = settings.load(season.home.config, {settings.PASSWORD_VARIABLE: "geheim"})
        enqueue(season, chosen)
        assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (0, 2)
    assert error in outbox(season)[OFFICE]["error"]
    assert (handler.taken, "geheim" in outbox(season)[OFFICE]["error"]) == ([], False)


def certify(folder, name, *, ended):
    """A certificate that signs itself and its key, in one file; `ended` yesterday or good till tomorrow."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    known = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    now, day = datetime.now(UTC), timedelta(days=1)
    made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
            .serial_number(7).not_valid_before(now - 9 * day).not_valid_after(now - day if ended else now + day)
            .add_extension(x509.SubjectAlternativeName([known]), critical=False).sign(key, hashes.SHA256()))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(plain + made.public_bytes(Encoding.PEM))
    return folder / "both.pem"


def test_smtps_reaches_a_server_whose_certificate_is_trusted_and_no_other(season, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    handler = Letters()
    for _ in serving(Controller(handler, hostname="127.0.0.1", port=free_port(), ssl_context=context), handler):
        speaking(season, handler.port)
        season.home.config.write_text(season.home.config.read_text().replace('"none"', '"tls"'))
        chosen = settings.load(season.home.config, {})
        enqueue(season, chosen)
        assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (0, 2)
        assert "CERTIFICATE_VERIFY_FAILED" in outbox(season)[OFFICE]["error"]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (2, 0)
