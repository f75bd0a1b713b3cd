"""What goes wrong between the answer and whoever asked: broken connections, slow ones, lengths that are not true."""

from collections.abc import Mapping

from crawler.replicas.sites import scopes
from crawler.replicas.sites.model import Site
from crawler.replicas.sites.scopes import Visit

SWITCHES: Mapping[str, str] = {
    "reset": "The connection is reset instead of an answer.",
    "hang": "Nothing comes; the connection stays open for two minutes.",
    "drip": "The body comes in small pieces, over a second and a half in all.",
    "drip_long": "The body comes in small pieces, over a minute in all.",
    "cut": "Half of the body comes; Content-Length names the whole.",
    "no_gzip": "Bodies are never compressed.",
    "no_validators": "Answers carry neither ETag nor Last-Modified, and 304 is never said.",
    "changing": "After its second list page the site publishes one more article on top of every list.",
}
BREAKS = ("reset", "hang", "drip", "drip_long", "cut")


def fault(site: Site, visit: Visit) -> str | None:
    """How the connection fails for this request."""
    return next((name for name in BREAKS if name in site.switches and scopes.names(site.switches[name], visit)), None)
