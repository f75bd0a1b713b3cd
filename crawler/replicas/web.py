"""What a replica is asked and what it answers, before any socket: requests, answers, the world at an instant."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Protocol

from crawler.replicas.places import token
from crawler.replicas.truth import Story, Version, stories

DROP_TITLE = "政府信息公开工作年度报告"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Drop:
    """A file from outside that is published instead of a built-in report."""

    code: str
    year: int
    name: str
    body: bytes
    appears: datetime

    @property
    def key(self) -> str:
        """Its 32 hexadecimal digits in addresses."""
        return token(32, "drop", self.code, self.year, self.name)


@dataclass(frozen=True, slots=True)
class World:
    """What stands on the portals at one instant."""

    now: datetime
    drops: tuple[Drop, ...] = ()

    def standing(self, code: str) -> list[tuple[Story, Version]]:
        """The built-in reports of a township that stand now, newest report year first."""
        dropped = {(drop.code, drop.year) for drop in self.drops}
        told = [(story, story.version(self.now)) for story in stories(code) if (code, story.year) not in dropped]
        return [(story, version) for story, version in told if version]

    def publishes(self, county: str) -> bool:
        """Whether files from outside are published there at any time: only then is there a column for them."""
        return any(drop.code.startswith(county) for drop in self.drops)

    def dropped(self, county: str) -> list[Drop]:
        """The files that stand on a county's portal now, newest first."""
        here = [drop for drop in self.drops if drop.code.startswith(county) and drop.appears <= self.now]
        return sorted(here, key=lambda drop: (drop.appears, drop.name), reverse=True)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as a replica cares: `home` is the address of its own front page, without the last slash."""

    path: str
    query: Mapping[str, str]
    home: str
    world: World
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""                # of a POST; `query` holds a form's fields beside those of the address


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. With `etag` or `modified` a conditional request for the same body gets a 304."""

    body: bytes
    kind: str = HTML
    status: int = 200
    etag: bool = False
    modified: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def validators(self) -> list[tuple[str, str]]:
        """The ETag and Last-Modified headers."""
        found = [("ETag", f'"{hashlib.sha256(self.body).hexdigest()[:20]}"')] if self.etag else []
        if self.modified:
            found.append(
                ("Last-Modified", format_datetime(self.modified.astimezone(UTC).replace(microsecond=0), usegmt=True))
            )
        return found

    def unchanged_for(self, headers: Mapping[str, str]) -> bool:
        """Whether the asker already has this body (RFC 9110). `headers` have names in lower case."""
        asked = headers.get("if-none-match")
        if asked is not None:
            return self.etag and self.validators()[0][1] in asked
        since = headers.get("if-modified-since")
        if self.modified is None or since is None:
            return False
        try:
            return self.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except ValueError:
            return False


class Portal(Protocol):
    """One replicated portal: a request in, an answer out; None where nothing stands at that address."""

    def __call__(self, request: Request, /) -> Answer | None: ...


_KINDS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".doc": "application/msword",
    ".txt": "text/plain",
    ".html": HTML,
    ".htm": HTML,
    ".png": "image/png",
    ".jpg": "image/jpeg",
}


def page(text: str, **options: object) -> Answer:
    """A page in UTF-8."""
    return Answer(text.encode(), **options)  # type: ignore[arg-type]


def data(value: object) -> Answer:
    """A JSON answer."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), "application/json;charset=UTF-8")


def file(name: str, body: bytes, *, odd: bool = False, modified: datetime | None = None, etag: bool = False) -> Answer:
    """A file; `odd` servers call everything a stream of octets."""
    kind = (
        "application/octet-stream"
        if odd
        else _KINDS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
    )
    return Answer(body, kind, modified=modified, etag=etag)
