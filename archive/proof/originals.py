"""The original as a proof page shows it: pages and pictures as images with boxes, everything else block by block."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from archive.documents import kinds
from archive.documents.model import Block, Document, Picture
from archive.documents.pictures import body_of, is_worth_reading
from archive.errors import Unreadable
from archive.proof.blocks import Writer
from archive.proof.images import Album
from archive.proof.paper import ofd_shots, pdf_shots, picture_shots
from archive.proof.spots import Spots
from archive.proof.views import Note, View

PDF: Final = "application/pdf"


@dataclass(slots=True)
class Original:
    """One original on its way into a proof page."""

    document: Document
    body: bytes = field(repr=False)
    embedded: Mapping[str, bytes] = field(repr=False)
    spots: Spots
    album: Album = field(default_factory=Album)

    def views(self) -> Iterator[View]:
        """Everything that is shown of it, in order."""
        shots = _shots(self.document.media_type)
        if shots is not None:
            yield from self._shown(shots, self.body, None)
            yield from self._pictures_read()
        else:
            yield from self._blocks()
        if self.album.left_out:
            yield Note("cut_images", str(self.album.left_out))

    def _shown(self, shots: "Shots", body: bytes, part: str | None) -> Iterator[View]:
        try:
            yield from shots(body, part, self.spots, self.album)
        except Unreadable as error:
            yield Note("not_shown", f"{part}: {error.reason}" if part else error.reason)

    def _pictures_read(self) -> Iterator[View]:
        """The pictures on pages that were read on their own."""
        for picture, inner in self._in_order():
            if isinstance(picture, Picture) and inner:
                yield from self._picture(picture, inner, Writer(self.spots))

    def _blocks(self) -> Iterator[View]:
        writer = Writer(self.spots)
        writer.expect(self.document.blocks)
        for block, inner in self._in_order():
            if isinstance(block, Picture):
                yield from self._picture(block, inner, writer)
            elif (view := writer.view(block)) is not None:
                yield view
        yield from writer.cut()

    def _in_order(self) -> Iterator[tuple[Block, list[Block]]]:
        """Every block of the document itself, a picture with the blocks that were read in it."""
        blocks = self.document.blocks
        at = 0
        while at < len(blocks):
            block, at = blocks[at], at + 1
            inner = list(_read_in(blocks[at:])) if isinstance(block, Picture) else []
            at += len(inner)
            yield block, inner

    def _picture(self, picture: Picture, inner: list[Block], writer: Writer) -> Iterator[View]:
        body = body_of(picture, self.embedded)
        if body is None or not is_worth_reading(body):
            return
        shots = _shots(kinds.media_type(body))
        if shots is not None:
            yield from self._shown(shots, body, inner[0].place.part if inner else None)
        for block in inner if shots is None else ():
            if (view := writer.view(block)) is not None:
                yield view


def _read_in(after: Sequence[Block]) -> Iterator[Block]:
    """The blocks behind a picture that were read in it."""
    part = after[0].place.part if after else None
    if part is None:
        return iter(())
    return takewhile(lambda block: block.place.part == part and not isinstance(block, Picture), after)


Shots = Callable[[bytes, str | None, Spots, Album], Iterator[View]]


def _shots(kind: str) -> Shots | None:
    """What shows a body as pages or pictures, where anything does."""
    if kind.startswith("image/"):
        return picture_shots
    return {PDF: pdf_shots, kinds.OFD: ofd_shots}.get(kind)
