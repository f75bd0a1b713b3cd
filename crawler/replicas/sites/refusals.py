"""Answers that stand in a page's place: statuses, challenges and walls that look like the real ones, soft 404s, stubs.

None of the bodies holds code of a real challenge: their scripts do nothing.
"""

from collections.abc import Callable, Mapping

from archive.clock import SHANGHAI
from crawler.replicas.pages import frame
from crawler.replicas.sites import scopes
from crawler.replicas.sites.model import Site
from crawler.replicas.sites.scopes import Visit
from crawler.replicas.web import Answer, page

_OPENS, _CLOSES = 7, 22
_FILLED = "x-filled"           # the header with which a stub's script asks for the page itself
_COOKIE = "visited=1"
_PADDING = "0123456789abcdef" * 100
_TS = ("<!DOCTYPE html><html><head><meta charset='utf-8'><meta id='{id}' content='{pad}'>"
       "<script>var $_ts = window['$_ts'] || {{}}; $_ts.nsd = 1;</script></head><body></body></html>")
_JSL = ("<html><head><meta charset='utf-8'><script>var c = '__jsl_clearance'; c = null;</script></head>"
        "<body></body></html>")
_WAF = ("<html><head><meta charset='utf-8'><title>访问被拦截</title></head><body><h2>您的请求已被云防护拦截</h2>"
        "<p>当前访问可能对网站造成威胁，事件编号：{id}。</p></body></html>")
_STUB_FILLED = ("<html><head><meta charset='utf-8'></head><body><script>"
                "fetch(location.href, {headers: {'X-Filled': '1'}})"
                ".then(function (answer) { return answer.text(); }).then(function (text) {"
                " document.open(); document.write(text); document.close(); });</script></body></html>")
_STUB_EMPTY = ("<html><head><meta charset='utf-8'></head><body><div id='app'></div><script>var app = {};</script>"
               "</body></html>")
_GONE_WORDS = "您访问的页面不存在或已删除。"

UNAVAILABLE = page("<html><head><title>503 Service Unavailable</title></head><body><h1>503 Service Unavailable</h1><hr>"
                   "nginx</body></html>", status=503)
SWITCHES: Mapping[str, str] = {
    "status_403": "Refuses with 403 and a firewall's page.",
    "status_403_plain": "Refuses with 403 and the web server's own page (Forbidden).",
    "status_405": "Refuses with 405 and a firewall's page.",
    "status_412": "Answers 412 with a page that looks like a script challenge.",
    "status_422": "Answers 422.",
    "status_429": "Answers 429 with Retry-After: 1.",
    "status_429_date": "Answers 429 with Retry-After as a date an hour on.",
    "status_468": "Answers 468 with a firewall's script page.",
    "status_500": "Answers 500.",
    "status_502": "Answers 502.",
    "status_503": "Answers 503 with Retry-After: 1.",
    "status_503_jsl": "Answers 503 with a page that looks like an acceleration network's challenge.",
    "status_504": "Answers 504.",
    "status_521": "Answers 521 with a page that looks like an acceleration network's challenge.",
    "status_550": "Answers 550.",
    "challenge_202": "Answers 202 with a page that looks like a script challenge.",
    "loop_307": "Answers 307 to the same address with a cookie that never suffices.",
    "stub_filled": "Gives a stub of script that a browser fills.",
    "stub_empty": "Gives a stub of script that stays empty.",
    "same_shell": "Gives the home page for whatever is asked.",
    "empty_body": "Answers 200 without a byte.",
    "soft404_words": "What is not there is answered 200 with words; with a value, those pages too.",
    "soft404_title": "What is not there is answered 200 with 404 in the title; with a value, those pages too.",
    "soft404_home": "What is not there is answered with the home page; with a value, those pages too.",
    "gone": "Answers 404.",
    "forbidden_page": "Answers 200 with a page called 系统提示 that says that one may not see this.",
    "captcha": "Answers 200 with a page that asks for a picture code.",
    "file_referer": "Files come only to whom a page of the site sent; others get a page.",
    "file_cookie": "Files come only with a cookie that the site's pages set; others get a page.",
    "closed": "Between 22:00 and 7:00 by the injected clock answers 403 with a notice.",
    "closed_notice": "Between 22:00 and 7:00 by the injected clock answers 200 with a notice.",
}


def refusal(site: Site, visit: Visit, home: Callable[[], Answer]) -> Answer | None:
    """What a site answers instead of its page, by the first of its switches that acts; None where none does."""
    for name, value in site.switches.items():
        if name in _MISSING and not value:
            continue                        # that is about what is not there: `absent`
        if name in _ANSWERS and scopes.names(value, visit):
            answer = _ANSWERS[name](site, visit, home)
            if answer is not None:
                return answer
    return None


def cookies(site: Site, visit: Visit) -> tuple[tuple[str, str], ...]:
    """The cookies that an answer sets."""
    wanted = "file_cookie" in site.switches and visit.role == "report"
    return (("Set-Cookie", f"{_COOKIE}; path=/"),) if wanted else ()


def absent(site: Site, home: Callable[[], Answer]) -> Answer:
    """What a site answers where nothing stands."""
    for name in _MISSING & site.switches.keys():
        return _soft(name)(site, None, home)
    return page(frame(site.county, f"404-{site.county.site_name}", "<h1>404</h1><p>页面不存在</p>"), status=404)


def _status(status: int, text: str, *headers: tuple[str, str]) -> Callable[..., Answer]:
    body = text.format(id="7f3a", pad=_PADDING) if "{id}" in text or "{pad}" in text else text
    return lambda *_: page(body, status=status, headers=headers)


def _plain(status: int, words: str, *headers: tuple[str, str]) -> Callable[..., Answer]:
    text = f"<html><head><title>{status} {words}</title></head><body><h1>{status} {words}</h1><hr>nginx</body></html>"
    return _status(status, text, *headers)


def _loop(_site: Site, visit: Visit, _home: object) -> Answer:
    return page("", status=307, headers=(("Location", visit.request.path), ("Set-Cookie", "wzws=1; path=/")))


def _filled(_site: Site, visit: Visit, _home: object) -> Answer | None:
    return None if _FILLED in visit.request.headers else page(_STUB_FILLED)


def _words(site: Site, *_: object) -> Answer:
    return page(f"<html><head><meta charset='utf-8'><title>{site.county.site_name}</title></head><body>"
                f"<p>{_GONE_WORDS}</p><p><a href='/'>返回首页</a></p></body></html>")


def _titled(site: Site, *_: object) -> Answer:
    return page(frame(site.county, f"404-{site.county.site_name}", "<p>抱歉，请从首页重新进入。</p>"))


def _home(_site: Site, _visit: object, home: Callable[[], Answer]) -> Answer:
    return home()


def _shell(_site: Site, visit: Visit, home: Callable[[], Answer]) -> Answer | None:
    return None if visit.role == "home" else home()


def _soft(name: str) -> Callable[..., Answer]:
    found: Mapping[str, Callable[..., Answer]] = {
        "soft404_words": _words, "soft404_title": _titled, "soft404_home": _home}
    return found[name]


def _is_night(visit: Visit) -> bool:
    return not _OPENS <= visit.request.world.now.astimezone(SHANGHAI).hour < _CLOSES


def _closed(status: int) -> Callable[..., Answer | None]:
    text = ("<html><head><meta charset='utf-8'><title>系统维护</title></head><body><p>本网站夜间（22:00至次日7:00）"
            "关闭，请在工作时间访问。</p></body></html>")
    return lambda _site, visit, _home: page(text, status=status) if _is_night(visit) else None


def _notice(title: str, words: str) -> Callable[..., Answer]:
    return _status(200, f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{words}</body></html>")


def _unsent(site: Site, visit: Visit, _home: object) -> Answer | None:
    sent = visit.request.headers.get("referer", "").startswith(site.hosts)
    return None if visit.role != "file" or sent else _DOWNLOAD()


def _uncooked(_site: Site, visit: Visit, _home: object) -> Answer | None:
    return None if visit.role != "file" or _COOKIE in visit.request.headers.get("cookie", "") else _DOWNLOAD()


_DOWNLOAD = _notice("下载", "<p>请从信息页面进入下载。</p>")
_MISSING = {"soft404_words", "soft404_title", "soft404_home"}
_ANSWERS: Mapping[str, Callable[..., Answer | None]] = {
    "status_403": _status(403, _WAF),
    "status_403_plain": _plain(403, "Forbidden"),
    "status_405": _status(405, _WAF),
    "status_412": _status(412, _TS),
    "status_422": _plain(422, "Unprocessable Entity"),
    "status_429": _plain(429, "Too Many Requests", ("Retry-After", "1")),
    "status_429_date": _plain(429, "Too Many Requests", ("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT")),
    "status_468": _status(468, _TS),
    "status_500": _plain(500, "Internal Server Error"),
    "status_502": _plain(502, "Bad Gateway"),
    "status_503": _plain(503, "Service Unavailable", ("Retry-After", "1")),
    "status_503_jsl": _status(503, _JSL, ("X-Via-JSL", "1a2b3c")),
    "status_504": _plain(504, "Gateway Time-out"),
    "status_521": _status(521, _JSL, ("Set-Cookie", "__jsluid_h=0; path=/")),
    "status_550": _plain(550, "Permission denied"),
    "challenge_202": _status(202, _TS),
    "loop_307": _loop,
    "stub_filled": _filled,
    "stub_empty": _status(200, _STUB_EMPTY),
    "same_shell": _shell,
    "empty_body": _status(200, ""),
    "soft404_words": _words,
    "soft404_title": _titled,
    "soft404_home": _home,
    "gone": _plain(404, "Not Found"),
    "forbidden_page": _notice("系统提示", "<p>系统提示：您无权访问该信息。</p>"),
    "captcha": _notice("下载", "<p>请输入验证码：<img src='/system/resource/js/filedownload/createimage.jsp'></p>"),
    "file_referer": _unsent,
    "file_cookie": _uncooked,
    "closed": _closed(403),
    "closed_notice": _closed(200),
}
