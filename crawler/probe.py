"""python -m crawler.probe URL: where a county's reports stand, as a registry entry on stdout."""

import contextlib
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from scrapy.crawler import Crawler, CrawlerProcess

from archive import clock, registry
from archive.bundles import Known
from archive.registry import netloc
from crawler import entry
from crawler.bundle import BundleWriter
from crawler.chromium import Chromium
from crawler.context import Clock, Context
from crawler.entry import Probed
from crawler.probing import ProbeSpider, Wanted, candidate
from crawler.rules import Rules
from crawler.run import DELAY
from crawler.settings import CRAWLER, PROCESS, TIMEOUT_SECONDS, settings

EVERY = 10                       # requests between two lines that say how far a probe is


@click.command(epilog="Example: python -m crawler.probe http://www.jinxiang.gov.cn/ > jinxiang.toml")
@click.argument("url")
@click.option("--county", help="Whose portal it is, by code or name; without it the home page tells.")
@click.option("--host", "hosts", multiple=True, help="Another host that belongs to the portal; may be repeated.")
@click.option("--portals", multiple=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder of registry entries, for what was written there by hand; may be repeated.")
@click.option("--delay", type=click.FloatRange(min=0), default=DELAY, show_default=True,
              help="Seconds between two requests to one host.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=TIMEOUT_SECONDS, show_default=True,
              help="Seconds that one answer may take.")
@click.option("--private", is_flag=True, help="Addresses that are not public are allowed.")
@click.option("--contact", help="Whom portals' administrators may write to.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of TOML.")
def main(url: str, county: str | None, hosts: tuple[str, ...], portals: tuple[Path, ...], delay: float, timeout: float,
         private: bool, contact: str | None, as_json: bool) -> None:
    """Find the listings of annual reports of the county at URL; exit 0 where every township is covered."""
    address = url if "://" in url else f"http://{url}"
    if not netloc(address) or not address.startswith(("http://", "https://")):
        raise click.UsageError(f"expected an http or https address, not {url!r}")
    wanted = Wanted(address, county, registry.load(*portals))
    known = Known("", (), delay_seconds=delay, allow_private_addresses=private, contact=contact)
    probe(wanted, hosts, known, clock.now(), timeout)
    if wanted.probed is None:
        click.echo(f"Error: {wanted.refused or 'the probe broke off'}", err=True)
        sys.exit(2 if wanted.ambiguous else 1)
    _show(wanted.probed)
    click.echo(json.dumps(entry.as_json(wanted.probed), ensure_ascii=False) if as_json else entry.toml(wanted.probed),
               nl=as_json)
    sys.exit(1 if wanted.probed.missing or not wanted.probed.listings else 0)


def probe(wanted: Wanted, hosts: tuple[str, ...], known: Known, now: datetime, timeout: float) -> None:
    """Probe a portal; what it came to then stands in `wanted`. What was fetched is kept by nobody."""
    portal = candidate(wanted.url, tuple(hosts))
    with tempfile.TemporaryDirectory(prefix="nianbao-probe-") as folder:
        bundle = BundleWriter(Path(folder), "probe", now, CRAWLER)
        context = Context(portal, known, Clock(now), bundle, Rules(portal, known), _tell, browser=Chromium())
        process = CrawlerProcess(PROCESS)
        process.crawl(Crawler(ProbeSpider, settings(known, timeout), init_reactor=True), context=context,
                      wanted=wanted)
        with contextlib.closing(bundle):
            process.start()


def _tell(counters: dict[str, int]) -> None:
    requests = counters.get("requests", 0)
    if requests % EVERY == 0 and requests:
        click.echo(f"{requests} requests", err=True)


def _show(probed: Probed) -> None:
    """On a terminal a table for people, beside the entry."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("code", "township", "listing"):
        table.add_column(column, overflow="fold")
    for unit, found in probed.covers.items():
        table.add_row(unit.code, unit.name, "\n".join(listing.url for listing, _ in found) or "[red]not found")
    console.print(table)


if __name__ == "__main__":
    main(prog_name="python -m crawler.probe")
