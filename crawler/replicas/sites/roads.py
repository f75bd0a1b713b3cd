"""Ways to a page that lead round corners: other schemes and hosts, refreshes, scripts, hosts of other people."""

from collections.abc import Mapping

from crawler.replicas.sites import scopes
from crawler.replicas.sites.model import Site
from crawler.replicas.sites.scopes import Visit
from crawler.replicas.web import Answer, page

ARRIVED = "arrived"            # the query of an address to which a refresh or a script led
SWITCHES: Mapping[str, str] = {
    "to_https": "The http host leads every request to https.",
    "to_http": "The https host leads every request to http.",
    "to_second": "The first host leads every request to the second one, as a bare name leads to www.",
    "to_foreign": "Pages lead to a host that is not the portal's.",
    "meta_refresh": "A page of refresh by meta tag stands before the page.",
    "script_redirect": "A page whose script goes on stands before the page.",
    "redirect_302": "The page is reached by a 302 with a relative Location.",
    "refresh_loop": "A page of refresh by meta tag leads to itself.",
    "tls": "The site is on https, its certificate signed by an authority of its own.",
    "tls_expired": "The site is on https with a certificate that has expired.",
    "tls_wrong_name": "The site is on https with a certificate for another name.",
    "tls_self_signed": "The site is on https with a certificate that it signed itself.",
    "tls_handshake": "The site is on https and breaks every handshake off.",
    "no_dns": "The site's name does not resolve.",
    "no_ipv6": "The site's name has an IPv6 address at which nobody answers.",
    "nobody": "Nobody listens at the site's port.",
}
_TO_SECOND = frozenset({"to_https", "to_http", "to_second"})


def detour(site: Site, visit: Visit, host: int, foreign: str) -> Answer | None:
    """Where a request is led first; None where it is at its goal. `host` is the number of the host asked."""
    path = _address(visit)
    if _TO_SECOND & site.switches.keys() and host == 0:
        return _moved(301, site.second + path)
    if "to_foreign" in site.switches and host < len(site.hosts) and scopes.names(site.switches["to_foreign"], visit):
        return _moved(302, foreign + path)
    if visit.request.method == "POST":
        return None                         # nobody leads a form on by such a page
    for name, (status, text) in _PAGES.items():
        if name in site.switches and ARRIVED not in visit.request.query and (
                scopes.names(site.switches[name], visit)):
            goal = f"{path}{'&' if '?' in path else '?'}{ARRIVED}=1"
            return _moved(302, goal) if status == 302 else page(text.format(goal=goal))
    if "refresh_loop" in site.switches and scopes.names(site.switches["refresh_loop"], visit):
        return page(_PAGES["meta_refresh"][1].format(goal=path))
    return None


def _address(visit: Visit) -> str:
    return visit.request.headers.get(":address", visit.request.path)


def _moved(status: int, goal: str) -> Answer:
    return page("<html><head><title>302 Found</title></head><body>Found</body></html>", status=status,
                headers=(("Location", goal),))


_PAGES: Mapping[str, tuple[int, str]] = {
    "meta_refresh": (200, '<html><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={goal}"></head>'
                          "<body></body></html>"),
    "script_redirect": (200, "<html><head><meta charset='utf-8'></head><body><script>window.location.href='{goal}';"
                             "</script></body></html>"),
    "redirect_302": (302, ""),
}
