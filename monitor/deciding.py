"""The command `nianbao findings`: what is wrong, and what people say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from monitor.options import json_option, print_json, work_of

if TYPE_CHECKING:
    from monitor.decisions import Decision


@click.group(invoke_without_command=True)
@click.option("--open", "only_open", is_flag=True, help="Only those that are not closed.")
@json_option
@click.pass_context
def findings(ctx: click.Context, only_open: bool, as_json: bool) -> None:
    """What is wrong, with its evidence.

    \b
    Example:  nianbao findings --open
    """
    if ctx.invoked_subcommand:
        return
    from monitor import readings, show

    work = work_of(ctx)
    rows = readings.findings(work, only_open=only_open)
    if as_json:
        print_json(rows)
    else:
        show.findings(rows, work.settings.language)


def why_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--why", required=True, help="Why; it is kept with the finding.")(command)


@findings.command("confirm")
@click.argument("number", type=int)
@why_option
@click.pass_context
def findings_confirm(ctx: click.Context, number: int, why: str) -> None:
    """A person has looked, and finding NUMBER is right.

    \b
    Example:  nianbao findings confirm 12 --why "seen in the original"
    """
    _decide(ctx, number, "confirm", why)


@findings.command("dismiss")
@click.argument("number", type=int)
@why_option
@click.pass_context
def findings_dismiss(ctx: click.Context, number: int, why: str) -> None:
    """A person has looked, and finding NUMBER is to be told no more.

    \b
    Example:  nianbao findings dismiss 12 --why "the office corrected it"
    """
    _decide(ctx, number, "dismiss", why)


@findings.command("undo")
@click.argument("number", type=int)
@why_option
@click.pass_context
def findings_undo(ctx: click.Context, number: int, why: str) -> None:
    """Take back what was last said of finding NUMBER; both stay on record.

    \b
    Example:  nianbao findings undo 12 --why "the wrong number"
    """
    _decide(ctx, number, "undo", why)


def _decide(ctx: click.Context, number: int, decision: Decision, why: str) -> None:
    from archive.ledger import open_ledger
    from monitor import run
    from monitor.decisions import decide

    work = work_of(ctx)
    with open_ledger(work.home, registry=work.registry) as db:
        decide(db, number, decision, why, at=work.now)
        run.settle(db, work)
    click.echo(f"finding {number}: {decision}, {why}")
