"""The commands `nianbao portal`: the registry, and what a portal's address leads to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.home import Home
from monitor.options import json_option, print_json

if TYPE_CHECKING:
    from archive.registry import Registry


@click.group()
def portal() -> None:
    """The registry of portals."""


@portal.command("list")
@json_option
@click.pass_context
def portal_list(ctx: click.Context, as_json: bool) -> None:
    """The portals that are known.

    \b
    Example:  nianbao portal list
    """
    from monitor import show

    portals = sorted(_registry(ctx).portals.values(), key=lambda one: one.code)
    if as_json:
        print_json(show.portal_row(one) for one in portals)
    else:
        show.portals(portals)


@portal.command("show")
@click.argument("county")
@click.pass_context
def portal_show(ctx: click.Context, county: str) -> None:
    """One portal's entry and the townships that owe a report.

    \b
    Example:  nianbao portal show 金乡
    """
    from monitor import show

    show.portal(_registry(ctx).resolve(county))


def _registry(ctx: click.Context) -> Registry:
    """The registry of the home, or the shipped one where there is no home."""
    from archive.registry import load

    folder = Home(ctx.obj or Path()).portals
    loaded = load(folder) if folder.is_dir() else load()
    for problem in loaded.errors:
        click.echo(f"warning: {problem}", err=True)
    return loaded
