"""Two small seasons, each a county on loopback over five days: one from bundles that wait, one really crawled.

Both show a report that is late, one that changes, one that is withdrawn, one that never comes, and one that stays.
"""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive import divisions
from archive.bundles import Candidate, Look, Offer, Outcome
from archive.home import Home
from tests import forms, smallportal
from tests.bundles import listing, make_bundle

DAYS = ("2026-01-20T01:00:00Z", "2026-02-02T01:00:00Z", "2026-02-03T01:00:00Z", "2026-02-04T01:00:00Z",
        "2026-02-05T01:00:00Z")
NOTHING_ELSE = dict.fromkeys(forms.keys(), "0")
MADE_COUNTY, MADE_HOME = "370828", "http://127.0.0.1:9/"
MADE_UNITS = ("370828101", "370828102", "370828103", "370828104", "370828107", "370828109")
CRAWLED_COUNTY = smallportal.COUNTY
CRAWLED_UNITS = smallportal.UNITS[:5]


@dataclass(frozen=True)
class Shown:
    """One report over the days: from which day to which it stands there, and its figure before and from a day on."""

    first: int = 0
    last: int = len(DAYS)
    changes: int = len(DAYS)
    claimed: str = "2026-01-15"

    def on(self, day):
        """Its figure on a day, None where it does not stand there."""
        return (72 if day >= self.changes else 27) if self.first <= day <= self.last else None


# stays, comes late, changes, is withdrawn, never comes
SHOWN = (Shown(), Shown(first=2, claimed="2026-02-02"), Shown(changes=3), Shown(last=1), Shown(first=99))


def report(name, figure, claimed):
    """A report page with its three tables."""
    cells = NOTHING_ELSE | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3",
                            "t3.granted.natural_person": "3", "t3.granted.total": "3",
                            "t3.total_handled.natural_person": "3", "t3.total_handled.total": "3",
                            "t2.licensing.decisions": str(figure)}
    title = f"{name}2025年政府信息公开工作年度报告"
    parts = [forms.html_table(table) for table in forms.all_spans(cells)]
    lines = [line if line.startswith("<table") else f"<p>{line}</p>" for line in forms.report(parts, title)]
    return (f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>"
            f"<p>发布时间：{claimed}</p><p>{name}主动公开政府信息{figure}条，未收到依申请公开的申请。</p>"
            f"{''.join(lines[1:])}</body></html>").encode()


def units_of(codes, names):
    return tuple(zip(codes, names, SHOWN, strict=False))


@dataclass
class World:
    """A season; `brings` is what a day lays before the home. `port` is its portal's."""

    name: str
    county: str
    units: tuple[str, ...]
    port: int = 9
    portal: smallportal.SmallPortal | None = None
    day: int = field(default=0)

    def settle(self, home: Home, smtp_port: int):
        """Write the home's settings: a portal on loopback, two recipients, a server."""
        home.make()
        entry = f'code = "{self.county}"\nhome = "http://127.0.0.1:{self.port}/"\nsince = 2025\n'
        # a portal that is never open is never crawled
        entry += "" if self.portal else 'hours = "03:00-03:01"\n'
        others = {unit.code for unit in divisions.townships(self.county)} - set(self.units)
        entry += "[owes]\n" + "".join(f'"{code}" = false\n' for code in sorted(others))
        (home.portals / f"{self.name}.toml").write_text(entry, encoding="utf-8")
        home.config.write_text(
            f'counties = ["{self.county}"]\n[crawl]\ndelay_seconds = 0.0\nallow_private_addresses = true\n'
            f'recheck_days = 1\n[mail]\nsender = "nianbao@example.org"\nhost = "127.0.0.1"\nport = {smtp_port}\n'
            f'security = "none"\n[[mail.recipient]]\naddress = "office@example.org"\n'
            f'[[mail.recipient]]\naddress = "audit@example.org"\nlanguage = "zh"\n', encoding="utf-8")

    def brings(self, home: Home, day: int):
        """What this day has: a bundle that waits, or the portal as it stands then."""
        self.day = day
        if self.portal is None:
            bundle(home.incoming, day)
        else:
            self.portal.answers = pages(day)


def bundle(folder: Path, day: int, **more):
    """The bundle of a day's crawl of the made season."""
    names = ("羊山镇", "胡集镇", "霄云镇", "鸡黍镇", "司马镇", "马庙镇")
    there = [(code, name, shown, figure) for code, name, shown in units_of(MADE_UNITS, names)
             if (figure := shown.on(day)) is not None]
    at = DAYS[day]
    column = MADE_HOME + "nb/"
    offers = [Offer(f"{MADE_HOME}{code}.html", f"{name}2025年政府信息公开工作年度报告", shown.claimed, shown.claimed)
              for code, name, shown, _ in there]
    bodies = {f"{MADE_HOME}{code}.html": report(f"金乡县{name}", figure, shown.claimed)
              for code, name, shown, figure in there}
    bodies[column] = "".join(f"<li>{offer.title}</li>" for offer in offers).encode()
    candidates = [Candidate(offer.url, offer.title, Outcome.REPORT, None, column) for offer in offers]
    looks = [Look(code, 2025, True, None, (column,)) for code in MADE_UNITS]
    return make_bundle(folder, MADE_COUNTY, at, bodies, [listing(column, offers=offers)], looks, candidates, **more)


def pages(day: int):
    """The crawled season's portal on a day: its home page, one column, the reports."""
    there = [(unit, shown, figure) for unit, shown in zip(CRAWLED_UNITS, SHOWN, strict=True)
             if (figure := shown.on(day)) is not None]
    rows = "".join(f'<li><a href="/r/{unit.code}.html">{smallportal.report_title(unit)}</a> {shown.claimed}</li>'
                   for unit, shown, _ in there)
    link = '<ul><li><a href="/nb/">政府信息公开年报</a></li></ul>'
    made = {"/": smallportal.page(f"{smallportal.NAME}人民政府", link),
            "/nb/": smallportal.page("年报", f"<ul>{rows}</ul>", column="政府信息公开年报")}
    return made | {f"/r/{unit.code}.html": report(unit.name, figure, shown.claimed) for unit, shown, figure in there}


@contextmanager
def made():
    """The season whose bundles wait."""
    yield World("made", MADE_COUNTY, MADE_UNITS)


@contextmanager
def crawled():
    """The season whose portal is served here and really crawled."""
    with smallportal.SmallPortal(pages(0)) as portal:
        thread = threading.Thread(target=portal.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            codes = tuple(unit.code for unit in CRAWLED_UNITS)
            yield World("crawled", CRAWLED_COUNTY, codes, portal.server_port, portal)
        finally:
            portal.shutdown()
            thread.join()
