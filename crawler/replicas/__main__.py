"""`python -m crawler.replicas --clock FILE`: serve three portals until told to stop.

Prints one line of JSON when ready, the front page of each county by its code. Ends on SIGTERM, when its parent dies,
and when a pipe on its stdin closes.
"""

import argparse
import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path

from crawler.replicas.client import write_portals
from crawler.replicas.drops import read_drops
from crawler.replicas.serve import Scene, start


def main() -> int:
    """Serve until told to stop."""
    options = _options()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    _watch_stdin(over)
    parent = os.getppid()
    drops = read_drops(options.reports) if options.reports else ()
    servers = start(Scene(options.clock, options.control, drops, options.delay))
    homes = json.dumps({county: server.home for county, server in servers.items()})
    if options.ports_file:
        options.ports_file.write_text(homes, encoding="utf-8")
    if options.portals:
        write_portals(options.portals, {county: server.home for county, server in servers.items()})
    print(homes, flush=True)
    while not over.wait(0.5) and os.getppid() == parent:
        pass
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m crawler.replicas", description="Portals on loopback that behave like real ones."
    )
    parser.add_argument("--clock", type=Path, required=True, help="file with an ISO instant, read on every request")
    parser.add_argument("--reports", type=Path, help="folder of reports to publish as attachments")
    parser.add_argument("--control", type=Path, help="JSON file of faults, read on every request")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds to wait before each answer")
    parser.add_argument("--ports-file", type=Path, help="also write the JSON line to this file")
    parser.add_argument("--portals", type=Path, help="folder that gets one registry entry for each county")
    return parser.parse_args()


def _watch_stdin(over: threading.Event) -> None:
    """A parent that holds our stdin as a pipe takes us along when it goes."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return

    def wait() -> None:
        while os.read(0, 1024):
            pass
        over.set()

    if is_pipe:
        threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
