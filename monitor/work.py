"""What a command works with: home, settings, registry and the instant, gathered at the edge."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from archive import clock, registry
from archive.home import Home
from archive.registry import Portal, Registry
from monitor import settings as settings_file
from monitor.settings import Settings
from monitor.status import watched


@dataclass(frozen=True, slots=True)
class Work:
    """One home at one instant. `replayed` says that the instant was given and not read off the clock."""

    home: Home
    settings: Settings
    registry: Registry
    now: datetime
    replayed: bool

    def later(self) -> "Work":
        """The same work now: what a crawl brought home is judged as of its end. A replayed instant stands still."""
        return self if self.replayed else replace(self, now=clock.now({}))

    def portals(self) -> tuple[Portal, ...]:
        """The portals that this home watches, by code."""
        return tuple(watched(self.registry, self.settings))


def open_work(home: Home, environ: Mapping[str, str] = os.environ) -> Work:
    """Gather everything for one run. Raises BadSettings, BadDivision, ValueError for a bad NIANBAO_NOW."""
    return Work(home, settings_file.load(home.config), registry.load(home.portals), clock.now(environ),
                replayed="NIANBAO_NOW" in environ)
