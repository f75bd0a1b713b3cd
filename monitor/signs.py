"""What a doctor finds: one sign for each thing that was looked at."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["wrong", "note", "fine"]


@dataclass(frozen=True, slots=True)
class Sign:
    """How one thing stands, in a plain sentence, and what to do about it where something is to be done.

    `wrong` needs somebody; a `note` is worth knowing; `fine` was looked at and is as it should be.
    """

    level: Level
    check: str
    message: str
    remedy: str | None = None


def row(sign: Sign) -> dict[str, Any]:
    """As `nianbao doctor --json` prints it."""
    return asdict(sign)
