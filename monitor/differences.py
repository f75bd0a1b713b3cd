"""What differs between two versions of a report, for people to read: cells, and sentences that went or came."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlite_utils import Database

from archive.publications import prose
from archive.web.form import label
from monitor.texts import Text

WORDS = frozenset({"text", "title"})      # what a version's list of changes says beside its cells
SENTENCE = re.compile(r"[^。；]*[。；]|[^。；]+$")


MOST_CELLS = 8                            # that a finding names; `nianbao explain` names every one


def in_words(changed: Sequence[str]) -> Text:
    """What changed from one version to the next, in both languages: cells by the form's own names, then the words."""
    cells = [item for item in changed if item not in WORDS]
    english, chinese = cells[:MOST_CELLS], [_chinese(cell) for cell in cells[:MOST_CELLS]]
    if len(cells) > MOST_CELLS:
        english.append(f"{len(cells) - MOST_CELLS} more cells")
        chinese.append(f"另有{len(cells) - MOST_CELLS}个单元格")
    for word, (one, other) in {"text": ("wording", "正文"), "title": ("title", "标题")}.items():
        if word in changed:
            english.append(one)
            chinese.append(other)
    return Text("said", detail="；".join(chinese), name="; ".join(english))


def _chinese(cell: str) -> str:
    """`t3.new_received.total: 2 → null` as the form calls it."""
    key, _, values = cell.partition(": ")
    before, _, after = ("空白" if value == "null" else value for value in values.partition(" → "))
    return f"“{label(key)}”由{before}改为{after}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Cells as `t3.new_received.total: 3 → 4`; sentences as (before, after), None where there is no counterpart."""

    cells: tuple[str, ...] = ()
    title: tuple[str | None, str | None] | None = None
    sentences: tuple[tuple[str | None, str | None], ...] = ()


def between(db: Database, county: str, before: str, after: str, changed: Sequence[str]) -> Difference:
    """What changed from one body to the next, by their digests; `changed` is what the archive found to differ."""
    old, new = _read(db, county, before), _read(db, county, after)
    return Difference(
        tuple(item for item in changed if item not in WORDS),
        (old[0], new[0]) if "title" in changed and old[0] != new[0] else None,
        tuple(_sentences(prose(old[1]), prose(new[1]))) if "text" in changed else ())


def _read(db: Database, county: str, sha256: str) -> tuple[str | None, str]:
    found = db.execute("SELECT title, text FROM documents WHERE county = ? AND sha256 = ?", [county, sha256]).fetchone()
    return (found[0], found[1]) if found else (None, "")


def _sentences(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """The sentences that differ, in their order; one that took the place of another stands beside it."""
    old, new = (tuple(one for line in lines for one in SENTENCE.findall(line)) for lines in (before, after))
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone, come = old[start:end], new[first:last]
            paired = min(len(gone), len(come))
            yield from zip(gone, come, strict=False)
            yield from ((one, None) for one in gone[paired:])
            yield from ((None, one) for one in come[paired:])
