"""python -m crawler COUNTY…"""

import contextlib
import sys
from pathlib import Path

import click

from archive import clock
from archive.captured import Captured, captured
from archive.errors import ArchiveError, BadCapture
from crawler import run
from crawler.errors import CrawlerError
from crawler.replay import Archive
from crawler.settings import TIMEOUT_SECONDS


@click.command(epilog="Example: python -m crawler 370828 --known known.json --out incoming")
@click.argument("counties", metavar="COUNTY…", nargs=-1, required=True)
@click.option("--portals", multiple=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder of registry entries beside the shipped ones; may be repeated.")
@click.option("--known", type=click.Path(path_type=Path, exists=True),
              help="What the archive holds: a known.json, or a folder of <county code>.json.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(),
              help="Where the bundles go; the current folder if not given.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=TIMEOUT_SECONDS, show_default=True,
              help="Seconds that one answer may take.")
@click.option("--from-archive", "sources", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="Ask nobody: answer from this WARC, WACZ or bundle folder; may be repeated.")
@click.option("--by", help="With --from-archive: the person who captured it with an ordinary browser.")
def main(counties: tuple[str, ...], portals: tuple[Path, ...], known: Path | None, out: Path, timeout: float,
         sources: tuple[Path, ...], by: str | None) -> None:
    """Crawl counties, given by code, slug or name, and write one bundle for each."""
    if by is not None and not sources:
        raise click.UsageError("--by says who captured what --from-archive names")
    with contextlib.ExitStack() as stack:
        try:
            out.mkdir(parents=True, exist_ok=True)
            archive = _archive(stack.enter_context(captured(sources, out)), counties, portals, sources, by) \
                if sources else None
            now = archive.started if archive else clock.now()
            asked = run.tasks(counties, portals, known, now)
        except BadCapture as error:
            raise click.ClickException(str(error)) from error
        except (ArchiveError, CrawlerError, ValueError, OSError) as error:
            raise click.UsageError(str(error)) from error
        sys.exit(0 if run.crawl(asked, out, now, timeout, archive) else 1)


def _archive(found: Captured, counties: tuple[str, ...], portals: tuple[Path, ...], sources: tuple[Path, ...],
             by: str | None) -> Archive:
    """What a crawl is answered from: its own time takes the place of the clock's."""
    for damage in found.damage:
        click.echo(f"warning: {damage}", err=True)
    return Archive(found, run.started(sources, found, run.portals(counties, portals)), by)


if __name__ == "__main__":
    main(prog_name="python -m crawler")
