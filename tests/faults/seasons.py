"""Undisturbed seasons, played once, and disturbed ones that begin with a copy of theirs."""

import random
import shutil
import sys
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from archive.home import Home
from tests.faults import kept, world
from tests.faults.crashes import FIRST
from tests.faults.kinds import KINDS, Kind
from tests.faults.mailbox import mailbox
from tests.faults.processes import Caller, Forker, end, left, reap
from tests.faults.scene import Learned, Scene

AGAIN = 4                      # calls after which nothing may be due any more
WORLDS = {"made": world.made, "crawled": world.crawled}


@dataclass(frozen=True)
class Order:
    """One run: which kind, which seed."""

    number: int
    kind: str
    seed: int


@dataclass
class Result:
    """What came of a run: where the fault fell, and what differs from the undisturbed season."""

    order: Order
    day: int
    notes: list
    differences: list
    seconds: float

    @property
    def line(self):
        where = "; ".join(f"{place}: {words}" if words else place for place, words in self.notes)
        end = "ok" if not self.differences else f"{len(self.differences)} DIFFERENCES"
        whose = f"{self.order.number:4} {self.order.kind:20} seed {self.order.seed:<7} day {self.day}"
        return f"{whose} {self.seconds:5.1f}s  {where:60}  {end}"


def orders(runs, seed, only=()):
    """So many runs, kinds by their shares, each with a seed of its own; the same arguments give the same ones."""
    chosen = [kind for kind in KINDS.values() if not only or any(kind.name.startswith(word) for word in only)]
    total = sum(kind.share for kind in chosen)
    wanted = Counter({kind.name: runs * kind.share // total for kind in chosen})
    for kind in sorted(chosen, key=lambda kind: -(runs * kind.share % total)):
        if wanted.total() < runs:
            wanted[kind.name] += 1
    names = [name for kind in chosen for name in [kind.name] * wanted[kind.name]]
    random.Random(seed).shuffle(names)
    return [Order(number, name, seed * 1000 + number) for number, name in enumerate(names, 1)]


@dataclass
class Undisturbed:
    """One world's season without faults: homes and mails before each day, what is kept after it, what was learned."""

    world: world.World
    folder: Path
    days: int = len(world.DAYS)
    kept: dict = field(default_factory=dict)
    learned: dict = field(default_factory=dict)

    def before(self, day):
        return self.folder / f"before-{day}"

    def play(self, forker):
        with mailbox(self.folder / "mail") as box:
            home = Home(self.folder / "home")
            self.world.settle(home, box.port)
            caller = Caller(forker, self.folder, home.root, str(self.folder))
            for day, now in enumerate(world.DAYS[:self.days]):
                shutil.copytree(home.root, self.before(day) / "home")
                shutil.copytree(box.folder / "taken", self.before(day) / "taken")
                self.world.brings(home, day)
                call = caller.call("run", now=now, count=True)
                self.learned[day] = learned(call.stages())
                self.kept[day] = {exact: kept.kept(home, box.taken(), exact=exact) for exact in (True, False)}
                wrong = [*kept.remains(home), *kept.twice_told(box.taken())]
                if call.code or wrong:
                    raise AssertionError(f"undisturbed {self.world.name}: {call.code} {wrong} {call.said.read_text()}")


def learned(marks):
    seconds, operations, begun = {}, {}, {}
    for mark in marks:
        if "stage" in mark:
            begun[mark["stage"]] = mark["at"]
        else:
            seconds[mark["ended"]] = seconds.get(mark["ended"], 0.0) + mark["at"] - begun[mark["ended"]]
            operations[mark["ended"]] = mark["operations"]
    return Learned(seconds, operations)


class Player:
    """Plays runs one after the other: seasons of its own, on ports of its own."""

    def __init__(self, folder: Path, days=None):
        """`days` says of how many days a world's season is, where not of all."""
        self.folder = folder
        self.days = days or {}
        self.stack = ExitStack()
        self.forker = Forker()
        self.stack.callback(self.forker.close)
        self.seasons = {}

    def season(self, name):
        """A world's undisturbed season, played when it is first wanted."""
        if name not in self.seasons:
            season = Undisturbed(self.stack.enter_context(WORLDS[name]()), self.folder / name,
                                 self.days.get(name, len(world.DAYS)))
            season.folder.mkdir(parents=True)
            season.play(self.forker)
            self.seasons[name] = season
        return self.seasons[name]

    def play(self, order: Order) -> Result:
        """One disturbed run, compared."""
        kind, chance = KINDS[order.kind], random.Random(order.seed)
        season = self.season(kind.world)
        day = 0 if kind.name == FIRST else chance.randrange(1, season.days - 1)
        folder = self.folder / f"run-{order.number}"
        begun = time.monotonic()
        scene = None
        try:
            shutil.copytree(season.before(day) / "home", folder / "home")
            with mailbox(folder / "mail", season.before(day) / "taken") as box:
                scene = self._scene(kind, order, season, day, chance, folder, box)
                found = list(disturbed(scene, season, kind))
        except Exception:  # noqa: BLE001  the edge of a run
            found = ["the run failed: " + traceback.format_exc()]
        finally:
            end(left(str(folder)))
            reap()
        if not found:
            shutil.rmtree(folder)
        return Result(order, day, scene.notes if scene else [], found, time.monotonic() - begun)

    def _scene(self, kind: Kind, order, season, day, chance, folder, box):
        home = Home(folder / "home")
        season.world.settle(home, box.port)
        caller = Caller(self.forker, folder, home.root, str(folder))
        frozen = season.world.portal is None and chance.random() < 0.5
        return Scene(season.world, home, box, caller, day, chance, season.learned[day], folder, frozen=frozen)

    def close(self):
        self.stack.close()


def disturbed(scene: Scene, season: Undisturbed, kind: Kind):
    """The day with its fault, then without; the day after it; what differs."""
    scene.world.brings(scene.home, scene.day)
    kind.befalls(scene)
    yield from (f"{place}: {words}" for place, words in scene.notes if place in ("OUTLIVED", "WRONG"))
    if not scene.resting:
        yield from settled(scene)
        yield from (f"day {scene.day}: {one}" for one in compared(scene, season))
    scene.day += 1
    scene.world.brings(scene.home, scene.day)
    if scene.away:
        scene.run()
        scene.box.come()
    yield from settled(scene)
    yield from (f"day {scene.day}: {one}" for one in compared(scene, season))
    verified = scene.run("verify")
    if verified.code:
        yield f"verify: {verified.said.read_text(encoding='utf-8')}"
    yield from (f"left running: {command}" for _, command in left(scene.caller.token))


def settled(scene: Scene):
    """Call nianbao without a fault until a call finds nothing to do."""
    before = None
    for _ in range(AGAIN):
        call = scene.run()
        now = state(scene)
        if call.code == 0 and now == before:
            return
        before = now
    said = call.said.read_text(encoding="utf-8")[-1500:]
    yield f"day {scene.day}: something is due for ever: exit {call.code}: {said}"


def state(scene):
    """What a call that had something to do would change."""
    rows = kept.rows(scene.home.ledger, {"bundles": "SELECT id FROM bundles", "outbox": kept.LEDGER["outbox"]})
    return rows, sorted(scene.home.incoming.iterdir()), len(scene.box.taken())


def compared(scene: Scene, season: Undisturbed):
    """What is not as it is in the undisturbed season after this day."""
    taken = scene.box.taken()
    expected, found = season.kept[scene.day][scene.frozen], kept.kept(scene.home, taken, exact=scene.frozen)
    if scene.told:
        expected, found = kept.by_name(expected), kept.by_name(found)
    if scene.loose:
        expected, found = kept.loosely(expected), kept.loosely(found, scene.strays)
    yield from kept.differences(expected, found)
    yield from kept.twice_told(taken)
    yield from kept.remains(scene.home)


def show(result: Result, out=sys.stdout):
    print(result.line, file=out, flush=True)
    for one in result.differences[:6]:
        print(f"         {one[:600]}", file=out, flush=True)
