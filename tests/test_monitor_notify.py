"""What chats are told, against a real web server on loopback."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bundles import instant
from seasons import Season, again, shown

from monitor import chats, digest, letter, mail, settings
from monitor.errors import BadSettings
from monitor.settings import CHATS

NOW = instant("2026-02-02T01:00:00Z")
LATER = NOW + timedelta(hours=1)
SECRET = "693a91f6-geheim"


class Chat(http.server.ThreadingHTTPServer):
    """Takes what is posted and answers as told: a status, a body, headers; None hangs up without a word."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken = []
        self.answer = (200, b'{"errcode":0,"errmsg":"ok"}', {})


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, body, self.headers["Idempotency-Key"]))
        if self.server.answer is None:
            self.close_connection = True
            return
        status, said, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def chat():
    server = Chat()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, ("370828111", "370828109"))
    made.crawl("2026-01-20T01:00:00Z", shown("370828111"))
    for at in ("2026-02-01T01:00:00Z", "2026-02-02T01:00:00Z"):
        made.crawl(at, again("370828111"))
    made.judged(NOW)
    yield made
    made.db.close()


def speaking(season, chat, kind="wecom"):
    season.home.config.write_text(f'[[notify]]\nname = "office"\nkind = "{kind}"\nurl_env = "NIANBAO_OFFICE"\n')
    address = f"http://127.0.0.1:{chat.server_port}/send?key={SECRET}"
    return settings.load(season.home.config, {"NIANBAO_OFFICE": address})


def enqueue(season, chosen):
    made = digest.make(season.db, season.registry, season.settings, as_of=NOW)
    mail.enqueue(season.db, season.home, made, chosen, now=NOW)
    return made


def outbox(season):
    (row,) = season.db.query("SELECT * FROM outbox")
    return row


def test_a_chat_is_told_the_numbers_and_whom_to_call_once(season, chat):
    chosen = speaking(season, chat)
    enqueue(season, chosen)
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (1, 0)
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (0, 0)
    ((path, body, key),) = chat.taken
    text = json.loads(body)["text"]["content"]
    assert path == f"/send?key={SECRET}"
    assert key == outbox(season)["key"]
    assert "Not published 1" in text
    assert "To call today: 1 not published\n金乡县 马庙镇: 2 days after 31 January\n" in text


ANSWERS = {
    "a refusal that looks like success": (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', {}),
    "no JSON": (200, b"<html>maintenance</html>", {}),
    "not allowed": (403, b"", {}),
    "broken": (500, b"", {}),
    "a way elsewhere": (302, b"", {"Location": f"http://127.0.0.1:1/?{SECRET}"}),
    "silence": None,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_a_chat_did_not_take_stays_and_the_address_is_told_nobody(season, chat, answer, caplog):
    caplog.set_level("DEBUG")
    chosen = speaking(season, chat)
    enqueue(season, chosen)
    chat.answer = ANSWERS[answer]
    assert mail.send_outbox(season.db, season.home, chosen, now=NOW) == (0, 1)
    row = outbox(season)
    assert (row["sent"], row["tries"]) == (None, 1)
    assert "chat office: " in row["error"]
    assert SECRET not in row["error"] + repr(chosen) + caplog.text


def test_what_is_tried_again_are_the_same_bytes(season, chat):
    chosen = speaking(season, chat)
    enqueue(season, chosen)
    chat.answer = (500, b"", {})
    mail.send_outbox(season.db, season.home, chosen, now=NOW)
    chat.answer = (200, b'{"errcode":0}', {})
    assert mail.send_outbox(season.db, season.home, chosen, now=LATER) == (1, 0)
    assert chat.taken[0] == chat.taken[1]


def test_what_is_refused_for_good_is_tried_again_once_a_day_and_then_left_to_a_person(season, chat):
    chosen = speaking(season, chat)
    enqueue(season, chosen)
    chat.answer = (404, b"", {})
    for hours in (0, 1, 23):
        assert mail.send_outbox(season.db, season.home, chosen, now=NOW + timedelta(hours=hours)) == (0, 1)
    assert len(chat.taken) == 1
    mail.send_outbox(season.db, season.home, chosen, now=NOW + timedelta(days=1))
    assert len(chat.taken) == 2
    for days in range(2, 20):
        assert mail.send_outbox(season.db, season.home, chosen, now=NOW + timedelta(days=days)) == (0, 1)
    assert len(chat.taken) == mail.MOST_REFUSALS


@pytest.mark.parametrize(("kind", "answer"), [
    ("wecom", b'{"errcode":0}'), ("dingtalk", b'{"errcode":0,"errmsg":"ok"}'),
    ("feishu", b'{"code":0,"msg":"success"}'),
    ("feishu", b'{"StatusCode":0}'), ("slack", b"ok"), ("json", b""),
])
def test_every_kind_of_chat_is_told_in_its_own_way(chat, kind, answer):
    chat.answer = (200, answer, {})
    told = chats.body(kind, "乡镇 <1> & 2")
    chats.post(settings.Notify("office", kind, f"http://127.0.0.1:{chat.server_port}/"), "key", told, now=NOW)
    (message,) = [body for _, body, _ in chat.taken]
    assert ("乡镇 &lt;1&gt; &amp; 2" if kind == "slack" else "乡镇 <1> & 2") in json.dumps(
        json.loads(message), ensure_ascii=False)


@pytest.mark.parametrize("path", ["/send?access_token=a", "/send"])
def test_a_dingtalk_robot_with_a_secret_finds_time_and_signature_in_the_address(chat, path):
    """By the platform's own recipe: HMAC-SHA256 under the secret, of the time, a line break and the secret."""
    address = f"http://127.0.0.1:{chat.server_port}{path}"
    robot = settings.Notify("office", "dingtalk", address, secret="SECgeheim")
    chats.post(robot, "key", chats.body("dingtalk", "x"), now=NOW)
    ((asked, body, _),) = chat.taken
    found = parse_qs(urlsplit(asked).query)
    assert found["timestamp"] == ["1769994000000"]
    recipe = hmac.new(b"SECgeheim", b"1769994000000\nSECgeheim", hashlib.sha256).digest()
    assert found["sign"] == [base64.b64encode(recipe).decode()]
    assert asked.startswith(path)
    assert b"geheim" not in body


def test_a_feishu_robot_with_a_secret_finds_them_in_the_body(chat):
    chat.answer = (200, b'{"code":0}', {})
    robot = settings.Notify("office", "feishu", f"http://127.0.0.1:{chat.server_port}/hook", secret="geheim")
    chats.post(robot, "key", chats.body("feishu", "乡镇"), now=NOW)
    ((asked, body, _),) = chat.taken
    recipe = base64.b64encode(hmac.new(b"1769994000\ngeheim", b"", hashlib.sha256).digest()).decode()
    assert json.loads(body) == {"msg_type": "text", "content": {"text": "乡镇"}, "timestamp": "1769994000",
                                "sign": recipe}
    assert asked == "/hook"


def test_a_secret_is_told_nobody_and_only_where_robots_have_one(season, chat):
    text = '[[notify]]\nname = "office"\nkind = "dingtalk"\nurl_env = "A"\nsecret_env = "B"\n'
    season.home.config.write_text(text)
    known = {"A": f"http://127.0.0.1:{chat.server_port}/send", "B": "SECgeheim"}
    chosen = settings.load(season.home.config, known)
    assert (chosen.notify[0].secret, "geheim" in repr(chosen)) == ("SECgeheim", False)
    for kind, named in (("wecom", known), ("dingtalk", {**known, "B": " "}), ("dingtalk", {"A": known["A"]})):
        season.home.config.write_text(text.replace("dingtalk", kind))
        with pytest.raises(BadSettings, match="secret_file: expected something in it") as caught:
            settings.load(season.home.config, named)
        assert "geheim" not in str(caught.value)


def test_no_kind_of_chat_is_left_without_its_way():
    assert set(chats.DIALECTS) == set(CHATS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_short_form_fits_the_narrowest_chat(season, chat, language):
    made = enqueue(season, speaking(season, chat))
    (one,) = made.new_missing
    many = digest_of_many(made, one)
    assert len(letter.short(many, language).encode()) <= letter.MOST_CHAT_BYTES
    assert "第0县" in letter.short(many, language)


def digest_of_many(made, one):
    """The same digest with four hundred accusations in forty counties."""
    return replace(made, new_missing=tuple(
        replace(one, duty=replace(one.duty, county_name=f"第{number % 40}县", township_name=f"第{number}民族乡"))
        for number in range(400)))


def test_a_dry_run_names_everybody_and_sends_nothing(season, chat):
    chosen = speaking(season, chat)
    text = season.home.config.read_text()
    mails = '[mail]\nsender = "n@example.org"\n[[mail.recipient]]\naddress = "a@example.org"\n'
    season.home.config.write_text(mails + text)
    chosen = settings.load(season.home.config, {"NIANBAO_OFFICE": chosen.notify[0].url})
    lines = list(mail.plan(season.db, season.registry, chosen, now=NOW))
    assert lines[0].startswith("a@example.org: 1 to call today, 1 not published, ")
    assert lines[0].endswith("nianbao-2025-20260202.xlsx)")
    assert lines[1].startswith("chat office (wecom): nianbao annual reports 2025\n")
    assert SECRET not in "".join(lines)
    assert chat.taken == []
    assert season.db.table("outbox").count == 0
