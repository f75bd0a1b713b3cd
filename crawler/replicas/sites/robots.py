"""What a site's robots.txt says."""

from collections.abc import Callable, Mapping

from crawler.replicas.sites.model import Site
from crawler.replicas.web import Answer, page

_TEXT = "text/plain"
PLAIN = Answer(b"User-agent: *\nDisallow: /admin/\nDisallow: /cms/login\n", _TEXT)
SWITCHES: Mapping[str, str] = {
    "robots_none": "There is no robots.txt: 404.",
    "robots_comments": "robots.txt holds comments only.",
    "robots_html": "robots.txt is answered with the home page.",
    "robots_all": "robots.txt disallows everything.",
    "robots_reports": "robots.txt disallows the columns of reports and the reports themselves.",
    "robots_403": "robots.txt answers 403.",
    "robots_500": "robots.txt answers 500.",
    "robots_delay": "robots.txt asks for a pause of so many seconds (Crawl-delay).",
}


def robots(site: Site, home: Callable[[], Answer]) -> Answer | None:
    """The answer for /robots.txt; None where there is none. `home` gives the home page."""
    if site.on("robots_html"):
        return home()
    if site.on("robots_none"):
        return None
    asked = next((name for name in site.switches if name in _ANSWERS), None)
    return _ANSWERS[asked](site) if asked else PLAIN


def _disallowing(site: Site) -> Answer:
    """Addresses of reports hold their number, those of columns their key: RFC 9309 knows wildcards."""
    papers = (paper for column in site.reports for paper in column.papers if paper.place)
    marks = [*dict.fromkeys(str(paper.number) for paper in papers), *(column.key for column in site.reports)]
    return Answer(("User-agent: *\n" + "".join(f"Disallow: /*{mark}\n" for mark in marks)).encode(), _TEXT)


_ANSWERS: Mapping[str, Callable[[Site], Answer]] = {
    "robots_comments": lambda _site: Answer(b"# nothing here yet\n# nor here\n", _TEXT),
    "robots_all": lambda _site: Answer(b"User-agent: *\nDisallow: /\n", _TEXT),
    "robots_reports": _disallowing,
    "robots_403": lambda _site: page("<html><head><title>403 Forbidden</title></head><body>403</body></html>",
                                     status=403),
    "robots_500": lambda _site: page("<html><head><title>500</title></head><body>500</body></html>", status=500),
    "robots_delay": lambda site: Answer(
        f"User-agent: *\nCrawl-delay: {site.switches['robots_delay']}\nDisallow: /admin/\n".encode(), _TEXT),
}
