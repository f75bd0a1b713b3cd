"""The faults: each kind is a world, how many runs of it there are in two hundred, and what befalls a day.

A fault plays one day of a `Scene` its own way: it calls nianbao and disturbs it. Afterwards the scene calls nianbao
without a fault until nothing is due.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import clocks, crashes, disks, letters, twins
from tests.faults.scene import Scene


@dataclass(frozen=True)
class Kind:
    """One kind of fault; `share` is how many of two hundred runs are of it."""

    name: str
    world: str
    share: int
    befalls: Callable[[Scene], None]


def _kinds():
    for module in (crashes, disks, letters, clocks, twins):
        yield from (Kind(*one) for one in module.KINDS)


KINDS = {kind.name: kind for kind in _kinds()}
