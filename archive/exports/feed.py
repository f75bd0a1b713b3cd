"""Atom: a county's findings as a feed, confirmed ones of the publisher alone, the newest first.

An entry is a finding. Its id is made of the finding's fingerprint alone: it stays, and is the same wherever the finding
is found. `updated` is when the finding was opened or closed, or when other words were first told of it, for which the
feed that is there already is asked. What was told there and is told no more says so once, as closed. What was closed
more than 90 days ago is left out.
"""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from lxml import etree

from archive.clock import iso
from archive.exports.source import Row, Source
from archive.exports.tables import FINDINGS, OUTWARD
from archive.exports.whole import printable, replacing
from archive.report.rules import LANGUAGE, RULES
from archive.report.yearly import YEARLY
from archive.web.words import SEVERITY, Word

ATOM: Final = "http://www.w3.org/2005/Atom"
NAMES: Final = UUID("5d1a3cf4-6f0e-4b57-9a40-0c5f4be0a7d2")      # where our ids are made; never changes
KEPT: Final = timedelta(days=90)
WEB: Final = ("http://", "https://")
TITLES: Final[Mapping[str, Word]] = {
    "T02": Word("published late (local date)", "逾期公布（地方时限）"),
    "T03": Word("published after the outer date", "晚于最晚时限公布"),
    "T04": Word("not found since the local date", "地方时限后未见"),
    "T05": Word("not published by the outer date", "最晚时限后仍未公布"),
    "T07": Word("dated before the year had ended", "发布日期早于统计期末"),
    "T09": Word("its date is contradicted by what was seen", "页面日期与观察不符"),
    "T10": Word("changed after publication", "公布后内容有改动"),
    "L01": Word("dead link", "链接失效"),
    "L02": Word("attachment cannot be opened", "附件无法打开"),
    "L03": Word("stands in another column", "未发布在年报栏目"),
    "L04": Word("the link leads to another year or body", "链接内容与标题不符"),
    "L05": Word("no longer there", "已被移除"),
    "L06": Word("several copies that differ", "多处发布且内容不一致"),
    "L07": Word("a scan without text", "扫描件，无文本层"),
}
OF_RULES: Final = {code: Word(title[:1].lower() + title[1:], "年报内容问题") for code, title in (
    *((rule.code, rule.title) for rule in (*RULES, *LANGUAGE)), *((rule.code, rule.title) for rule in YEARLY))}
OTHER: Final = Word("finding", "问题")
CLOSED: Final = Word("closed", "已关闭")
ENDED: Final = f"{CLOSED.zh} {CLOSED.en}: "
GONE: Final = Word("It is told no more: it was corrected or taken back.", "不再通报：已更正或撤回。")
ABOUT: Final = Word("What is wrong with the publication of annual reports, confirmed and visible on the portal.",
                    "年报公布情况中经复核、在网站上可见的问题。")

PLACES = """
SELECT d.url FROM duties d WHERE d.township = ? AND d.report_year = ? AND d.url IS NOT NULL
"""
CAPTURES = """
SELECT id, url, at, sha256, volume, offset FROM captures WHERE id IN (SELECT value FROM json_each(?)) ORDER BY at, id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as the feed tells it; instants as stored. `links` are of its page and its captures."""

    identifier: str
    title: str
    summary: str
    content: str
    published: str
    updated: str
    severity: str
    page: str | None
    captures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What an earlier feed says: when it changed last, and its entries by id, without their content and links."""

    updated: str | None
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is told can be seen: `base` is where the archive can be browsed, `feeds` where the feeds stand."""

    base: str | None = None
    feeds: str | None = None


def write(source: Source, out: Path, places: Places | None = None) -> dict[str, int]:
    """Write `<code>.atom` for each county into the folder `out`; the entries of each.

    Without a place to browse the archive captures are named by their record id alone. Raises BadHome where that cannot
    be written.
    """
    places = places or Places()
    counties = source.db.execute("SELECT code, name FROM counties ORDER BY code").fetchall()
    counts = {}
    for code, name in counties:
        if not source.counties or code in source.counties:
            path = out / f"{code}.atom"
            told = _told(path)
            found = [_dated(one, told, source) for one in _entries(source, code, places.base)]
            entries = sorted((*found, *_gone(found, told, source)), key=lambda one: (one.updated, one.identifier),
                             reverse=True)
            with replacing(path) as scratch:
                scratch.write_bytes(_feed(code, name, entries, told.updated or iso(source.as_of), places))
            counts[code] = len(entries)
    return counts


def _entries(source: Source, county: str, base: str | None) -> Iterator[Entry]:
    since = iso(source.as_of - KEPT)
    # Feeds are read by anybody: the same as goes out to the public, whatever the source.
    outward = replace(source, counties=(county,))
    for row in outward.rows(f"SELECT * FROM ({FINDINGS}) WHERE {OUTWARD['findings']}", "id"):  # noqa: S608
        if row["closed"] is None or row["closed"] >= since:
            yield _entry(source, row, base)


def _entry(source: Source, row: Row, base: str | None) -> Entry:
    whose = row["township_name"] or row["county_name"]
    year = f" {row['report_year']}" if row["report_year"] else ""
    words = TITLES.get(row["code"]) or OF_RULES.get(row["code"], OTHER)
    ended = ENDED if row["closed"] else ""
    captures = _rows(source, CAPTURES, row["evidence"])
    return Entry(
        identifier=_identifier(f"finding {row['fingerprint']}"),
        title=printable(f"{ended}{whose}{year} {row['code']} {words.zh} / {words.en}"),
        summary=printable(row["message"]), content=_content(row, words, captures, base),
        published=row["opened"], updated=row["closed"] or row["opened"], severity=row["severity"],
        page=_page(source, row, captures), captures=tuple((_capture(one["id"], base), one["at"]) for one in captures),
    )


def _identifier(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMES, name)}"


def _page(source: Source, row: Row, captures: list[Row]) -> str | None:
    """The report's address, else that of the listing in which it should stand."""
    found = source.db.execute(PLACES, [row["township"], row["report_year"]]).fetchone()
    urls = [*(found or ()), *(one["url"] for one in reversed(captures))]
    return next((url for url in urls if url.startswith(WEB)), None)


def _capture(identifier: str, base: str | None) -> str:
    return f"{base.rstrip('/')}/public/captures/{identifier}" if base else f"urn:uuid:{identifier}"


def _rows(source: Source, sql: str, *values: str) -> list[Row]:
    found = source.db.execute(sql, list(values))
    names = [column[0] for column in found.description]
    return [dict(zip(names, one, strict=True)) for one in found]


def _content(row: Row, words: Word, captures: list[Row], base: str | None) -> str:
    """The finding in both languages with its captures, as HTML in which nothing of a portal's is markup."""
    severity = SEVERITY.get(row["severity"], OTHER)
    times = f"发现 opened {_safe(row['opened'])}" + (f"; 关闭 closed {_safe(row['closed'])}" if row["closed"] else "")
    told = [f"<p>{_safe(row['message'])}</p>", f"<p>{_safe(row['message_en'] or row['message'])}</p>",
            f"<p>{_safe(row['code'])} {_safe(words.en)}; {severity.zh} {severity.en}; {times}</p>"]
    lines = "".join(f"<li>{_safe(one['at'])} {_safe(one['url'])}<br/>WARC-Record-ID {_safe(one['id'])},"
                    f" SHA-256 {_safe(one['sha256'] or '–')}, {_safe(one['volume'])}: {one['offset']}"
                    + (f' <a href="{_safe(_capture(one["id"], base))}">存档 capture</a>' if base else "") + "</li>"
                    for one in captures)
    return "".join(told) + (f"<ul>{lines}</ul>" if lines else "")


def _safe(text: str) -> str:
    return html.escape(printable(text))


def _dated(one: Entry, told: Told, source: Source) -> Entry:
    """The entry with the instant at which it last changed, as far as anybody was told."""
    known = told.entries.get(one.identifier)
    if known is None:
        return one
    if (known.title, known.summary) == (one.title, one.summary):
        return replace(one, updated=known.updated)
    return one if one.updated > known.updated else replace(one, updated=max(iso(source.as_of), known.updated))


def _gone(found: list[Entry], told: Told, source: Source) -> Iterator[Entry]:
    """What readers were told and is told no more: nobody else would take it back."""
    there, since = {one.identifier for one in found}, iso(source.as_of - KEPT)
    for one in told.entries.values():
        if one.identifier in there:
            continue
        if not one.title.startswith(ENDED):
            yield replace(one, title=ENDED + one.title, summary=f"{GONE.zh} {GONE.en}", updated=iso(source.as_of))
        elif one.updated >= since:
            yield one


def _told(path: Path) -> Told:
    """What the feed that is there says; nothing where there is none, or what is there is none."""
    try:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except (OSError, etree.XMLSyntaxError):
        return Told(None, {})
    entries = [_known(one) for one in root.iterfind(f"{{{ATOM}}}entry")]
    return Told(_text(root, "updated") or None, {one.identifier: one for one in entries})


def _known(entry: Any) -> Entry:
    category = entry.find(f"{{{ATOM}}}category")
    return Entry(
        identifier=_text(entry, "id"), title=_text(entry, "title"), summary=_text(entry, "summary"),
        content=f"<p>{GONE.zh} {GONE.en}</p>", published=_text(entry, "published"), updated=_text(entry, "updated"),
        severity="" if category is None else category.get("term", ""), page=None, captures=(),
    )


def _text(element: Any, name: str) -> str:
    return element.findtext(f"{{{ATOM}}}{name}") or ""


def _feed(county: str, name: str, entries: list[Entry], otherwise: str, places: Places) -> bytes:
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # None is what lxml takes
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "zh")
    _add(root, "id", _identifier(f"county {county}"))
    _add(root, "title", f"{name}政府信息公开年报监测 / Annual reports of {county}")
    _add(root, "subtitle", f"{ABOUT.zh} {ABOUT.en}")
    _add(root, "updated", max((one.updated for one in entries), default=otherwise))
    _add(_add(root, "author"), "name", "nianbao")
    for rel, kind, place, path in (("self", "application/atom+xml", places.feeds, f"{county}.atom"),
                                   ("alternate", "text/html", places.base, f"public/counties/{county}")):
        if place:
            _add(root, "link", rel=rel, type=kind, href=f"{place.rstrip('/')}/{path}")
    for one in entries:
        _append(root, one)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return made


def _append(root: Any, one: Entry) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", one.identifier)
    _add(entry, "title", one.title)
    _add(entry, "published", one.published)
    _add(entry, "updated", one.updated)
    _add(entry, "category", term=one.severity)
    if one.page:
        _add(entry, "link", rel="alternate", href=printable(one.page), title="网站页面 page on the portal")
    for href, at in one.captures:
        _add(entry, "link", rel="related", href=href, title=f"存档 capture {at}")
    _add(entry, "summary", one.summary)
    _add(entry, "content", one.content, type="html")


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element
