"""A home: the folder that holds one installation's settings, registry entries and data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BadHome

CONFIG_NAME = "nianbao.toml"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a home keeps what; docs/architecture.md describes each. The folder need not exist."""

    root: Path

    @classmethod
    def find(cls, explicit: Path | None = None, environ: Mapping[str, str] = os.environ) -> "Home":
        """The home that was named, else NIANBAO_HOME, else the current folder. Raises BadHome when it is none."""
        home = cls(explicit or Path(environ.get("NIANBAO_HOME") or Path.cwd()))
        if not home.config.is_file():
            raise BadHome(f"{home.root} is no home: there is no {CONFIG_NAME} in it; "
                          f"run `nianbao init {home.root}`, or name a home with --home or NIANBAO_HOME")
        return home

    @property
    def config(self) -> Path:
        """nianbao.toml."""
        return self.root / CONFIG_NAME

    @property
    def portals(self) -> Path:
        """The user's own registry entries."""
        return self.root / "portals"

    @property
    def data(self) -> Path:
        """Everything that is not written by hand."""
        return self.root / "data"

    @property
    def ledger(self) -> Path:
        """The one SQLite ledger."""
        return self.data / "ledger.db"

    @property
    def warc(self) -> Path:
        """Folder of the WARC volumes."""
        return self.data / "warc"

    @property
    def public(self) -> Path:
        """The snapshot that Datasette serves."""
        return self.data / "public.db"

    @property
    def incoming(self) -> Path:
        """Folder of bundles that wait to be ingested."""
        return self.data / "incoming"

    @property
    def outbox(self) -> Path:
        """Folder of mails as rendered bytes."""
        return self.data / "outbox"

    @property
    def lock(self) -> Path:
        """Held by the ledger's one writer."""
        return self.data / "lock"

    @property
    def serving(self) -> Path:
        """Held by the one scheduler."""
        return self.data / "serving"

    @property
    def hosts(self) -> Path:
        """Folder of locks, one for each host that a crawl may ask now."""
        return self.data / "hosts"

    @property
    def verified(self) -> Path:
        """What of the volumes was last re-read, when, and what was off."""
        return self.data / "verified.json"

    def make(self) -> None:
        """Create the folders that are not there. Raises BadHome when that cannot be done."""
        try:
            for folder in (self.portals, self.warc, self.incoming, self.outbox):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadHome(f"{error.filename}: {error.strerror}; a home needs a folder to write to") from error
