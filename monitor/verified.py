"""What `nianbao verify` last re-read, when, and what was off: verified.json in the home's data.

    {"at": "2026-01-20T01:00:00Z", "errors": 0, "volumes": {"nianbao-00001.warc.gz": 123456}}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive.clock import iso, parse_instant
from archive.files import write_whole
from archive.home import Home


@dataclass(frozen=True, slots=True)
class Verified:
    """The last time that the whole archive was re-read: when, how many errors, and each volume's length then."""

    at: datetime
    errors: int
    volumes: Mapping[str, int] = field(default_factory=dict)

    def behind(self, lengths: Mapping[str, int]) -> tuple[str, ...]:
        """The volumes that have grown since, or began since."""
        return tuple(name for name, length in sorted(lengths.items()) if self.volumes.get(name) != length)


def remember(home: Home, lengths: Mapping[str, int], errors: int, *, at: datetime) -> None:
    """Keep that everything up to these lengths was re-read."""
    told = {"at": iso(at), "errors": errors, "volumes": dict(lengths)}
    write_whole(home.verified, json.dumps(told, indent=1).encode())


def last(home: Home) -> Verified | None:
    """The last time, or None where there was none that can be read."""
    try:
        told = json.loads(home.verified.read_text(encoding="utf-8"))
        return Verified(parse_instant(told["at"]), int(told["errors"]), dict(told["volumes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
