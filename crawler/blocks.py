"""Tells a real page from a challenge, a firewall page, a soft 404 or an empty shell (pure).

Nothing here tries to get past any of them: what refuses is recorded as refusing. Phrases count only on a *bare* page,
one of few words and few ways on, since honest pages speak of captchas, 404 and attacks that were fended off, too.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from archive.bundles import Outcome

HEAD = 20_000         # characters of a page that are looked at for signs
STUB = 3_000          # a page without text below this many characters is a script stub
LITTLE = 30           # characters of visible text that make no page
SHORT = 600           # characters of visible text that a notice has at most,
LONG = 3_000          # and a page of a site's own template round a notice
WAYS = 6              # links that a notice has less of

# Each pattern reads on past what was never closed only once: hostile pages must not cost more than long ones.
DATA = re.compile(r"\ufeff?\s*(?:<datastore|<\?xml(?!.{0,200}<(?:!doctype\s+html|html))|[\[{]|[\w$.]+\s*\(\s*[\[{\"'])",
                  re.I | re.S)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
SCRIPT = re.compile(r"<(script|style)\b(?![^<>]{0,300}text/xml)[^<>]*>.*?(?:</\1\s*>|\Z)", re.S | re.I)
ANCHOR = re.compile(r"<a\b[^<>]*>.{0,500}?</a\s*>", re.S | re.I)
TAG = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*>")
BLANKS = re.compile(r"[\s\u3000\xa0\u200b]+")
TITLE = re.compile(r"<title[^<>]*>([^<>]*)", re.I)
WAY = re.compile(r"<(?:a|area)\b[^<>]{0,300}?\bhref\s*=\s*[\"']?(?!#|javascript:)[^\s\"'>]", re.I)
ARTICLE = re.compile(
    r"<meta\b[^<>]{0,99}\bname\s*=\s*[\"']?ArticleTitle[\"']?[^<>]{0,99}\bcontent\s*=\s*[\"'][^\"'\s]", re.I)
# What a page without text may still hold: a list for its adapter, a frame, a form, a picture.
HOLDING = re.compile(r"<(?:a|area|i?frame|form|datastore|embed|object|img)\b|text/xml|querydata|_CONFIG\b", re.I)
CHINESE = re.compile(r"[\u4e00-\u9fff]")

TOKENS = re.compile(r"\$_ts\b|__jsl_clearance")
# On a refusal any of these words tells who refused; on a page with status 200 it must be said of the visit itself.
WALL = re.compile(r"云防护|拦截|阻断|防火墙|安全防护|安全威胁|yunsuo|waf\b|access denied", re.I)
WALLED = re.compile(
    r"云防护|yunsuo_session_verify|web应用防火墙|网站防火墙|(?:请求|访问|操作|IP).{0,12}(?:拦截|阻断|存在威胁|被禁止|被拒绝)|"
    r"(?:拦截|阻断).{0,6}(?:您|你|请求|访问)|安全威胁|access denied", re.I)
WALLED_SCRIPT = re.compile(r"yunsuo_session_verify")
THING = r"(?:页面|网页|文件|文章|信息|内容|栏目)"
OVER = r"(?:不存在|不在了|(?:找不到|未找到)|已?被?(?:删除|移除|下线)|已(?:经)?(?:失效|过期|下线|关闭))"
VISITED = (r"(?:您|你)(?:所|要|想|正在|当前)?(?:访问|查找|浏览|请求|查看|打开|寻找)的.{0,8}?" + OVER)
TOLD = re.compile(VISITED)
MISSING = re.compile(
    f"{VISITED}|{THING}(?:不存在|已(?:经|被|经被)?(?:删除|下线|失效|移除))|不存在或已删除|"
    rf"(?:无法找到|找不到|没有找到|未找到).{{0,8}}{THING}|(?:page|file) not found|404 error", re.I)
TITLE_404 = re.compile(
    r"^404(?![\d号])|[-_—|\s:：]404$|404\s*(?:错误|页面|not found|error)|(?:错误|error|http)\s*404|not found|"
    r"页面(?:不存在|找不到|未找到)|找不到(?:页面|网页)", re.I)
FORBIDDEN = re.compile(r"系统提示|无权访问|没有权限|无访问权限|权限不足|请先登录|login required")
PASSWORD = re.compile(r"<input\b[^<>]{0,200}\btype\s*=\s*[\"']?password", re.I)
CODE_PICTURE = re.compile(r"createimage\.jsp", re.I)
CODE_WORD = re.compile(r"验证码|captcha", re.I)
CODE_FIELD = re.compile(r"<(?:img|input|canvas)\b", re.I)
CLOSED = re.compile(
    r"(?:夜间|非工作时间|非服务时间|每[日天晚].{0,20}|系统维护|网站维护|升级维护).{0,20}(?:关闭|暂停|不提供|停止)|"
    r"(?:本网站|本站|网站|本系统)[^。]{0,16}(?:暂停(?:服务|访问|对外)|已?关闭|停止服务)|(?:开放|服务)时间.{0,30}(?:再|请在)|"
    r"正在(?:系统|进行|升级)?维护")


@dataclass(frozen=True)
class Answer:
    """What blocks look at: status, headers (lower-case names), the decoded body as text, whether it is a page."""

    status: int
    headers: Mapping[str, str]
    text: str
    html: bool = True
    posted: bool = False

    @cached_property
    def visible(self) -> str:
        """The text without markup and scripts, blanks squeezed."""
        return visible(self.text)

    @cached_property
    def words(self) -> str:
        """The visible text outside of links: what is a title in a list is not said of the page."""
        return visible(ANCHOR.sub(" ", self.text[: 10 * HEAD]))

    @cached_property
    def page(self) -> bool:
        """A page for people, and no data for a script, whatever the label says: data may be empty and is no shell."""
        return self.html and not DATA.match(self.text)

    @property
    def title(self) -> str:
        """The text of `<title>`."""
        return title(self.text)

    @cached_property
    def bare(self) -> bool:
        """Few words, few ways on, and no article by its own account: a notice rather than a page of the portal."""
        return (len(self.visible) < SHORT and len(WAY.findall(self.text, 0, 10 * HEAD)) < WAYS
                and not ARTICLE.search(self.text[:HEAD]))

    @cached_property
    def textless(self) -> bool:
        """Nothing but script, and none that holds what a list or an article would."""
        markup = COMMENT.sub(" ", self.text)
        return (len(self.visible) - len(self.title) < LITTLE and not HOLDING.search(markup)
                and len(CHINESE.findall(markup)) - len(self.title) < LITTLE)


def visible(markup: str) -> str:
    """What a reader sees of a page, blanks squeezed; only the first 200,000 characters are looked at."""
    markup = SCRIPT.sub(" ", COMMENT.sub(" ", markup[: 10 * HEAD]))
    return BLANKS.sub(" ", html.unescape(TAG.sub(" ", markup))).strip()


def title(markup: str) -> str:
    """What a page's `<title>` says."""
    match = TITLE.search(markup[:HEAD])
    return BLANKS.sub(" ", html.unescape(match[1])).strip() if match else ""


def _challenge(answer: Answer) -> str | None:
    if answer.status in (468, 521):
        return "a status that only challenges have"
    cookie = answer.headers.get("set-cookie", "")
    if answer.status in (403, 503) and ("x-via-jsl" in answer.headers or "__jsl_clearance" in cookie):
        return "the answer of a script challenge"
    token = TOKENS.search(answer.text[:HEAD])
    # A site behind a challenge keeps its scripts in the pages of those whom it let in: only without text they refuse.
    if token and (answer.status in (202, 403, 412, 503) or (answer.status == 200 and answer.textless)):
        return f"script with {token[0]}"
    if answer.status in (202, 412) and (answer.textless if answer.html else not answer.text.strip()):
        return "no text"
    return None


def _closed(answer: Answer) -> str | None:
    return _says(CLOSED, answer.words) if answer.page and answer.bare else None


def _firewall(answer: Answer) -> str | None:
    if answer.status in (404, 410):
        return None
    if answer.status in (401, 403):
        return _says(WALL, answer.text[:HEAD]) or "refused"
    if answer.status >= 400 and answer.bare and WALL.search(answer.text[:HEAD]):
        return _says(WALL, answer.text[:HEAD])
    if answer.status == 405 and not answer.posted:
        return "refused"
    if not (answer.page and answer.bare):
        return None
    return _says(WALLED, answer.words) or _says(WALLED_SCRIPT, answer.text[:HEAD])


def _gone(answer: Answer) -> str | None:
    return "" if answer.status in (404, 410) else None


def _status(answer: Answer) -> str | None:
    return None if 200 <= answer.status < 300 else ""


def _soft_404(answer: Answer) -> str | None:
    if DATA.match(answer.text) or ARTICLE.search(answer.text[:HEAD]):
        return None
    told = _says(TITLE_404, answer.title)
    if told is None and (answer.bare or not answer.html):
        told = _says(MISSING, answer.words)
    if told is None and len(answer.visible) < LONG:
        told = _says(TOLD, answer.words)
    return told


def _forbidden(answer: Answer) -> str | None:
    if not (answer.page and answer.bare):
        return None
    asks = "asks for a login" if PASSWORD.search(answer.text[:HEAD]) and len(answer.visible) < SHORT // 2 else None
    return _says(FORBIDDEN, answer.words) or asks


def _captcha(answer: Answer) -> str | None:
    if not (answer.page and answer.bare):
        return None
    head = answer.text[:HEAD]
    return _says(CODE_PICTURE, head) or (_says(CODE_WORD, head) if CODE_FIELD.search(head) else None)


def _shell(answer: Answer) -> str | None:
    if not answer.page or len(answer.text) > STUB or not answer.textless:
        return None
    return "script without text" if "<script" in answer.text.lower() else "a page without text"


def _says(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return f"says “{match[0][:40].strip()}”" if match else None


# The first that holds is what the answer was; it says by which sign.
CASES: tuple[tuple[Outcome, Callable[[Answer], str | None]], ...] = (
    (Outcome.NOT_MODIFIED, lambda answer: "" if answer.status == 304 else None),
    (Outcome.CHALLENGE, _challenge),
    (Outcome.CLOSED, _closed),
    (Outcome.FIREWALL, _firewall),
    (Outcome.GONE, _gone),
    (Outcome.STATUS, _status),
    (Outcome.CAPTCHA, _captcha),
    (Outcome.SOFT_404, _soft_404),
    (Outcome.FORBIDDEN, _forbidden),
    (Outcome.SHELL, _shell),
)

REFUSALS = frozenset({Outcome.CHALLENGE, Outcome.FIREWALL, Outcome.CAPTCHA, Outcome.FORBIDDEN, Outcome.DISALLOWED})
SILENCES = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.TLS, Outcome.STATUS, Outcome.CLOSED})
RESOLVED = frozenset({Outcome.REPORT, Outcome.FILE, Outcome.NOT_MODIFIED, Outcome.HELD})
DEFINITE = RESOLVED - {Outcome.HELD} | {Outcome.GONE, Outcome.SOFT_404, Outcome.EMPTY}


def classify(answer: Answer) -> tuple[Outcome, str] | None:
    """Why this answer is no page, with the evidence in words; None for a real page."""
    for outcome, sign in CASES:
        told = sign(answer)
        if told is not None:
            return outcome, _evidence(answer, told)
    return None


def _evidence(answer: Answer, told: str) -> str:
    server = answer.headers.get("server")
    words = answer.title[:60] or answer.visible[:60]
    return ", ".join(filter(None, (f"status {answer.status}", told, f"server {server}" if server else "", words)))
