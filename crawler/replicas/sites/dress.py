"""How pages are written down: character sets and their labels, metas missing or misspelt, dates, labels, cut titles."""

import html
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from crawler.replicas.pages import shortened
from crawler.replicas.sites.model import Site
from crawler.replicas.sites.scopes import Role
from crawler.replicas.web import Answer

SWITCHES: Mapping[str, str] = {
    "gbk": "Pages are in GBK and say so nowhere.",
    "gb2312": "Pages are labelled gb2312 and hold characters that only GB 18030 has.",
    "bom": "Pages are in UTF-8 with a byte order mark, and their header names no character set.",
    "wrong_charset": "The header says ISO-8859-1, the page's meta says the truth.",
    "mixed": "Pages are in UTF-8; the first title of each list is in GBK.",
    "metas_missing": "Pages have no metas but the site's name.",
    "metas_misspelt": "Metas are called ColumName, ArtcileTitle and PubData.",
    "pubdate_seconds": "PubDate has seconds.",
    "pubdate_day": "PubDate is a day without a time.",
    "pubdate_chinese": "PubDate is written 2026年01月09日 15:30.",
    "pubdate_name": "PubDate is called pubdate and followed by a Maketime of today.",
    "labels_public": "Dates are labelled 公开日期.",
    "labels_wide": "Labels of dates have wide blanks inside and a blank before the colon.",
    "links_onclick": "Rooms between home page and lists are reached by scripts in onclick only.",
    "links_select": "Those rooms are options of a menu that jumps.",
    "links_image": "Links to those rooms are pictures that only their alt text names.",
    "links_second": "Every other link of those rooms names the second host.",
    "viewer": "Files are shown by a viewer in a frame and linked nowhere.",
    "file_script": "Links to files are written by a script.",
    "titles_cut": "Lists cut titles with dots and keep them whole in the title attribute.",
    "titles_cut_everywhere": "Lists cut titles with dots and keep them whole nowhere.",
}
_OTHER_META = re.compile(r"<meta[^>]+name=[\"'](?:Column\w+|ArticleTitle|PubDate|ContentSource|Author|Description|"
                         r"Keywords|Url|Image)[\"'][^>]*>\s*", re.I)
_PUBDATE = re.compile(r"(<meta[^>]+name=[\"'])(PubDate)([\"'][^>]+content=[\"'])(\d{4})-(\d\d)-(\d\d)( \d\d:\d\d)?"
                      r"(?::\d\d)?([\"'][^>]*>)", re.I)
_LABEL = re.compile(r"(?:发布|发文)(?:时间|日期)\s*[：:]")
_CHARSET = re.compile(r"(charset=[\"']?)utf-8", re.I)


def dressed(site: Site, answer: Answer, role: Role) -> Answer:
    """An answer as the site's switches have it written; only pages are touched, and answered ones only."""
    if not answer.kind.startswith("text/html"):
        return answer
    text = answer.body.decode()
    for name in _TEXTS.keys() & site.switches.keys():
        text = _TEXTS[name](text, site, role)
    answer = replace(answer, body=text.encode())
    for name in _CODINGS.keys() & site.switches.keys():
        answer = _CODINGS[name](answer, text, site)
    return answer


def _without_metas(text: str, _site: Site, _role: Role) -> str:
    return _OTHER_META.sub("", text)


def _misspelt(text: str, _site: Site, _role: Role) -> str:
    for right, wrong in (("ColumnName", "ColumName"), ("ArticleTitle", "ArtcileTitle"), ("PubDate", "PubData"),
                         ("ColumnType", "ColumnTpye")):
        text = re.sub(rf"(<meta[^>]+name=[\"']){right}", rf"\g<1>{wrong}", text, flags=re.I)
    return text


def _dated(pattern: str) -> Callable[[str, Site, Role], str]:
    def written(found: re.Match[str]) -> str:
        year, month, day, time = found[4], found[5], found[6], found[7] or " 09:30"
        date = pattern.format(year=year, month=month, day=day, time=time)
        return f"{found[1]}{found[2]}{found[3]}{date}{found[8]}"

    return lambda text, _site, _role: _PUBDATE.sub(written, text)


def _renamed(text: str, _site: Site, _role: Role) -> str:
    return _PUBDATE.sub(lambda found: found[0].replace(found[2], "pubdate", 1)
                        + '<meta name="Maketime" content="2026-02-16 08:00:00">', text)


def _labelled(label: str) -> Callable[[str, Site, Role], str]:
    return lambda text, _site, _role: _LABEL.sub(label, text)


def _cut(text: str, site: Site, role: Role, *, everywhere: bool = False) -> str:
    if role != "list":
        return text
    for title in {html.escape(paper.title) for column in site.columns for paper in column.papers}:
        text = text.replace(f">{title}<", f">{shortened(title, 14)}<")
        if everywhere:
            text = re.sub(rf"title=([\"']){re.escape(title)}\1", "", text)
    return text


_ROOM_LINK = re.compile(r'<li><a href="([^"#]+)"([^>]*)>([^<]+)</a></li>')


def _in_rooms(rewrite: Callable[[str, Site], str]) -> Callable[[str, Site, Role], str]:
    """Only pages that lead on: the home page and what stands between it and the lists."""
    return lambda text, site, role: rewrite(text, site) if role in ("home", "other") else text


def _onclick(text: str, _site: Site) -> str:
    link = r"""<li><a href="javascript:void(0)" onclick="window.location.href='\1'"\2>\3</a></li>"""
    return _ROOM_LINK.sub(link, text)


def _select(text: str, _site: Site) -> str:
    options = "".join(f'<option value="{found[1]}">{found[3]}</option>' for found in _ROOM_LINK.finditer(text))
    menu = f'<select onchange="window.location=this.value"><option value="">请选择</option>{options}</select>'
    return _ROOM_LINK.sub("", text).replace("</body>", f"{menu}</body>") if options else text


def _second(text: str, site: Site) -> str:
    turn = itertools.cycle((site.second, ""))
    return re.sub(r'<li><a href="(/[^/"][^"]*)"', lambda found: f'<li><a href="{next(turn)}{found[1]}"', text)


def _on_uploads(site: Site, text: str, written: Callable[[str, str], str]) -> str:
    for name in {upload.name for column in site.reports for paper in column.papers for upload in paper.uploads}:
        shown = re.escape(html.escape(name))
        link = re.compile(rf'<a[^>]*href="([^"]+)"[^>]*>{shown}</a>')
        text = link.sub(lambda found, name=name: written(found[1], name), text)  # type: ignore[misc]
    return text


def _viewer(text: str, site: Site, _role: Role) -> str:
    return _on_uploads(site, text, lambda address, _name: (
        f'<iframe src="/pdfjs/web/viewer.html?file={quote(html.unescape(address))}" width="100%"></iframe>'))


def _by_script(text: str, site: Site, _role: Role) -> str:
    return _on_uploads(site, text, lambda address, name: (
        f"<script>document.write('<a href=\"{address}\" target=\"_blank\">{name}</a>');</script>"))


_TEXTS: Mapping[str, Callable[[str, Site, Role], str]] = {
    "metas_missing": _without_metas,
    "metas_misspelt": _misspelt,
    "pubdate_seconds": _dated("{year}-{month}-{day}{time}:59"),
    "pubdate_day": _dated("{year}-{month}-{day}"),
    "pubdate_chinese": _dated("{year}年{month}月{day}日{time}"),
    "pubdate_name": _renamed,
    "labels_public": _labelled("公开日期："),
    "labels_wide": _labelled("发布\u3000日期\u3000："),
    "links_onclick": _in_rooms(_onclick),
    "links_select": _in_rooms(_select),
    "links_image": _in_rooms(lambda text, _site: _ROOM_LINK.sub(
        r'<li><a href="\1"><img src="/images/b.png" alt="\3"></a></li>', text)),
    "links_second": _in_rooms(_second),
    "viewer": _viewer,
    "file_script": _by_script,
    "titles_cut": _cut,
    "titles_cut_everywhere": lambda text, site, role: _cut(text, site, role, everywhere=True),
}


def _gbk(answer: Answer, text: str, _site: Site) -> Answer:
    unlabelled = re.sub(r"<meta[^>]+charset=[^>]*>", "", text, flags=re.I)
    return replace(answer, body=unlabelled.encode("gb18030"), kind="text/html")


def _gb2312(answer: Answer, text: str, _site: Site) -> Answer:
    return replace(answer, body=_CHARSET.sub(r"\1gb2312", text).encode("gb18030"), kind="text/html; charset=gb2312")


def _bom(answer: Answer, text: str, _site: Site) -> Answer:
    return replace(answer, body=b"\xef\xbb\xbf" + text.encode(), kind="text/html")


def _mixed(answer: Answer, text: str, site: Site) -> Answer:
    titles = (paper.title for column in site.reports for paper in column.papers if paper.title in text)
    title = next(titles, "").encode()
    return replace(answer, body=text.encode().replace(title, title.decode().encode("gb18030"))) if title else answer


_CODINGS: Mapping[str, Callable[[Answer, str, Site], Answer]] = {
    "gbk": _gbk,
    "gb2312": _gb2312,
    "bom": _bom,
    "wrong_charset": lambda answer, _text, _site: replace(answer, kind="text/html; charset=ISO-8859-1"),
    "mixed": _mixed,
}
