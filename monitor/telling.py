"""The command `nianbao digest`: the compliance digest, printed, written as HTML, or sent."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.home import Home
from monitor.options import as_of_option

if TYPE_CHECKING:
    from monitor.letter import Letter
    from monitor.work import Work


@click.command()
@click.argument("counties", nargs=-1)
@as_of_option
@click.option("--preview", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML here, send nothing.")
@click.option("--send", is_flag=True, help="Put it into the outbox and send what waits there.")
@click.option("--dry-run", is_flag=True, help="Say what would go to whom, and send nothing.")
@click.pass_context
def digest(ctx: click.Context, counties: tuple[str, ...], as_of: datetime | None, preview: Path | None, send: bool,
           dry_run: bool) -> None:
    """The compliance mail: printed, written as HTML, or sent; of all counties, or as those of COUNTIES get it.

    \b
    Example:  nianbao digest 金乡 --preview digest.html
    """
    if send and as_of and not dry_run:
        raise click.UsageError("--send tells what stands now; leave --as-of away")
    if counties and (send or dry_run):
        raise click.UsageError("who gets which counties stands in nianbao.toml; name none here")
    work = _work(ctx, as_of)
    if dry_run:
        _plan(work)
    elif send:
        _send(work)
    else:
        _show(work, counties, preview)


def _show(work: Work, counties: tuple[str, ...], preview: Path | None) -> None:
    from monitor import readings

    made = readings.digest(work, [work.registry.resolve(county).code for county in counties])
    if preview:
        _write(preview, made)
    click.echo(f"{preview}: {made.subject}" if preview else f"{made.subject}\n\n{made.text}", nl=bool(preview))


def _write(preview: Path, made: Letter) -> None:
    from archive.files import write_whole
    from monitor.errors import CannotWrite

    try:
        write_whole(preview, made.standalone().encode())
    except OSError as error:
        raise CannotWrite(preview, error.strerror or str(error)) from error


def _plan(work: Work) -> None:
    from archive.ledger import open_ledger
    from monitor import mail

    with open_ledger(work.home, read_only=True) as db:
        for line in mail.plan(db, work.registry, work.settings, now=work.now):
            click.echo(line)
        _, waiting = mail.send_outbox(db, work.home, work.settings, now=work.now, dry_run=True)
    click.echo(f"{waiting} in the outbox would be tried again")


def _send(work: Work) -> None:
    from archive.ledger import open_ledger
    from monitor import mail, run

    with open_ledger(work.home, registry=work.registry) as db:
        run.tell(db, work)
        sent, waiting = mail.send_outbox(db, work.home, work.settings, now=work.now)
    click.echo(f"{sent} sent, {waiting} failed and stay in the outbox")
    if waiting:
        sys.exit(1)


def _work(ctx: click.Context, as_of: datetime | None) -> Work:
    from monitor.work import open_work

    try:
        work = open_work(Home.find(ctx.obj))
    except ValueError as error:
        raise click.UsageError(f"NIANBAO_NOW: {error}") from error
    for problem in work.registry.errors:
        click.echo(f"warning: {problem}", err=True)
    return replace(work, now=as_of) if as_of else work
