"""One day of a season that a fault befalls: the home before it, the server for mails, what is known of the day."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from archive.clock import iso, parse_instant
from archive.home import Home
from tests.faults.mailbox import Mailbox
from tests.faults.processes import Call, Caller
from tests.faults.world import DAYS, World


@dataclass(frozen=True)
class Learned:
    """How long each stage of an undisturbed day took, and how often it did what."""

    seconds: dict
    operations: dict


@dataclass
class Scene:
    """What a fault plays with. `notes` say what really befell: (place, words)."""

    world: World
    home: Home
    box: Mailbox
    caller: Caller
    day: int
    chance: random.Random
    learned: Learned
    folder: Path
    notes: list = field(default_factory=list)
    strays: set = field(default_factory=set)      # instants at which a wrong clock let nianbao be called
    resting: bool = False                         # what waits may go on waiting until the next day
    away: bool = False                            # the next day's first call still finds no server
    loose: bool = False                           # mails may say the same in other bytes
    told: bool = False                            # the day was told before what it brought was known
    frozen: bool = True                           # every call is at the same instant, or each some minutes later
    calls: int = 0

    @property
    def now(self):
        """The instant of the day, and unless it is frozen some minutes later at each call."""
        if self.frozen:
            return DAYS[self.day]
        self.calls += 1
        return iso(parse_instant(DAYS[self.day]) + timedelta(minutes=2 * self.calls))

    def note(self, place, words=""):
        """Write down where the fault fell."""
        self.notes.append((place, words))

    def strayed(self, now):
        """nianbao was called at an instant that was none."""
        self.strays.add(now.replace("-", "").replace(":", ""))
        self.loose = True

    def run(self, *arguments, now=None, **more) -> Call:
        """nianbao, to its end; `run` where nothing else is said."""
        return self.caller.call(*(arguments or ("run",)), now=now or self.now, **more)

    def begin(self, *arguments, now=None, **more) -> Call:
        """nianbao, begun."""
        return self.caller.start(*(arguments or ("run",)), now=now or self.now, **more)
