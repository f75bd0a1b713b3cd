"""Ways in which a host can fail, as switches. A control file is read again before every request.

The control file is one JSON object: the county's code, and what its host does instead of answering. A text stands for
every request; an object gives a fault for each path that begins so:

    {"411526": "503", "370828": {"/module/xxgk/": "412", "/robots.txt": "500"}}

A fault is a status (`403`), or one of `timeout`, `reset`, `shell`, `soft_404`, `challenge`, `waf`, `truncated`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from crawler.replicas.web import Answer, page

Fault = str | Mapping[str, str]
Faults = Mapping[str, Fault]

TIMEOUT, RESET, TRUNCATED = "timeout", "reset", "truncated"

_CHALLENGE = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'><script>var $_ts = window['$_ts'] || {}; $_ts.nsd = 1;"
    + "/*"
    + "0" * 1600
    + "*/</script></head><body></body></html>"
)
_PAGES = {
    "challenge": (412, _CHALLENGE),
    "waf": (403, "<html><head><title>访问被拦截</title></head><body>您的请求已被云防护拦截。</body></html>"),
    "shell": (200, "<html><head><meta charset='utf-8'></head><body><script>var a = 1;</script></body></html>"),
    "soft_404": (
        200,
        "<html><head><title>人民政府门户网站</title></head><body><p>您访问的页面不存在或已删除。</p></body></html>",
    ),
}


def read(path: Path | None) -> Faults:
    """The faults that the control file asks for now; none without a file. Raises ValueError for a broken one."""
    if path is None or not path.exists():
        return {}
    found: Faults = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(path: Path, faults: Faults) -> None:
    """Set the faults, whole or not at all."""
    scratch = path.with_suffix(".partial")
    scratch.write_text(json.dumps(faults), encoding="utf-8")
    scratch.replace(path)


def fault_for(faults: Faults, county: str, path: str) -> str | None:
    """What this request runs into, the longest beginning first."""
    found = faults.get(county)
    if found is None or isinstance(found, str):
        return found
    fitting = [beginning for beginning in found if path.startswith(beginning)]
    return found[max(fitting, key=len)] if fitting else None


def answer(fault: str) -> Answer:
    """The answer of a fault that is an answer. Raises ValueError for a word that is no fault."""
    if fault in _PAGES:
        status, text = _PAGES[fault]
        return page(text, status=status)
    status = int(fault)
    extra = (("Retry-After", "1"),) if status in (429, 503) else ()
    return page(
        f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>", status=status, headers=extra
    )
