"""The command `nianbao parse`: reads files stand-alone; no home needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.options import json_option

if TYPE_CHECKING:
    from monitor.proofs import Pages
    from monitor.settings import Language


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--url", help="Where the file stood, for what only the site says.")
@click.option("--last", type=click.Path(path_type=Path), help="The same body's report of the year before, to compare.")
@click.option("--language-checks", is_flag=True, help="Also check the language of the prose (rules Q).")
@click.option("--html", "out", type=click.Path(path_type=Path), metavar="OUT",
              help="Write proof pages, the original beside the cells read: OUT is a folder, or NAME.html for one.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="The language of proof pages.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Files read at once; else one for each processor.")
@json_option
def parse(files: tuple[Path, ...], url: str | None, last: Path | None, language_checks: bool, out: Path | None,
          lang: Language, jobs: int | None, as_json: bool) -> None:
    """Read files stand-alone, also all in a folder or archive; no home needed.

    \b
    Example:  nianbao parse report.pdf folder/ reports.zip --json
    """
    from monitor import files as at_hand
    from monitor.counting import reading

    named = at_hand.named(files)
    if not named:
        raise click.ClickException("there is no file in what was named")
    pages = _pages(out, lang, named)
    found = at_hand.documents(named, url=url, last=last, language=language_checks, jobs=jobs,
                              proof=lang if pages else None)
    failed = False
    with closing(found), reading(len(named)) as progress:
        for documents in found:
            bad = any("error" in one for one in documents)
            failed = failed or bad
            if pages:
                pages.add(documents)
            with progress.aside():
                _show(documents, as_json)
            progress.step(bad)
    if pages:
        pages.finish()
    sys.exit(failed)


def _pages(out: Path | None, language: Language, named: Sequence[Path]) -> Pages | None:
    """Where proof pages go, if any are wanted."""
    if out is None:
        return None
    from monitor.proofs import Pages

    pages = Pages(out, language)
    if pages.single and len(named) > 1:
        raise click.UsageError(f"--html {out} is one page and there are {len(named)} files; name a folder")
    if out.resolve() in (path.resolve() for path in named):
        raise click.UsageError(f"--html {out} would overwrite the report")
    return pages


def _show(documents: Sequence[dict[str, Any]], as_json: bool) -> None:
    from monitor.sheets import show_reading

    for one in documents:
        if as_json:
            # UTF-8 whatever the locale is: programs read it.
            click.echo(json.dumps(one, ensure_ascii=False).encode("utf-8", "replace"))
        else:
            show_reading(one)
