"""Options that several commands have, and how rows leave for programs."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import click

from archive import clock

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
