"""Posts a text to a chat's incoming webhook. The address is the secret: no error and no log repeats it."""

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from monitor.errors import NotTold
from monitor.settings import Chat, Notify

TIMEOUT_SECONDS = 15.0
MOST_ANSWER = 10_000  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of chat is spoken to: the body for a text, and the fields one of which says 0 when it was taken.

    Most of them answer 200 also when they refuse. `signed` gives address and body as a robot with a secret wants them.
    """

    body: Callable[[str], dict[str, Any]]
    taken: tuple[str, ...] = ()
    signed: Callable[[str, bytes, str, datetime], tuple[str, bytes]] | None = None


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mac(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


def _dingtalk(url: str, told: bytes, secret: str, now: datetime) -> tuple[str, bytes]:
    """Milliseconds and their signature stand in the address."""
    stamp = f"{int(now.timestamp() * 1000)}"
    more = urlencode({"timestamp": stamp, "sign": _mac(secret, f"{stamp}\n{secret}")})
    return f"{url}{'&' if '?' in url else '?'}{more}", told


def _feishu(url: str, told: bytes, secret: str, now: datetime) -> tuple[str, bytes]:
    """Seconds and their signature stand in the body; what is signed is empty, the secret is part of the key."""
    stamp = f"{int(now.timestamp())}"
    return url, _bytes({**json.loads(told), "timestamp": stamp, "sign": _mac(f"{stamp}\n{secret}", "")})


DIALECTS: Mapping[Chat, Dialect] = {
    "wecom": Dialect(lambda text: {"msgtype": "text", "text": {"content": text}}, ("errcode",)),
    "dingtalk": Dialect(lambda text: {"msgtype": "text", "text": {"content": text}}, ("errcode",), _dingtalk),
    "feishu": Dialect(lambda text: {"msg_type": "text", "content": {"text": text}}, ("code", "StatusCode"), _feishu),
    "slack": Dialect(lambda text: {"text": _escaped(text)}),
    "json": Dialect(lambda text: {"text": text}),
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Only the address that was configured is ever contacted."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirect)


def body(kind: Chat, text: str) -> bytes:
    """The bytes that tell a text to a kind of chat."""
    return _bytes(DIALECTS[kind].body(text))


def _bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def post(chat: Notify, key: str, told: bytes, *, now: datetime) -> None:
    """Post `told` and read the answer. Raises NotTold; `key` stays the same when the same is posted again."""
    url, signed = chat.url, DIALECTS[chat.kind].signed
    if chat.secret and signed:
        url, told = signed(url, told, chat.secret, now)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "nianbao", "Idempotency-Key": key}
    try:
        asked = urllib.request.Request(url, told, headers, method="POST")  # noqa: S310  checked: http or https
        with OPENER.open(asked, timeout=TIMEOUT_SECONDS) as answer:
            said = answer.read(MOST_ANSWER)
    except urllib.error.HTTPError as error:
        error.close()
        raise NotTold(chat.name, f"answered {error.code}", for_good=400 <= error.code < 500 and error.code != 429) \
            from None
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotTold(chat.name, type(reason).__name__) from None
    _taken(chat, said)


def _taken(chat: Notify, said: bytes) -> None:
    """Raise NotTold unless the answer says that the text was taken."""
    fields = DIALECTS[chat.kind].taken
    if not fields:
        return
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise NotTold(chat.name, "answered something else than JSON")
    codes = [answer[field] for field in fields if field in answer]
    if 0 not in codes:
        raise NotTold(chat.name, f"refused with code {codes[0] if codes else 'unknown'}")
