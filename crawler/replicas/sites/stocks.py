"""Lists that are not what they say: entries twice, wrong totals, one page for every number, reports that go away."""

from collections.abc import Mapping
from typing import SupportsIndex, overload

from crawler.replicas.sites.model import Paper
from crawler.replicas.sites.papers import Maker

SWITCHES: Mapping[str, str] = {
    "duplicates": "Every third entry of a list stands there twice.",
    "page_one": "Any page number is answered with page 1.",
    "wrong_total": "Lists announce one entry more than they have.",
    "withdrawn": "From the day that the value names one township's newest report is neither listed nor there.",
}


def kept(papers: tuple[Paper, ...], maker: Maker) -> tuple[Paper, ...]:
    """A list's articles as the switches leave them; some switches give a list that answers wrongly about itself."""
    switches = maker.switches
    if "withdrawn" in switches and maker.day.isoformat() >= switches["withdrawn"]:
        papers = tuple(paper for paper in papers if not maker.is_chosen(paper.place, paper.year))
    if "duplicates" in switches:
        papers = tuple(paper for number, paper in enumerate(papers) for _ in range(2 if number % 3 == 0 else 1))
    if "page_one" in switches:
        return Stuck(papers)
    if "wrong_total" in switches and papers:
        return Overstated(papers)
    return papers


class Stuck(tuple[Paper, ...]):
    """Whatever part of it is asked for, its first part of that size comes."""

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> Paper: ...
    @overload
    def __getitem__(self, place: slice, /) -> tuple[Paper, ...]: ...
    def __getitem__(self, place: SupportsIndex | slice, /) -> Paper | tuple[Paper, ...]:
        if not isinstance(place, slice):
            return super().__getitem__(place)
        start, stop, _ = place.indices(len(self))
        return super().__getitem__(slice(0, max(0, (place.stop or stop) - start)))


class Overstated(tuple[Paper, ...]):
    """It says that it has one more than there are."""

    def __len__(self) -> int:
        return super().__len__() + 1
