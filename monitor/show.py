"""What commands print for people: tables that know how wide a Chinese character is."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from archive.clock import SHANGHAI, local_day, parse_instant
from archive.home import Home
from archive.ingest import Ingested
from archive.registry import Portal
from monitor.judge import Status
from monitor.run import Done
from monitor.settings import Language
from monitor.sheets import print_table
from monitor.texts import Text, say, word

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


def summary(counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str], language: Language = "en") -> None:
    """Counties by status of one report year; in English under the names that programs and the documentation use."""
    table = _table(word("county", language).lower())
    for status in Status:
        table.add_column(status.value if language == "en" else word(status, language), justify="right", overflow="fold")
    for code, by_status in counts.items():
        table.add_row(names.get(code, code), *(_count(status, by_status.get(status, 0)) for status in Status))
    print_table(table)


def _count(status: str, number: int) -> str:
    style = MARKS.get(status)
    return "·" if not number else f"[{style}]{number}[/]" if style else str(number)


def duties(rows: Sequence[Row], year: int, now: datetime, language: Language) -> None:
    """One year's duties: counts for each county, then every township that is not simply in time."""
    chosen = [row for row in rows if row["report_year"] == year]
    click.echo(say(Text("status_head", detail=f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", year=year), language))
    counts: dict[str, Counter[str]] = {}
    for row in chosen:
        counts.setdefault(row["county"], Counter())[row["status"]] += 1
    summary(counts, {row["county"]: row["county_name"] for row in chosen}, language)
    table = _table(*(word(key, language) for key in ("county", "township", "status_of", "due_day", "page_date",
                                                     "seen_first", "what")))
    for row in chosen:
        if row["status"] != Status.ON_TIME or row["flags"]:
            table.add_row(row["county_name"], row["township"], _status(row, language),
                          row["due_local"] or row["due_outer"], row["claimed_on"] or "–",
                          _local(row["first_look_with"]), _remarks(row, language))
    if table.row_count:
        click.echo()
        print_table(table)


def _local(instant: str | None) -> str:
    return str(local_day(parse_instant(instant))) if instant else "–"


def _status(row: Row, language: Language) -> str:
    """A late or missing report with the rule by which it is; one look alone does not call it missing."""
    style = MARKS.get(row["status"])
    doubt = row["status"] in (Status.MISSING, Status.LATE) and not row["confirmed"]
    text = word("seen_to_confirm" if doubt and row["status"] == Status.LATE else "to_confirm" if doubt
                else row["status"], language)
    if row["past"] and row["status"] in (Status.MISSING, Status.LATE):
        local = "basis_notice" if row["notice"] else "basis_local"
        text += word(local if row["past"] == "local" else "basis_outer" if row["due_local"] else "basis_old", language)
    return f"[{style}]{text}[/]" if style and not doubt else text


def _remarks(row: Row, language: Language) -> str:
    looked = [say(Text("looked_last", parse_instant(row["last_look_without"])), language)
              ] if row["status"] == Status.MISSING else []
    reason = row["reason_zh" if language == "zh" else "reason"]
    flags = ("、" if language == "zh" else ", ").join(word(f"flag_{flag}", language) for flag in row["flags"]
                                                  if flag != "dismissed")  # the reason says it
    return ("；" if language == "zh" else "; ").join(filter(None, [reason, *looked, flags]))


def findings(rows: Iterable[Row], language: Language) -> None:
    """What is wrong, a line for each; the words are those of the home's language."""
    message = "message" if language == "zh" else "message_en"
    table = _table(*(word(key, language) for key in ("number", "code", "severity", "township", "year", "opened",
                                                     "closed", "message")))
    for row in rows:
        table.add_row(str(row["id"]), row["code"], word(row["severity"], language), row["township"] or row["county"],
                      str(row["report_year"] or "–"), _local(row["opened"]), _local(row["closed"]),
                      f"{row[message]}{_said(row, language)}")
    print_table(table)


def _said(row: Row, language: Language) -> str:
    """What a person said of a finding, in brackets; else whether it waits for a second look."""
    if row["decision"]:
        return f" ({word('said_' + row['decision'], language)}{'：' if language == 'zh' else ': '}{row['why']})"
    return "" if row["confirmed"] else f" ({word('to_confirm_short', language)})"


def demo_end(home: Home) -> None:
    """Where everything lies."""
    click.echo()
    for what, where in (("digests (.eml and .html)", home.outbox), ("WARC volumes", home.warc),
                        ("ledger", home.ledger), ("database that Datasette serves", home.public)):
        click.echo(f"{what:32}{where}")
    command = f"{sys.argv[0]} --home {home.root}"
    click.echo(f"\nlook at it:  {command} browse")
    click.echo(f"who is late: {command} status --as-of 2026-04-02")
