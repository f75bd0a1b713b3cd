"""`python -m crawler.replicas.sites --site family=trs,county=522633 …`: serve sites until told to stop.

Prints one line of JSON when ready: county code → home page. Ends on SIGTERM and when a pipe on its stdin closes.
"""

import json
import os
import signal
import stat
import sys
import threading
from datetime import datetime
from pathlib import Path

import click

from archive.clock import parse_instant
from archive.errors import BadDivision
from crawler.replicas.sites import families, scenarios, world
from crawler.replicas.sites.serve import DAY, serving
from crawler.replicas.sites.switches import SWITCHES
from crawler.replicas.sites.world import Spec


@click.command(epilog="Example: python -m crawler.replicas.sites --site family=trs,shape=shared,switch=one_based")
@click.option("--site", "sites", multiple=True, metavar="KEY=VALUE,…",
              help="A site: family, and if wanted county (a code), shape (own or shared), seed, switch "
                   "(may be repeated; one with a value is switch=name:value).")
@click.option("--scenario", "named", multiple=True, type=click.Choice(sorted(scenarios.SCENARIOS)),
              help="A site that behaves as one of three real counties is said to.")
@click.option("--now", type=str, help="The instant that it is on the sites; after the due date if not given.")
@click.option("--portals", type=click.Path(path_type=Path, file_okay=False),
              help="A folder that gets one registry entry for each site.")
@click.option("--list", "listing", is_flag=True, help="Name all families and switches, and end.")
def main(sites: tuple[str, ...], named: tuple[str, ...], now: str | None, portals: Path | None, listing: bool) -> None:
    """Portals of any county on any family of portal software, on loopback, misbehaving as their switches say."""
    if listing:
        _list()
        return
    try:
        specs = [*map(_spec, sites, world.counties(max(1, len(sites)))), *(scenarios.SCENARIOS[name] for name in named)]
        instant = parse_instant(now) if now else DAY
        _serve(specs, instant, portals)
    except (ValueError, BadDivision) as error:
        raise click.UsageError(str(error)) from error


def _spec(text: str, county: str) -> Spec:
    """One --site. Raises ValueError."""
    given: dict[str, str] = {"county": county, "shape": "own", "seed": "0"}
    switches = []
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals or key not in ("family", "county", "shape", "seed", "switch"):
            raise ValueError(f"--site {text}: expected family=…,county=…,shape=…,seed=…,switch=…, not {part!r}")
        if key == "switch":
            switches.append(value.replace(":", "=", 1))
        else:
            given[key] = value
    if "family" not in given or given["shape"] not in ("own", "shared"):
        raise ValueError(f"--site {text}: expected family=…, and shape=own or shape=shared")
    shape = "shared" if given["shape"] == "shared" else "own"
    return world.spec(given["family"], given["county"], shape, *switches, seed=int(given["seed"]))  # type: ignore[arg-type]


def _serve(specs: list[Spec], now: datetime, portals: Path | None) -> None:
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with serving(specs, now) as running:
        if portals:
            running.write_portals(portals)
        print(json.dumps(running.homes), flush=True)
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            threading.Thread(target=_wait_for_end, args=(over,), daemon=True).start()
        parent = os.getppid()
        while not over.wait(0.5) and os.getppid() == parent:
            pass


def _wait_for_end(over: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    over.set()


def _list() -> None:
    for name in families.names():
        click.echo(name)
        for switch, sentence in families.software(name).switches.items():
            click.echo(f"  {switch:24} {sentence}")
    click.echo("every family")
    for switch, sentence in SWITCHES.items():
        click.echo(f"  {switch:24} {sentence}")


if __name__ == "__main__":
    sys.exit(main(prog_name="python -m crawler.replicas.sites"))
