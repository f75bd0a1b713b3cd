"""Tells a real page from a challenge, a firewall page, a soft 404 or an empty shell (pure).

Nothing here tries to get past any of them: what refuses is recorded as refusing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archive.bundles import Outcome

HEAD = 20_000         # characters of a page that are looked at for phrases
STUB = 3_000          # a page without text below this many bytes is a script stub
LITTLE = 30           # characters of visible text that make no page

SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.S | re.I)
TAG = re.compile(r"<[^>]+>")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.S | re.I)
WALL = re.compile(
    r"云防护|拦截|访问被阻断|安全防护|web应用防火墙|yunsuo_session_verify|请求存在威胁|access denied", re.I)
TOKENS = re.compile(r"\$_ts\b|__jsl_clearance|_\$[a-z]{2}\b.{0,40}\$_ts")
MISSING = re.compile(
    r"页面不存在|页面已删除|不存在或已删除|页面找不到|找不到(?:该|您)?.{0,6}页面|没有找到.{0,8}页面|文章不存在|信息不存在|"
    r"page not found", re.I)
FORBIDDEN = re.compile(r"系统提示|无权访问|没有权限")
PICTURE_CODE = re.compile(r"验证码|createimage\.jsp|captcha", re.I)
CLOSED = re.compile(r"(?:夜间|非工作时间|系统维护|网站维护).{0,20}(?:关闭|暂停|不提供)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What blocks look at: status, headers (lower-case names), the decoded body as text."""

    status: int
    headers: Mapping[str, str]
    text: str
    html: bool = True

    @property
    def visible(self) -> str:
        """The text without markup and scripts."""
        return TAG.sub(" ", SCRIPT.sub(" ", self.text[: 10 * HEAD])).strip()

    @property
    def title(self) -> str:
        """The text of `<title>`."""
        match = TITLE.search(self.text)
        return match[1].strip() if match else ""


def _challenge(answer: Answer) -> bool:
    told = TOKENS.search(answer.text[:HEAD]) or "x-via-jsl" in answer.headers
    return answer.status in (412, 468, 521) or bool(told and answer.status in (200, 202, 403, 503)) or (
        answer.status == 202 and answer.html and len(answer.visible) < LITTLE)


def _firewall(answer: Answer) -> bool:
    return answer.status in (401, 403, 405) or bool(answer.html and _short(answer) and WALL.search(answer.text[:HEAD]))


def _soft_404(answer: Answer) -> bool:
    if not (answer.html and answer.status == 200):
        return False
    return bool(re.search(r"(?<!\d)404(?!\d)|页面不存在", answer.title)) or bool(
        _short(answer) and MISSING.search(answer.visible))


def _forbidden(answer: Answer) -> bool:
    return answer.html and _short(answer) and bool(FORBIDDEN.search(answer.title + answer.visible))


def _captcha(answer: Answer) -> bool:
    return answer.html and _short(answer) and bool(PICTURE_CODE.search(answer.text[:HEAD]))


def _closed(answer: Answer) -> bool:
    return answer.html and _short(answer) and bool(CLOSED.search(answer.visible))


def _shell(answer: Answer) -> bool:
    return answer.html and answer.status == 200 and len(answer.text) < STUB and len(answer.visible) < LITTLE


def _short(answer: Answer) -> bool:
    return len(answer.visible) < 600


# The first that holds is what the answer was.
CASES: tuple[tuple[Outcome, Callable[[Answer], bool]], ...] = (
    (Outcome.NOT_MODIFIED, lambda answer: answer.status == 304),
    (Outcome.CHALLENGE, _challenge),
    (Outcome.FIREWALL, _firewall),
    (Outcome.GONE, lambda answer: answer.status in (404, 410)),
    (Outcome.CLOSED, _closed),
    (Outcome.STATUS, lambda answer: not 200 <= answer.status < 300),
    (Outcome.SOFT_404, _soft_404),
    (Outcome.FORBIDDEN, _forbidden),
    (Outcome.CAPTCHA, _captcha),
    (Outcome.SHELL, _shell),
)

REFUSALS = frozenset({Outcome.CHALLENGE, Outcome.FIREWALL, Outcome.CAPTCHA, Outcome.FORBIDDEN, Outcome.DISALLOWED})
SILENCES = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.TLS, Outcome.STATUS, Outcome.CLOSED})
RESOLVED = frozenset({Outcome.REPORT, Outcome.FILE, Outcome.NOT_MODIFIED, Outcome.HELD})
DEFINITE = RESOLVED - {Outcome.HELD} | {Outcome.GONE, Outcome.SOFT_404, Outcome.EMPTY}


def classify(answer: Answer) -> tuple[Outcome, str] | None:
    """Why this answer is no page, with the evidence in words; None for a real page."""
    for outcome, holds in CASES:
        if holds(answer):
            return outcome, _evidence(answer)
    return None


def _evidence(answer: Answer) -> str:
    server = answer.headers.get("server")
    told = [f"status {answer.status}", f"server {server}" if server else "", answer.title[:60]]
    return ", ".join(filter(None, told))
