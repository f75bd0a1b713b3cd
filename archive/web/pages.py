"""The rows behind our own pages: overview, county, township, duty, publication."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from datasette.utils import urlsafe_components
from datasette.utils.asgi import NotFound

from archive.web import form
from archive.web.cells import chip, listed, original, outside, status_key
from archive.web.queries import QUERIES
from archive.web.words import STATUS_ORDER, VERDICT, both

Row = dict[str, Any]
LAST_LOOKS: Final = 20
LAST_CRAWLS: Final = 12


async def rows(datasette: Any, view: str | None, table: str | None, request: Any) -> Row:
    """What the template of a view needs besides Datasette's own values; empty for views that are not ours."""
    maker = VIEWS.get((view, table))
    if maker is None:
        return {}
    language = datasette.language
    helpers: Row = {
        "chip": lambda duty: chip(status_key(duty["status"], duty["confirmed"]), language),
        "chip_of": lambda key: chip(key, language),
        "original": original,
        "outside": outside,
        "verdict": lambda name: both(VERDICT[name], language) if name in VERDICT else name,
        "listed": listed,
        "label": form.label,
    }
    return helpers | await maker(datasette.public, request)


async def _all(db: Any, sql: str, **values: Any) -> list[Row]:
    return [dict(row) for row in (await db.execute(sql, values)).rows]


def _keys(request: Any) -> list[str]:
    keys: list[str] = urlsafe_components(request.url_vars["pks"])
    return keys


async def overview(db: Any, request: Any) -> Row:
    """The counts of each county by status, for one report year."""
    years = [row["report_year"] for row in await _all(db, "SELECT DISTINCT report_year FROM duties ORDER BY 1 DESC")]
    asked = request.args.get("year") or ""
    year = int(asked) if asked.isdecimal() and int(asked) in years else max(years, default=None)
    groups = await _all(
        db, "SELECT county, status, confirmed, count(*) AS duties, max(judged) AS judged FROM duties"
        " WHERE report_year = :year GROUP BY 1, 2, 3", year=year,
    )
    counted: Counter[tuple[str, str]] = Counter()
    for group in groups:
        counted[group["county"], status_key(group["status"], group["confirmed"])] += group["duties"]
    latest = await _all(db, "SELECT county, bundle, ended, verdict, reason FROM v_crawls WHERE latest")
    crawls = {row["county"]: row for row in latest}
    shown = [key for key in STATUS_ORDER if any(status == key for _, status in counted)]
    counties = [
        county
        | {
            "counts": {key: counted[county["code"], key] for key in shown},
            "total": sum(counted[county["code"], key] for key in shown),
            "crawl": crawls.get(county["code"]),
        }
        for county in await _all(db, "SELECT * FROM counties ORDER BY code")
    ]
    totals = {key: sum(county["counts"][key] for county in counties) for key in shown}
    return {
        "years": years, "year": year, "counties": counties, "shown": shown, "totals": totals,
        "total": sum(totals.values()), "as_of": max((group["judged"] for group in groups), default=None),
        "queries": QUERIES,
    }


async def county(db: Any, request: Any) -> Row:
    """A county's townships by year, and the looks at its portal."""
    code = _keys(request)[0]
    duties = await _all(
        db, "SELECT * FROM v_status WHERE county = :code ORDER BY report_year DESC, township", code=code
    )
    years = sorted({duty["report_year"] for duty in duties}, reverse=True)
    by_place = {(duty["township"], duty["report_year"]): duty for duty in duties}
    names = dict(sorted((duty["township"], duty["township_name"]) for duty in duties))
    crawls = await _all(
        db, "SELECT * FROM v_crawls WHERE county = :code ORDER BY started DESC LIMIT :most", code=code, most=LAST_CRAWLS
    )
    found = await _all(db, "SELECT * FROM counties WHERE code = :code", code=code)
    return {"here": found[0], "years": years, "names": names, "by_place": by_place, "crawls": crawls}


async def township(db: Any, request: Any) -> Row:
    """A township's duties by year with its reports."""
    code = _keys(request)[0]
    here = await _all(
        db, "SELECT t.*, c.name AS county_name FROM townships t JOIN counties c ON c.code = t.county"
        " WHERE t.code = :code", code=code
    )
    duties = await _all(db, "SELECT * FROM v_status WHERE township = :code ORDER BY report_year DESC", code=code)
    figures = await _all(db, "SELECT * FROM v_figures WHERE township = :code", code=code)
    return {"here": here[0], "duties": duties, "figures": {row["publication"]: row for row in figures}}


async def duty(db: Any, request: Any) -> Row:
    """One duty's story: its dates, the looks, the captures that it rests on."""
    code, year = _keys(request)
    found = await _all(
        db, "SELECT * FROM v_status WHERE township = :code AND report_year = CAST(:year AS INTEGER)",
        code=code, year=year,
    )
    if not found:
        raise NotFound("No such duty")
    looks = await _all(
        db, "SELECT l.*, b.verdict FROM looks l JOIN bundles b ON b.id = l.bundle WHERE l.township = :code"
        " AND l.report_year = :year ORDER BY l.at DESC LIMIT :most", code=code, year=year, most=LAST_LOOKS
    )
    evidence = json.dumps(listed(found[0]["evidence"]))
    captures = await _all(
        db, "SELECT * FROM captures WHERE id IN (SELECT value FROM json_each(:evidence)) ORDER BY at", evidence=evidence
    )
    return {"here": found[0], "looks": looks, "captures": captures}


async def publication(db: Any, request: Any) -> Row:
    """A publication: its tables in the layout of the form, what does not add up, where it comes from."""
    number = _keys(request)[0]
    found = await _all(
        db, "SELECT p.*, t.name AS township_name, c.name AS county_name FROM publications p"
        " JOIN townships t ON t.code = p.township JOIN counties c ON c.code = p.county WHERE p.id = :id", id=number
    )
    if not found:
        raise NotFound("No such publication")
    here = found[0]
    documents = await _all(
        db, "SELECT * FROM documents WHERE sha256 = :sha256 AND county = :county",
        sha256=here["sha256"], county=here["county"],
    )
    document = documents[0] if documents else None
    defects = await _all(db, "SELECT * FROM v_defects WHERE publication = :id ORDER BY code", id=number)
    values = await _values(db, number)
    versions = await _all(db, "SELECT * FROM versions WHERE publication = :id ORDER BY number", id=number)
    captures = await _all(
        db, "SELECT * FROM captures WHERE sha256 IN (:sha256, :page) ORDER BY at",
        sha256=here["sha256"], page=here["page_sha256"],
    )
    duties = await _all(
        db, "SELECT * FROM v_status WHERE township = :township AND report_year = :year",
        township=here["township"], year=here["report_year"],
    )
    reading = _reading(values, json.loads(document["report"]) if document else {}, defects)
    return {
        "here": here, "document": document, "defects": defects, "versions": versions, "captures": captures,
        "duty": duties[0] if duties else None, "has_cells": bool(values),
        "tables": form.tables(document["format"] if document else None, reading),
    }


async def _values(db: Any, number: str) -> dict[str, form.Number]:
    """Every stored cell of a publication, by its key."""
    values: dict[str, form.Number] = {}
    for table, stem in (("table2", "t2"), ("table2_2019", "t2_2019"), ("table3", "t3"), ("table4", "t4")):
        for row in await _all(db, f"SELECT * FROM {table} WHERE publication = :id", id=number):  # noqa: S608 - constant
            values |= {f"{stem}.{row['row']}.{column}": row[column] for column in list(row)[2:]}
    return values


def _reading(values: Mapping[str, form.Number], report: Row, defects: list[Row]) -> form.Reading:
    """How a cell of this publication is shown: its number, its place in the document, the rules that it fails."""
    sources = report.get("sources", {})
    failed: dict[str, list[str]] = {}
    for defect in defects:
        for key in listed(defect["cells"]):
            failed.setdefault(key, []).append(defect["code"])

    def reading(key: str) -> form.Shown:
        value, source = values.get(key), sources.get(key) or {}
        where = source.get("at") or (f"page {source['page']}" if source.get("page") else "")
        raw = f"“{source['raw']}”" if source.get("raw") is not None else ""
        sure = f"{source['method']} {source['confidence']:.0%}" if source.get("method") == "ocr" else ""
        title = " · ".join(part for part in (form.label(key), raw, where, sure) if part)
        return form.Shown(_figure(value), title, " ".join(failed.get(key, ())))

    return reading


def _figure(value: form.Number) -> str:
    """A number as it stands in the document; a dash where there is none."""
    if value is None:
        return "—"
    return str(int(value)) if value == int(value) else repr(value)


Maker = Callable[[Any, Any], Awaitable[Row]]
VIEWS: Final[Mapping[tuple[str | None, str | None], Maker]] = {
    ("index", None): overview,
    ("row", "counties"): county,
    ("row", "townships"): township,
    ("row", "duties"): duty,
    ("row", "publications"): publication,
}
