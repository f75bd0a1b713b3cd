"""The commands `nianbao export`: what the archive holds, for other people's programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.options import work_of

if TYPE_CHECKING:
    from archive.exports.source import Progress, Source

HOUSE = "Also what nobody has confirmed and what we misread: not to be passed on."


@click.group()
def export() -> None:
    """Sheets, CSV, JSON Lines, web archives and feeds for other people's programs.

    \b
    Example:  nianbao export xlsx 金乡 --year 2025 --out jinxiang.xlsx
    """


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """COUNTIES, --year and --in-house."""
    house = click.option("--in-house", is_flag=True, help=HOUSE)
    year = click.option("--year", type=int, help="One report year; else all.")
    return click.argument("counties", nargs=-1)(year(house(click.pass_context(command))))


def out_option(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--out", required=True, type=click.Path(path_type=Path), help=f"Where to write: {kind}.")


@export.command()
@chosen
@out_option("an .xlsx file")
def xlsx(ctx: click.Context, counties: tuple[str, ...], year: int | None, in_house: bool, out: Path) -> None:
    """One workbook: duties, reports, the statutory tables, checks and findings, a sheet each.

    \b
    Example:  nianbao export xlsx 金乡 --year 2025 --out jinxiang.xlsx
    """
    from archive.exports import workbook

    _file(out, ".xlsx")
    with _source(ctx, counties, year, in_house=in_house) as source:
        counts = workbook.write(source, out)
    _told(out, counts)


@export.command("csv")
@chosen
@out_option("a folder, or a .zip file")
def csv_command(ctx: click.Context, counties: tuple[str, ...], year: int | None, in_house: bool, out: Path) -> None:
    """The same tables as CSV files, with one more that explains their columns.

    \b
    Example:  nianbao export csv --year 2025 --out tables.zip
    """
    from archive.exports import csvs

    if out.suffix.lower() != ".zip":
        _folder(out, " or a .zip file")
    with _source(ctx, counties, year, in_house=in_house) as source:
        counts = csvs.write(source, out)
    _told(out, counts)


@export.command()
@chosen
@click.option("--out", type=click.Path(path_type=Path), help="Where to write: a .jsonl file; else it is printed.")
def jsonl(ctx: click.Context, counties: tuple[str, ...], year: int | None, in_house: bool, out: Path | None) -> None:
    """One JSON object a report: its cells with their sources, as `parse --json` names them, and its capture.

    \b
    Example:  nianbao export jsonl --year 2025 --out reports.jsonl
    """
    from archive.exports import jsonl as lines

    with _source(ctx, counties, year, in_house=in_house) as source, _output(out) as file:
        count = 0
        for report in lines.reports(source):
            file.write(lines.line(report).encode("utf-8", "replace"))
            count += 1
    if out is not None:
        click.echo(f"{out}: {count} reports")


@export.command()
@click.argument("county")
@click.option("--season", type=int, metavar="YEAR", help="The year of the crawls; else that of the last one.")
@out_option("a .wacz file")
@click.pass_context
def wacz(ctx: click.Context, county: str, season: int | None, out: Path) -> None:
    """A season's captures of one county, for replay programs; records as they were received.

    \b
    Example:  nianbao export wacz 金乡 --season 2026 --out jinxiang-2026.wacz
    """
    from importlib.metadata import version

    from archive.exports import wacz as package
    from archive.ledger import open_ledger
    from archive.volumes import Volumes

    _file(out, ".wacz")
    work = work_of(ctx)
    code = work.registry.resolve(county).code
    with open_ledger(work.home, read_only=True) as db:
        done = package.write(db, Volumes(work.home.warc), package.season(db, code, season), out,
                             software=f"nianbao {version('nianbao')}", now=work.now)
    click.echo(f"{out}: {done.records} records ({done.earlier} from before the season), {done.captures} captures, "
               f"{done.pages} pages")


@export.command()
@click.argument("counties", nargs=-1)
@click.option("--base", metavar="URL", callback=lambda _ctx, _param, value: _web(value),
              help="Where the archive can be browsed; links to captures lead there.")
@click.option("--at", metavar="URL", callback=lambda _ctx, _param, value: _web(value),
              help="Where the folder can be found on the web; each feed then names its own address.")
@out_option("a folder; feeds that stand there are brought up to date")
@click.pass_context
def feed(ctx: click.Context, counties: tuple[str, ...], base: str | None, at: str | None, out: Path) -> None:
    """An Atom feed of each county's findings: confirmed ones of the publisher alone.

    \b
    Example:  nianbao export feed 金乡 --out /srv/www/feeds --base https://nianbao.example.org
    """
    from archive.exports import feed as feeds

    _folder(out)
    with _source(ctx, counties, None, in_house=False) as source:
        counts = feeds.write(source, out, feeds.Places(base, at))
    for code, count in counts.items():
        click.echo(f"{out / code}.atom: {count} findings")


def _web(value: str | None) -> str | None:
    if value is not None and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"{value!r} is no web address; expected for example https://nianbao.example.org")
    return value


@contextmanager
def _source(ctx: click.Context, counties: Sequence[str], year: int | None, *, in_house: bool) -> Iterator[Source]:
    """What is exported, its progress shown on a terminal."""
    from dataclasses import replace

    from archive.exports import source

    work = work_of(ctx)
    codes = [work.registry.resolve(county).code for county in counties]
    with (source.in_house(work.home, codes, year, now=work.now) if in_house
          else source.public(work.home, codes, year)) as found, _shown() as progress:
        yield replace(found, progress=progress)


@contextmanager
def _shown() -> Iterator[Progress | None]:
    """Rows that are done, counted on a terminal; nothing elsewhere, where the last line tells."""
    if not sys.stderr.isatty():
        yield None
        return
    from monitor.counting import columns

    with columns(transient=True) as bars:
        task = bars.add_task("export", total=None, note="")
        yield lambda name, done: bars.update(task, description=name, completed=done)


@contextmanager
def _output(out: Path | None) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all, or what programs read."""
    from archive.exports.whole import replacing

    if out is None:
        yield sys.stdout.buffer
        return
    _file(out, ".jsonl")
    with replacing(out) as scratch, scratch.open("wb") as file:
        yield file


def _file(out: Path, ending: str) -> None:
    """Refuse a name that is no file of this kind: an export takes the place of the one before, and of nothing else."""
    if out.is_dir():
        raise click.UsageError(f"--out {out} is a folder; name a file such as {out / ('reports' + ending)}")
    if out.suffix.lower() != ending:
        raise click.UsageError(f"--out {out}: expected a name that ends in {ending}")


def _folder(out: Path, otherwise: str = "") -> None:
    if out.suffix.lower() in (".csv", ".atom", ".xml") or (out.exists() and not out.is_dir()):
        raise click.UsageError(f"--out {out} is a file; name a folder{otherwise}")


def _told(out: Path, counts: dict[str, int]) -> None:
    click.echo(f"{out}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
