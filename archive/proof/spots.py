"""Where the original shows what was read: places with the keys that were read there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from archive.documents.model import Document, Paragraph, Place
from archive.proof.marks import Mark
from archive.report.model import Report, Source

IDENTITY, FACT = "identity.", "fact."
_LEAST = 4                            # characters: shorter strings stand in many places


@dataclass(slots=True)
class Spots:
    """What was read, by its place. A place is handed out once, so that every link has one end."""

    marks: Mapping[str, Mark]
    words: Mapping[str, str] = field(default_factory=dict)
    waiting: dict[Place, list[str]] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)

    def take(self, place: Place) -> list[str]:
        """The keys read at a place, in the order of the form; a second time none."""
        keys = self.waiting.pop(place, [])
        self.linked.update(keys)
        return keys

    def put_back(self, place: Place, keys: list[str]) -> None:
        """Keys that another block at the same place may show."""
        self.waiting[place] = keys
        self.linked.difference_update(keys)

    def raw(self, key: str) -> str:
        """What is printed where a key was read."""
        mark = self.marks.get(key)
        return self.words.get(key, "") if mark is None else mark.raw or ""

    def on(self, page: int | None, part: str | None) -> list[tuple[str, tuple[float, float, float, float]]]:
        """The keys read on a page or picture, with their boxes."""
        places = [place for place in self.waiting if place.box and (place.page, place.part) == (page, part)]
        return [(key, place.box) for place in places if place.box for key in self.take(place)]

    def pages(self, part: str | None = None) -> set[int]:
        """The pages with anything read on them."""
        return {place.page for place in self.waiting if place.page is not None and place.part == part}


def spots(report: Report, document: Document, marks: Mapping[str, Mark]) -> Spots:
    """The spots of all cells, and of what the text says word for word: title, names, addresses."""
    found = Spots(marks, words(report))
    for key, source in report.sources.items():
        found.waiting.setdefault(_place(source), []).append(key)
    for key, place in _said(found.words, document):
        found.waiting.setdefault(place, []).append(key)
    return found


def _place(source: Source) -> Place:
    return Place(source.at, source.page, source.box, source.part)


def words(report: Report) -> dict[str, str]:
    """The title and the facts that are words, by the key of their spot."""
    told = {f"{IDENTITY}title": report.identity.title, **{f"{FACT}{key}": fact for key, fact in report.facts.items()}}
    return {key: text for key, text in told.items() if isinstance(text, str)}


def _said(words: Mapping[str, str], document: Document) -> Iterator[tuple[str, Place]]:
    """Where the first paragraph stands that says something word for word."""
    paragraphs = [("".join(block.text.split()), block.place) for block in document.blocks
                  if isinstance(block, Paragraph)]
    for key, text in words.items():
        wanted = "".join(text.split())
        place = next((place for said, place in paragraphs if wanted in said), None)
        if place is not None and len(wanted) >= _LEAST:
            yield key, place
