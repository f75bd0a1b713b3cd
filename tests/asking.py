"""Asks a portal on loopback for a list of addresses, as a crawl does: one child process, sockets, a real bundle."""

import json
from types import SimpleNamespace

SCRIPT = """
{first}
import json
from crawler.__main__ import main
from crawler.spiders import portal
from archive.bundles import Verdict

async def asked(self):
    told = json.loads({told!r})
    with open(told["out"], "w") as out:
        for address, before in told["asked"]:
            if before == "fresh":
                self.fetcher.hosts.__init__(self.context.portal.home)
            capture = await self.fetcher.get(address, referer=told["home"])
            out.write(json.dumps(dict(
                url=capture.url, final=capture.final, outcome=capture.outcome, reason=capture.reason,
                status=capture.status, body=capture.body.decode("latin-1"), record=capture.record)) + "\\n")
    return self._crawl(Verdict.PARTIAL, "asked", ())

portal.County.crawl = asked
main(prog_name="crawler")
"""


def ask(portal, folder, addresses, *, fresh=True, first="", **crawl):
    """What each address came to, in order: url, final, outcome, reason, status, body, record; and the bundle's folder.

    An address that begins with / is the portal's. `fresh`: what was learned of hosts before is forgotten each time.
    `first`: what the child does before it imports anything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = [portal.home.rstrip("/") + address if address.startswith("/") else address for address in addresses]
    told = {"home": portal.home, "out": str(folder / "asked.jsonl"),
            "asked": [(address, "fresh" if fresh else "") for address in whole]}
    path, _ = portal.crawl(folder, script=SCRIPT.format(told=json.dumps(told), first=first), **crawl)
    lines = (folder / "asked.jsonl").read_text().splitlines()
    return path, [SimpleNamespace(**json.loads(line)) for line in lines]
