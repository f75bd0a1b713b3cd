"""What can go wrong in the archive.

    ArchiveError
    ├── BadDivision         a name or code that the division table does not resolve
    │   └── NoPortal        a county that has no registry entry
    ├── BadPortal           a registry file, by file, entry and key
    ├── BadBundle           a bundle that is not one
    ├── BadCapture          a WARC or WACZ made elsewhere that cannot be used
    ├── BadHome             a home folder or ledger that cannot be used
    │   └── LedgerInUse     another process writes to the ledger
    ├── MissingBody         the index names a body that the volumes do not hold
    ├── DamagedVolume       a volume that is not what the ledger says
    └── Unreadable          a document that no reader understands; carries the reason
"""

from pathlib import Path


class ArchiveError(Exception):
    """The archive could not do what was asked."""


class BadDivision(ArchiveError):
    """A county or township that the division table does not know, or knows more than once."""

    def __init__(self, asked: str, candidates: tuple[str, ...] = ()) -> None:
        what = f"could be {', '.join(candidates)}" if candidates else "is not in the division table"
        super().__init__(f"{asked!r} {what}")
        self.asked = asked
        self.candidates = candidates


class NoPortal(BadDivision):
    """A county without a registry entry."""

    def __init__(self, asked: str, entries: tuple[str, ...]) -> None:
        super().__init__(asked, entries)
        self.args = (f"{asked!r} has no registry entry; there are: {', '.join(entries) or 'none'}",)


class BadPortal(ArchiveError):
    """A registry entry that cannot be used."""

    def __init__(self, path: Path, place: str, expected: str) -> None:
        super().__init__(f"{path}: {place}: {expected}")
        self.path = path
        self.place = place
        self.expected = expected


class BadBundle(ArchiveError):
    """A folder that was handed in as a bundle and is not one."""


class BadCapture(ArchiveError):
    """A file that was handed in as a WARC or WACZ and cannot be used; names the file and the place in it."""

    def __init__(self, name: str, found: str) -> None:
        super().__init__(f"{name}: {found}")
        self.name = name
        self.found = found


class BadHome(ArchiveError):
    """A home folder whose data cannot be used."""


class LedgerInUse(BadHome):
    """Another process writes to the ledger; `holder` is its number as text, or `unknown`."""

    def __init__(self, ledger: Path, holder: str) -> None:
        super().__init__(f"{ledger}: process {holder} is writing to it; wait for it to end")
        self.holder = holder


class MissingBody(ArchiveError):
    """The index names a body that the volumes do not hold."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"no body {sha256} in the volumes")
        self.sha256 = sha256


class DamagedVolume(ArchiveError):
    """A volume does not hold what the ledger says it holds."""

    def __init__(self, name: str, offset: int, found: str) -> None:
        super().__init__(f"{name} at byte {offset}: {found}")
        self.name = name
        self.offset = offset


class Unreadable(ArchiveError):
    """A document that cannot be read; `reason` is a sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
