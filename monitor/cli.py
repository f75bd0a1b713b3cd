"""The command `nianbao`: loads, calls one function, prints what a person needs.

What only some commands need is imported by them: `parse` reads a file in the time that the others take to import.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from archive.errors import ArchiveError, BadDivision
from archive.home import Home
from monitor.deciding import findings
from monitor.errors import MonitorError
from monitor.explaining import explain
from monitor.exporting import export
from monitor.options import as_of_option, json_option, print_json, work_of
from monitor.parsing import parse
from monitor.portals import portal
from monitor.serving import doctor, serve
from monitor.telling import digest

if TYPE_CHECKING:
    from archive.registry import Portal, Registry
    from monitor import run
    from monitor.settings import Language
    from monitor.work import Work


class Command(click.Group):
    """The group of commands: turns our errors into a sentence and exit 1, or 2 where the call was wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadDivision as error:
            raise click.UsageError(str(error)) from error
        except (ArchiveError, MonitorError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="The home folder; else NIANBAO_HOME, else this folder.")
@click.version_option(package_name="nianbao")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """nianbao (年报) watches who publishes the annual report on government information disclosure.

    \b
    Example:  nianbao init watch && nianbao --home watch run
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:           # nohup wants no end with its terminal
            signal.signal(number, _stop)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    ctx.obj = home


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """A run that is told to stop takes its crawls along: whatever is open is closed on the way out."""
    sys.exit(128 + number)


def _chosen(registry: Registry, counties: Sequence[str]) -> list[Portal]:
    return [registry.resolve(county) for county in counties]


def _names(portals: Iterable[Portal]) -> dict[str, str]:
    return {portal.code: portal.name for portal in portals}


def _end(failed: bool) -> None:
    if failed:
        sys.exit(1)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option("--reports", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Also publish the files of this folder on the replicas.")
@click.option("--serve", is_flag=True, help="Open Datasette on the result.")
@click.option("--port", default=8001, show_default=True, help="Datasette's port, with --serve.")
def demo(folder: Path, reports: Path | None, serve: bool, port: int) -> None:
    """Replay six days of a season against replicas of three counties' portals.

    \b
    Example:  nianbao demo /tmp/demo --serve
    """
    from monitor.demo import play

    failed = play(folder, reports)
    if serve:
        _browse(Home(folder), port, "en")
    _end(failed)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Make a home with a commented nianbao.toml.

    \b
    Example:  nianbao init /srv/nianbao
    """
    from monitor import settings

    home = Home(folder)
    if home.config.exists():
        raise click.ClickException(f"{home.config} is there already")
    home.make()
    home.config.write_text(settings.TEMPLATE, encoding="utf-8")
    click.echo(f"made {home.config}; next: nianbao --home {folder} run")


main.add_command(portal)
main.add_command(explain)
main.add_command(export)


@main.command()
@click.argument("counties", nargs=-1)
@click.pass_context
def crawl(ctx: click.Context, counties: tuple[str, ...]) -> None:
    """Crawl now, ingest and parse; without COUNTIES all that this home watches.

    \b
    Example:  nianbao crawl 金乡 yanggu
    """
    from archive.ledger import open_ledger
    from monitor import run, show
    from monitor.progress import shown

    work = work_of(ctx)
    portals = _chosen(work.registry, counties) or list(work.portals())
    with open_ledger(work.home, registry=work.registry) as db, shown(_names(portals)) as progress:
        done = run.crawl(db, work, portals, progress)
        run.settle(db, work.later())
    show.crawled(done, _names(portals))
    _end(done.failed)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--county", help="Take FILES as captures of this county's portal: WACZ or WARC, made by a person.")
@click.option("--by", help="Who captured them; with --county.")
@click.option("--home-page", metavar="URL", help="Where the county's portal stands, if it has no registry entry yet.")
@click.pass_context
def ingest(ctx: click.Context, files: tuple[Path, ...], county: str | None, by: str | None,
           home_page: str | None) -> None:
    """Take in bundle folders made elsewhere, or what a person captured in a browser; FILES stay where they are.

    \b
    Example:  nianbao ingest /mnt/worker/370828-20260120T010000Z-3f2a91bc
              nianbao ingest jinxiang.wacz --county 金乡 --by "Li Na"
    """
    if county is None:
        _ingest_bundles(work_of(ctx), files)
    elif not by:
        raise click.UsageError("--county takes captures: say who made them with --by NAME")
    else:
        _ingest_captures(work_of(ctx), files, county, by, home_page)


def _ingest_bundles(work: Work, folders: Sequence[Path]) -> None:
    from archive.ledger import open_ledger
    from monitor import run, show
    from monitor.progress import shown

    single = next((path for path in folders if not path.is_dir()), None)
    if single is not None:
        raise click.UsageError(f"{single} is no bundle folder; of a capture, say whose portal it shows and who made "
                               "it: --county COUNTY --by NAME")
    done = run.Done()
    with open_ledger(work.home, registry=work.registry) as db, shown({}) as progress:
        run.take_in(db, work, folders, done, progress)
        run.settle(db, work)
    show.crawled(done, {})
    _end(done.failed)


def _ingest_captures(work: Work, files: tuple[Path, ...], county: str, by: str, home_page: str | None) -> None:
    from archive import registry
    from archive.ledger import open_ledger
    from monitor import crawls, handed, run, show
    from monitor.progress import shown

    portal = handed.portal_of(work, county, home_page)
    work = replace(work, registry=registry.load(work.home.portals))      # it may have an entry more now
    names = {portal.code: portal.name}
    with open_ledger(work.home, registry=work.registry) as db, shown(names) as progress:
        one = handed.hand_in(db, work, portal, crawls.Captures(files, by), progress)
        run.settle(db, work.later())
    show.crawled(one.done, names)
    for line in handed.lines(one):
        click.echo(line)
    _end(one.done.failed)


main.add_command(parse)


@main.command()
@click.option("--all", "everything", is_flag=True, help="Also what this parser has read before.")
@click.pass_context
def reparse(ctx: click.Context, everything: bool) -> None:
    """Read again whatever an older parser read; no network.

    \b
    Example:  nianbao reparse --all
    """
    from archive.ledger import open_ledger
    from monitor import run
    from monitor.progress import shown

    work = work_of(ctx)
    with open_ledger(work.home, registry=work.registry) as db, shown({}) as progress:
        read = run.read(db, work, progress, everything=everything)
        run.settle(db, work)
    click.echo(f"{read.read} read, {read.unreadable} unreadable, {read.publications} reports")


@main.command()
@click.argument("counties", nargs=-1)
@click.option("--year", type=int, help="One report year; else the latest, and with --json all.")
@as_of_option
@json_option
@click.pass_context
def status(ctx: click.Context, counties: tuple[str, ...], year: int | None, as_of: datetime | None,
           as_json: bool) -> None:
    """The duties and where they stand.

    \b
    Example:  nianbao status 金乡 --year 2025 --as-of 2026-02-02
    """
    from monitor import readings, show

    work = work_of(ctx, as_of)
    codes = [one.code for one in _chosen(work.registry, counties)]
    rows = readings.duties(work, codes, year)
    if as_json:
        print_json(rows)
    else:
        show.duties(rows, year or max((row["report_year"] for row in rows), default=0), work.now,
                    work.settings.language)


main.add_command(findings)
main.add_command(digest)


@main.command("run")
@click.option("--everything", is_flag=True, help="Crawl and tell whether due or not.")
@click.option("--dry-run", is_flag=True, help="Say what is due, and do nothing of it.")
@click.pass_context
def run_command(ctx: click.Context, everything: bool, dry_run: bool) -> None:
    """Do whatever is due: crawl, ingest, parse, judge, publish, digest.

    \b
    Example:  nianbao --home /srv/nianbao run
    """
    if dry_run:
        _plan(work_of(ctx), everything=everything)
        return
    done = _run(work_of(ctx), everything=everything)
    _end(done.failed)


def _plan(work: Work, *, everything: bool) -> None:
    """Say what a run would do now, with nothing new taken in yet."""
    from archive.ledger import open_ledger
    from monitor import mail, run

    with open_ledger(work.home, read_only=True) as db:
        due = [portal for portal in work.portals() if everything or run.crawl_due(db, work, portal)]
        for portal in due:
            click.echo(f"crawl {portal.name} ({portal.code}): {portal.home}")
        click.echo(f"{len(due)} of {len(work.portals())} counties are due")
        telling = everything or run.digest_due(db, work)
        for line in mail.plan(db, work.registry, work.settings, now=work.now) if telling else ():
            click.echo(line)
    click.echo("a digest is due" if telling else "no digest is due")


def _run(work: Work, *, everything: bool = False) -> run.Done:
    """Run, and tell the dead man's switch as `serve` does: cron may be this home's scheduler."""
    from monitor import pings, run, show
    from monitor.progress import shown

    names, switch = _names(work.portals()), pings.Switch(work.settings.ping)
    switch.start()
    try:
        with shown(names) as progress:
            done = run.run(work, progress=progress, everything=everything)
    except BaseException as error:
        switch.bad(f"{type(error).__name__}: {error}")
        raise
    if done.failed:
        switch.bad("\n".join(done.troubles))
    else:
        switch.good(f"bundles taken in: {len(done.ingested)}, mails sent: {done.sent}")
    show.crawled(done, names)
    return done


main.add_command(serve)
main.add_command(doctor)


@main.command()
@click.option("--port", default=8001, show_default=True)
@click.pass_context
def browse(ctx: click.Context, port: int) -> None:
    """Datasette on public.db.

    \b
    Example:  nianbao browse --port 8001
    """
    work = work_of(ctx)
    _browse(work.home, port, work.settings.language)


def _browse(home: Home, port: int, language: Language) -> None:
    from archive import web  # Datasette takes a second to import, and only these commands need it

    web.serve(home, port=port, language=language,
              ready=lambda address: click.echo(f"Datasette on {address} (stop with Ctrl-C)"))


@main.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Re-read and re-hash the whole archive; exit 1 when anything is off.

    \b
    Example:  nianbao verify
    """
    from monitor import readings
    from monitor.progress import shown

    with shown({}) as progress:
        problems = readings.verify(work_of(ctx), lambda done, total: progress.step("verify", done, total))
    for problem in problems:
        click.echo(f"{problem.severity}: {problem.place}: {problem.message}")
    errors = sum(problem.severity == "error" for problem in problems)
    click.echo(f"{errors} errors" if errors else "every record and row is as it should be")
    _end(bool(errors))
