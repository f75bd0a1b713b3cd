"""python -m crawler COUNTY…"""

import sys
from pathlib import Path

import click

from archive import clock
from archive.errors import ArchiveError
from crawler import run
from crawler.errors import CrawlerError
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
def main(counties: tuple[str, ...], portals: tuple[Path, ...], known: Path | None, out: Path, timeout: float) -> None:
    """Crawl counties, given by code, slug or name, and write one bundle for each."""
    try:
        now = clock.now()
        asked = run.tasks(counties, portals, known, now)
    except (ArchiveError, CrawlerError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    sys.exit(0 if run.crawl(asked, out, now, timeout) else 1)


if __name__ == "__main__":
    main(prog_name="python -m crawler")
