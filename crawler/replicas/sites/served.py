"""One site while it is served: what it answers to each request, and what it remembers of those before."""

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime

from archive.clock import local_day
from crawler.replicas.sites import families, refusals, roads, scopes, told, world
from crawler.replicas.sites.dress import dressed
from crawler.replicas.sites.model import Column, Site
from crawler.replicas.sites.robots import robots
from crawler.replicas.sites.scopes import Visit
from crawler.replicas.sites.wire import fault
from crawler.replicas.sites.world import Spec
from crawler.replicas.web import Answer, Request, page

FOREIGN = 2                    # the number of the host that is not the portal's; 0 and 1 are its own


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in: `at` in monotonic seconds, `host` 0 and 1 the site's own, 2 the foreign one."""

    at: float
    method: str
    path: str
    host: int
    status: int
    agent: str


@dataclass
class Served:
    """One site while it is served. `crashed` holds what its software did not survive: a fault of the replica."""

    spec: Spec
    now: datetime
    addresses: tuple[str, str, str] = ("", "", "")
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    visited: set[str] = field(default_factory=set)
    ordinal: int = 0
    last: float = field(default_factory=time.monotonic)
    lists: int = 0
    lifted: bool = False
    crashed: list[str] = field(default_factory=list)
    stood: tuple[tuple[datetime, Spec], told.Views] | None = None

    @property
    def views(self) -> told.Views | None:
        """What it is told to show now; None where its reports are its own."""
        if self.spec.told is None:
            return None
        now, spec = self.now, replace(self.spec, hosts=self.addresses[:2])
        if self.stood is None or self.stood[0] != (now, spec) or self.stood[0][1].hosts != spec.hosts:
            self.stood = (now, spec), told.views(self.spec.told, now, world.build(spec, local_day(now)))
        return self.stood[1]

    @property
    def site(self) -> Site:
        """The site as it stands now."""
        views = self.views
        if views is not None:
            return views.lists
        site = world.build(replace(self.spec, hosts=self.addresses[:2]), local_day(self.now))
        if "changing" in site.switches and self.lists >= 2:
            site = replace(site, reports=tuple(_with_one_more(column) for column in site.reports))
        return site

    def answer(self, request: Request, host: int) -> tuple[Answer, str | None]:
        """The answer to a request at one of the hosts, and how its connection fails, if it does."""
        site = self.site
        if request.path == "/robots.txt":
            found = robots(site, lambda: self._home(site, request))
            return found or refusals.absent(site, lambda: self._home(site, request)), None
        answer = _viewer(request) or self._standing(site, request)
        visit = self._visit(site, request, answer)
        if self.views is not None and self.views.is_silent(request):
            return refusals.UNAVAILABLE, None
        return self._given(site, visit, answer, host), fault(site, visit)

    def _standing(self, site: Site, request: Request) -> Answer | None:
        """What stands at the address asked for."""
        if self.views is not None:
            return self.views.answer(request)
        return families.software(self.spec.family).pages(site, request)

    def _given(self, site: Site, visit: Visit, answer: Answer | None, host: int) -> Answer:
        """What is given: a way round, a refusal, what stands there, or that nothing does."""
        led = roads.detour(site, visit, host, self.addresses[FOREIGN])
        if led is not None:
            return led
        if not self._is_lifted(site, visit):
            refused = refusals.refusal(site, visit, lambda: self._home(site, visit.request))
            if refused is not None:
                return refused
        if answer is None:
            return refusals.absent(site, lambda: self._home(site, visit.request))
        if "no_validators" in site.switches:
            answer = replace(answer, etag=False, modified=None)
        elif visit.request.method == "GET" and answer.status == 200:
            answer = replace(answer, etag=True)
        answer = replace(answer, headers=(*answer.headers, *refusals.cookies(site, visit)))
        return dressed(site, answer, visit.role)

    def _home(self, site: Site, request: Request) -> Answer:
        front = replace(request, path="/", query={}, method="GET", body=b"")
        found = families.software(self.spec.family).pages(site, front)
        assert found is not None, "every software has a home page"
        return found

    def _visit(self, site: Site, request: Request, answer: Answer | None) -> Visit:
        role, address = scopes.role_of(site, request, answer), request.headers.get(":address", request.path)
        with self.lock:
            self.ordinal += 1
            now = time.monotonic()
            visit = Visit(request, role, self.ordinal, address in self.visited, now - self.last)
            self.visited.add(address)
            self.last = now
            self.lists += role == "list"
        return visit

    def _is_lifted(self, site: Site, visit: Visit) -> bool:
        """A refusal ends when the site was left alone long enough after it had begun."""
        for value in site.switches.values():
            rest = scopes.patience(value)
            if rest is not None and scopes.names(value, visit) and visit.quiet >= rest:
                self.lifted = True
        return self.lifted


def _viewer(request: Request) -> Answer | None:
    """The program that shows PDFs in a page; the file that it shows stands in its address."""
    if request.path != "/pdfjs/web/viewer.html":
        return None
    return page("<html><head><meta charset='utf-8'><title>PDF.js viewer</title></head><body><div id='viewer'></div>"
                "<script src='viewer.js'></script></body></html>")


def _with_one_more(column: Column) -> Column:
    newest = max(column.papers, key=lambda paper: paper.appears, default=None)
    if newest is None:
        return column
    more = replace(newest, number=newest.number + 1, title="关于做好政府信息公开工作年度报告编制工作的通知",
                   inner="<p>请各单位按时报送材料。</p>", place=None, year=None, uploads=())
    return replace(column, papers=(more, *column.papers))
