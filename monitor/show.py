"""What commands print for people: tables that know how wide a Chinese character is."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from archive.clock import SHANGHAI
from archive.home import Home
from archive.ingest import Ingested
from archive.registry import Portal
from monitor.judge import Status
from monitor.run import Done
from monitor.settings import Language
from monitor.sheets import print_table
from monitor.texts import word

Row = dict[str, Any]

MARKS: Mapping[str, str] = {
    Status.ON_TIME: "green", Status.LATE: "yellow", Status.MISSING: "red", Status.WITHDRAWN: "red",
}


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in set(Status) else "left", overflow="fold")
    return table


def portal_row(portal: Portal) -> Row:
    return {"code": portal.code, "name": portal.name, "slug": portal.slug, "home": portal.home, "since": portal.since,
            "townships": len(portal.townships()), "listings": len(portal.listings)}


def portals(shown: Iterable[Portal]) -> None:
    table = _table("code", "name", "slug", "home", "townships")
    for one in shown:
        table.add_row(one.code, one.name, one.slug, one.home, str(len(one.townships())))
    print_table(table)


def portal(one: Portal) -> None:
    click.echo(f"{one.code} {one.name}  {one.home}  report years since {one.since}  ({one.path})")
    for listing in one.listings:
        click.echo(f"  {listing.family}  {listing.url}")
    click.echo(f"{len(one.townships())} townships owe a report:")
    for township in one.townships():
        click.echo(f"  {township.code} {township.name}")


def crawled(done: Done, names: Mapping[str, str]) -> None:
    """What a run did, in a few lines."""
    for one in done.ingested:
        click.echo(f"{names.get(_county(one), _county(one))}: {one.verdict}, {one.captures} captures, "
                   f"{one.new_bodies} new bodies" + (" (was here already)" if one.already else ""))
    for refused in done.refused:
        click.echo(f"refused: {refused}")
    if done.read:
        click.echo(f"{done.read.read} documents read, {done.read.unreadable} unreadable; "
                   f"{done.read.publications} reports in the archive")
    if done.digest:
        click.echo(f"digest {done.digest}")
    if done.sent or done.unsent:
        click.echo(f"mail: {done.sent} sent, {done.unsent} waiting in the outbox")


def _county(one: Ingested) -> str:
    """A bundle's id begins with its county's code."""
    return one.bundle.split("-")[0]


def summary(counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> None:
    """Counties by status of one report year."""
    table = _table("county", *Status)
    for code, by_status in counts.items():
        table.add_row(names.get(code, code), *(_count(status, by_status.get(status, 0)) for status in Status))
    print_table(table)


def _count(status: str, number: int) -> str:
    style = MARKS.get(status)
    return "·" if not number else f"[{style}]{number}[/]" if style else str(number)


def duties(rows: Sequence[Row], year: int, now: datetime) -> None:
    """One year's duties: counts for each county, then every township that is not simply in time."""
    chosen = [row for row in rows if row["report_year"] == year]
    click.echo(f"Report year {year}, as of {now.astimezone(SHANGHAI):%d %B %Y, %H:%M} in Shanghai")
    counts: dict[str, Counter[str]] = {}
    for row in chosen:
        counts.setdefault(row["county"], Counter())[row["status"]] += 1
    summary(counts, {row["county"]: row["county_name"] for row in chosen})
    table = _table("county", "township", "status", "due", "claimed", "seen first", "remarks")
    for row in chosen:
        if row["status"] != Status.ON_TIME or row["flags"]:
            table.add_row(row["county_name"], row["township"], _status(row), row["due_local"] or row["due_outer"],
                          row["claimed_on"] or "–", (row["first_look_with"] or "–")[:10], _remarks(row))
    if table.row_count:
        click.echo()
        print_table(table)


def _status(row: Row) -> str:
    style = MARKS.get(row["status"])
    text = row["status"] + ("" if row["confirmed"] or row["status"] != Status.MISSING else ", to be confirmed")
    return f"[{style}]{text}[/]" if style else text


def _remarks(row: Row) -> str:
    looked = f"last complete look {row['last_look_without'][:10]}" if row["status"] == Status.MISSING else None
    return "; ".join(filter(None, [row["reason"], looked, ", ".join(row["flags"])]))


def findings(rows: Iterable[Row], language: Language) -> None:
    """What is wrong, a line for each; the words are those of the home's language."""
    message = "message" if language == "zh" else "message_en"
    table = _table("number", "code", "severity", "township", "year", "opened", "closed", "message")
    for row in rows:
        table.add_row(str(row["id"]), row["code"], row["severity"], row["township"] or row["county"],
                      str(row["report_year"] or "–"), row["opened"][:10], (row["closed"] or "–")[:10],
                      row[message] + ("" if row["confirmed"] else f" ({word('to_confirm_short', language)})"))
    print_table(table)


def demo_end(home: Home) -> None:
    """Where everything lies."""
    click.echo()
    for what, where in (("digests (.eml and .html)", home.outbox), ("WARC volumes", home.warc),
                        ("ledger", home.ledger), ("database that Datasette serves", home.public)):
        click.echo(f"{what:32}{where}")
    command = f"{sys.argv[0]} --home {home.root}"
    click.echo(f"\nlook at it:  {command} browse")
    click.echo(f"who is late: {command} status --as-of 2026-04-02")
