"""The commands `nianbao serve` and `nianbao doctor`: doing everything on time, and what keeps this home from it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from archive.home import Home
from monitor.options import json_option, print_json

if TYPE_CHECKING:
    from monitor.logs import Form


@click.command()
@click.option("--log", type=click.Choice(["text", "json"]), help="Lines for people, or one JSON object a line; without "
              "it text on a terminal and JSON elsewhere.")
@click.pass_context
def serve(ctx: click.Context, log: Form | None) -> None:
    """The scheduler: crawls each county in its turn and tells, until it is stopped.

    \b
    Example:  nianbao --home /srv/nianbao serve
    """
    from monitor import logs, schedule
    from monitor.work import open_work

    home = Home.find(ctx.obj)
    logs.begin(log)
    try:
        schedule.serve(lambda: open_work(home))
    except ValueError as error:
        raise click.UsageError(f"NIANBAO_NOW: {error}") from error


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """What is wrong with this installation, and what to do about it; exit 1 where something is wrong.

    \b
    Example:  nianbao doctor
    """
    from monitor.doctor import examine, lines, row

    signs = examine(Home.find(ctx.obj))
    if as_json:
        print_json(row(sign) for sign in signs)
    else:
        for line in lines(signs):
            click.echo(line)
    sys.exit(any(sign.level == "wrong" for sign in signs))
