"""The command `nianbao digest`: the compliance digest, printed, written as HTML, or sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.options import as_of_option, work_of

if TYPE_CHECKING:
    from monitor.letter import Letter
    from monitor.work import Work

MOST_ERRORS = 20  # that are printed; `nianbao doctor` counts them all


@click.command()
@click.argument("counties", nargs=-1)
@as_of_option
@click.option("--preview", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the HTML here and open it where there is a desktop.")
@click.option("--send", is_flag=True, help="Put it into the outbox and send what waits there.")
@click.option("--dry-run", is_flag=True, help="Say what would go to whom, and send nothing.")
@click.pass_context
def digest(ctx: click.Context, counties: tuple[str, ...], as_of: datetime | None, preview: Path | None, send: bool,
           dry_run: bool) -> None:
    """The compliance mail: printed, written as HTML, or sent; of all counties, or as those of COUNTIES get it.

    \b
    Example:  nianbao digest 金乡 --preview digest.html
    """
    if preview and (send or dry_run):
        raise click.UsageError("--preview shows what stands now and sends nothing; leave --send and --dry-run away")
    if send and as_of and not dry_run:
        raise click.UsageError("--send tells what stands now; leave --as-of away")
    if counties and (send or dry_run):
        raise click.UsageError("who gets which counties stands in nianbao.toml; name none here")
    work = work_of(ctx, as_of)
    if dry_run:
        _plan(work)
    elif send:
        _send(work)
    else:
        _show(work, counties, preview)


def _show(work: Work, counties: tuple[str, ...], preview: Path | None) -> None:
    from monitor import readings

    made = readings.digest(work, [work.registry.resolve(county).code for county in counties])
    if preview is None:
        click.echo(f"{made.subject}\n\n{made.text}", nl=False)
        return
    _write(preview, made)
    click.echo(f"{preview}: {made.subject}")
    if sys.stdout.isatty() and _desktop(os.environ):
        click.launch(str(preview.resolve()))


def _desktop(environ: Mapping[str, str]) -> bool:
    """Whether somebody may sit before a desktop; a browser that a server starts would wait for nobody."""
    return sys.platform in ("darwin", "win32") or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


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
        _, stay = mail.send_outbox(db, work.home, work.settings, now=work.now, dry_run=True)
        failed = list(db.query("SELECT recipient, error FROM outbox WHERE sent IS NULL AND error IS NOT NULL"
                               " ORDER BY made, key LIMIT ?", [MOST_ERRORS]))
    click.echo(f"{sent} sent, {waiting} failed and stay in the outbox")
    for row in failed:
        click.echo(f"{row['recipient']}: {row['error']}", err=True)
    if not (work.settings.mail.recipients or work.settings.notify):
        click.echo("nobody is told: nianbao.toml names neither a mail.recipient nor a chat under notify")
    elif stay > waiting:
        click.echo(f"{stay - waiting} more wait there: nianbao.toml names no mail.host, or their chat no longer")
    if waiting:
        sys.exit(1)
