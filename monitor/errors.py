"""What can go wrong in the monitor.

    MonitorError
    ├── BadSettings      nianbao.toml, by file, key and what was expected
    ├── BadDecision      a decision about a finding that does not exist
    ├── NoDuty           a question about a report that nobody owes, as far as is known
    ├── CannotWrite      a place that was named for what a command writes
    ├── NotTold          a chat that did not take a text
    ├── DemoFolderInUse  the demo would have to remove what it did not make
    ├── ReplicasDown     the demo's portals did not start
    ├── AlreadyServed    a home that another scheduler serves
    └── CannotListen     an address that `serve` was to listen on
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


class NoDuty(MonitorError):
    """A township and report year of which nothing is asked here."""


class CannotWrite(MonitorError):
    """A place where nothing can be written, or not what was asked for."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class DemoFolderInUse(MonitorError):
    """A folder that holds something else than an earlier demo."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: holds something that no demo made; name an empty folder")
        self.folder = folder


class ReplicasDown(MonitorError):
    """The replicas ended before they served anything."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the replicas did not start: python -m crawler.replicas ended with code {code}")
        self.code = code


class AlreadyServed(MonitorError):
    """A home that another scheduler serves; `holder` is its process number as text."""

    def __init__(self, root: Path, holder: str) -> None:
        super().__init__(f"{root} is served already, by process {holder}: two schedulers would crawl everything twice")
        self.holder = holder


class CannotListen(MonitorError):
    """An address that cannot be had."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"[serve] listen = \"{address}\": {why}; another home's scheduler may have it")
        self.address = address


class NotTold(MonitorError):
    """A chat that did not take a text; `for_good` where trying again soon will not help."""

    def __init__(self, name: str, why: str, *, for_good: bool = False) -> None:
        super().__init__(f"chat {name}: {why}")
        self.for_good = for_good
