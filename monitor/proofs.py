"""Where `nianbao parse --html OUT` puts proof pages: one file, or a folder with a page for each report and a list."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from archive.files import write_whole
from archive.proof import Entry, entry, index_page, unread_page
from archive.reading import Row
from archive.web.words import Language
from monitor.errors import CannotWrite

INDEX = "index.html"
_UNSAFE = re.compile(r"[^\w.+=@-]+")
_LONGEST = 150                        # bytes: names of 255 are the most that file systems take


@dataclass(slots=True)
class Pages:
    """The pages on their way to OUT. Raises CannotWrite where that is no place for them."""

    out: Path
    language: Language
    entries: list[Entry] = field(default_factory=list)

    @property
    def single(self) -> bool:
        """Whether OUT is one page and no folder."""
        return self.out.suffix.lower() in (".html", ".htm") and not self.out.is_dir()

    def add(self, documents: Sequence[Row]) -> None:
        """Writes the pages of one file's documents, and takes them out of the objects."""
        if self.single and len(documents) != 1:
            raise CannotWrite(self.out, f"one page cannot hold {len(documents)} reports; name a folder")
        for one in documents:
            page = one.pop("proof", None) or unread_page(one["file"], one["error"], self.language)
            name = self.out.name if self.single else page_name(one)
            self.entries.append(entry(name, one))
            self._write(name, page)

    def finish(self) -> None:
        """Writes the list, where there is more than one page."""
        if len(self.entries) > 1:
            self._write(INDEX, index_page(self.entries, self.language))

    def _write(self, name: str, page: str) -> None:
        folder = self.out.parent if self.single else self.out
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, page.encode("utf-8", "replace"))
        except OSError as error:
            raise CannotWrite(folder / name, error.strerror or str(error)) from error


def page_name(one: Row) -> str:
    """A name for a page that any file system takes, its own for every file: `report.pdf-1f2e3d4c.html`."""
    file = one["file"]
    digest = hashlib.sha256(f"{file}\n{one.get('sha256', '')}".encode("utf-8", "replace")).hexdigest()[:8]
    stem = _UNSAFE.sub("_", PurePosixPath(file).name).strip("._") or "report"
    return f"{stem.encode()[:_LONGEST].decode(errors='ignore')}-{digest}.html"
