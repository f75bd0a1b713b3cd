"""What can go wrong in the monitor.

    MonitorError
    ├── BadSettings      nianbao.toml, by file, key and what was expected
    └── BadDecision      a decision about a finding that does not exist or cannot be decided
"""

from pathlib import Path


class MonitorError(Exception):
    """The monitor could not do what was asked."""


class BadSettings(MonitorError):
    """A settings file that cannot be used."""

    def __init__(self, path: Path, place: str, expected: str) -> None:
        super().__init__(f"{path}: {place}: {expected}")
        self.path = path
        self.place = place
        self.expected = expected


class BadDecision(MonitorError):
    """A finding that is not there to be decided about."""
