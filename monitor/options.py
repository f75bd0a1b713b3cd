"""Options that several commands have, what they work with, and how rows leave for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from archive import clock
from archive.home import Home

if TYPE_CHECKING:
    from monitor.work import Work

AS_OF = "a day (its end in Asia/Shanghai) or an instant such as 2026-02-02T01:00:00Z"


class AsOf(click.ParamType[datetime]):
    """A day or an instant."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else clock.parse_as_of(value)
        except ValueError as error:
            self.fail(f"{error}; expected {AS_OF}", param, ctx)


def as_of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--as-of", type=AsOf(), help=f"Judge as things stood then: {AS_OF}.")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def print_json(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def work_of(ctx: click.Context, as_of: datetime | None = None) -> Work:
    """The home that the command names, as things stand now or stood then; what is wrong with entries goes to stderr."""
    from monitor.work import open_work

    try:
        work = open_work(Home.find(ctx.obj))
    except ValueError as error:
        raise click.UsageError(f"NIANBAO_NOW: {error}") from error
    for problem in work.registry.errors:
        click.echo(f"warning: {problem}", err=True)
    return replace(work, now=as_of) if as_of else work
