"""Posts a text to a chat's incoming webhook. The address is the secret: no error and no log repeats it."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from monitor.errors import NotTold
from monitor.settings import Chat, Notify

TIMEOUT_SECONDS = 15.0
MOST_ANSWER = 10_000  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of chat is spoken to: the body for a text, and the fields one of which says 0 when it was taken.

    Most of them answer 200 also when they refuse.
    """

    body: Callable[[str], dict[str, Any]]
    taken: tuple[str, ...] = ()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


DIALECTS: Mapping[Chat, Dialect] = {
    "wecom": Dialect(lambda text: {"msgtype": "text", "text": {"content": text}}, ("errcode",)),
    "dingtalk": Dialect(lambda text: {"msgtype": "text", "text": {"content": text}}, ("errcode",)),
    "feishu": Dialect(lambda text: {"msg_type": "text", "content": {"text": text}}, ("code", "StatusCode")),
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
    return json.dumps(DIALECTS[kind].body(text), ensure_ascii=False, sort_keys=True).encode()


def post(chat: Notify, key: str, told: bytes) -> None:
    """Post `told` and read the answer. Raises NotTold; `key` stays the same when the same is posted again."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "nianbao", "Idempotency-Key": key}
    try:
        asked = urllib.request.Request(chat.url, told, headers, method="POST")  # noqa: S310  checked: http or https
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
