"""What the left side of a proof page is made of: texts with links in them, tables, pages with boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; with a key it is the end of that cell's link."""

    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph."""

    pieces: tuple[Piece, ...]
    heading: bool = False
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Laid:
    """A cell of a table; a filler has no pieces."""

    pieces: tuple[Piece, ...]
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Tabled:
    """A table as it stands in the original."""

    rows: tuple[tuple[Laid, ...], ...]
    kind: Literal["tabled"] = "tabled"


@dataclass(frozen=True, slots=True)
class Boxed:
    """A box on a page, in the page's units."""

    key: str
    box: Rectangle


@dataclass(frozen=True, slots=True)
class Letter:
    """A character drawn on a page: its middle and its height."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page that no program renders has on it: characters, lines, and areas that are filled."""

    letters: tuple[Letter, ...] = ()
    lines: tuple[Rectangle, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """A page or picture with the boxes of what was read on it. `image` is a data URI, None where it was left out."""

    page: int | None
    part: str | None
    width: float
    height: float
    image: str | None
    boxes: tuple[Boxed, ...] = ()
    drawing: Drawing | None = None
    images: tuple[tuple[Rectangle, str], ...] = ()
    kind: Literal["shot"] = "shot"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of ours among the original: a key of words.py and what goes into it."""

    word: str
    detail: str = ""
    kind: Literal["note"] = "note"


View = Said | Tabled | Shot | Note
Views = Sequence[View]
