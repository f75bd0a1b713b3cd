"""nianbao.toml: what a person chose. Every key is optional; a key that does not exist is refused.

The one secret, the SMTP password, comes from NIANBAO_SMTP_PASSWORD or from the file that `password_file` names, and
never from the settings themselves.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from monitor.errors import BadSettings

PASSWORD_VARIABLE = "NIANBAO_SMTP_PASSWORD"  # noqa: S105  the variable's name, no secret
PING_VARIABLE = "NIANBAO_PING"

Language = Literal["en", "zh"]
Security = Literal["none", "starttls", "tls"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MonthDay = tuple[int, int]
Listen = tuple[str, int]

PORTS: Mapping[Security, int] = {"none": 25, "starttls": 587, "tls": 465}
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

TEMPLATE = """\
# Settings of this home. Every key is optional; what stands behind the # is the default.

# language = "en"                # or "zh": digest, status, pages
# counties = []                  # codes, slugs or names; none named = every county of the registry

[calendar]                       # days of the year after the report year, month-day, inclusive, Asia/Shanghai
# due_local = "01-31"            # local practice for townships: after it a report is late
# due_outer = "03-31"            # by reference to article 49 of the Regulations; up to report year 2018 the only one

# A county whose own notice names another day; the notice is shown wherever the day counts:
# [calendar.counties.370828]
# due_local = "02-20"
# notice = "title and number of the notice"

[crawl]
# contact = "office@example.org" # address or page of who answers for this home; portals' administrators read it
# delay_seconds = 3.0            # between two requests to one host
# counties_at_once = 4
# allow_private_addresses = false  # true only for an intranet portal or a replica
# recheck_days = 7               # a report that is held is looked at again after so many days, January to April
# recheck_days_off_season = 60   # and in the other months

[schedule]
# hour = 9                       # nothing is started before this hour, Asia/Shanghai
# until = 18                     # each county's own time of the day lies before this hour
# off_season_weekday = "monday"  # from May to December one crawl and one digest a week

[mail]                           # without recipients no mail is written
# sender = "nianbao@example.org"
# host = "smtp.example.org"      # without a host mails wait in data/outbox
# security = "starttls"          # or "tls", or "none" for a server on this machine
# port = 587                     # default: 587 for starttls, 465 for tls, 25 for none
# username = "nianbao"           # the password: environment variable NIANBAO_SMTP_PASSWORD, or
# password_file = "smtp-password"  # a file beside this one

# [[mail.recipient]]             # once for each
# address = "office@example.org"
# counties = ["370828"]          # default: all
# language = "zh"                # default: as above

[serve]
# listen = "127.0.0.1:9180"      # /healthz and /metrics of `nianbao serve`; without it nothing listens
# ping = "https://example.org/ping/uuid"  # a dead man's switch as Healthchecks has it: URL/start, URL, URL/fail;
                                 # it is a secret, and may stand in the environment variable NIANBAO_PING instead
"""


@dataclass(frozen=True, slots=True)
class Override:
    """A county's own day, with the notice that names it."""

    due_local: MonthDay
    notice: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Due days as (month, day) of the year after the report year; overrides by county code."""

    due_local: MonthDay = (1, 31)
    due_outer: MonthDay = (3, 31)
    counties: Mapping[str, Override] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the digest: of which counties (none named = all), in which language (None = the home's)."""

    address: str
    counties: tuple[str, ...] = ()
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves: the server (None: mails wait in the outbox), who speaks, who is told."""

    sender: str | None = None
    recipients: tuple[Recipient, ...] = ()
    host: str | None = None
    security: Security = "starttls"
    port: int = PORTS["starttls"]
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a home may choose."""

    language: Language = "en"
    counties: tuple[str, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    contact: str | None = None
    delay_seconds: float = 3.0
    counties_at_once: int = 4
    allow_private_addresses: bool = False
    recheck_days: int = 7
    recheck_days_off_season: int = 60
    hour: int = 9
    until: int = 18
    off_season_weekday: Weekday = "monday"
    listen: Listen | None = None
    ping: str | None = field(default=None, repr=False)
    mail: Mail = field(default_factory=Mail)


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read a settings file. Raises BadSettings naming file, key (or line) and what was expected."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(path, "file", f"cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(path, "TOML", str(error)) from error
    return _settings(_Table(path, "", raw), environ)


T = TypeVar("T")


class _Table:
    """A TOML table that knows where it stands and which of its keys have been asked for."""

    def __init__(self, path: Path, place: str, raw: dict[str, Any]) -> None:
        self.path = path
        self.place = place
        self.raw = raw
        self.asked: set[str] = set()

    def error(self, key: str, expected: str) -> BadSettings:
        return BadSettings(self.path, f"{self.place}{key}", expected)

    def get(self, key: str, read: Callable[[Any], T], default: T) -> T:
        """The value of a key; `read` raises ValueError with what it expected."""
        self.asked.add(key)
        if key not in self.raw:
            return default
        try:
            return read(self.raw[key])
        except ValueError as error:
            raise self.error(key, f"expected {error}, found {self.raw[key]!r}") from error

    def table(self, key: str) -> "_Table":
        return _Table(self.path, f"{self.place}{key}.", self.get(key, _object, {}))

    def tables(self, key: str) -> list["_Table"]:
        none: list[dict[str, Any]] = []
        return [_Table(self.path, f"{self.place}{key}, number {number}, ", item)
                for number, item in enumerate(self.get(key, _objects, none), 1)]

    def close(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.raw:
            if key not in self.asked:
                raise self.error(key, f"no such key; there are {', '.join(sorted(self.asked))}")


def _settings(top: _Table, environ: Mapping[str, str]) -> Settings:
    plain = Settings()
    crawl, schedule, serve = top.table("crawl"), top.table("schedule"), top.table("serve")
    hour = schedule.get("hour", _whole(0, 23), plain.hour)
    settings = Settings(
        language=top.get("language", _language, plain.language),
        counties=top.get("counties", _names, plain.counties),
        calendar=_calendar(top.table("calendar")),
        contact=crawl.get("contact", _contact, plain.contact),
        delay_seconds=crawl.get("delay_seconds", _seconds, plain.delay_seconds),
        counties_at_once=crawl.get("counties_at_once", _whole(1, 64), plain.counties_at_once),
        allow_private_addresses=crawl.get("allow_private_addresses", _flag, plain.allow_private_addresses),
        recheck_days=crawl.get("recheck_days", _whole(1, 366), plain.recheck_days),
        recheck_days_off_season=crawl.get("recheck_days_off_season", _whole(1, 366), plain.recheck_days_off_season),
        hour=hour,
        until=schedule.get("until", _whole(hour + 1, 24), max(plain.until, hour + 1)),
        off_season_weekday=schedule.get("off_season_weekday", _one_of(*WEEKDAYS), plain.off_season_weekday),
        listen=serve.get("listen", _listen, None),
        ping=_ping(serve, environ),
        mail=_mail(top.table("mail"), environ),
    )
    for table in (top, crawl, schedule, serve):
        table.close()
    return settings


def _calendar(table: _Table) -> Calendar:
    plain = Calendar()
    counties = table.table("counties")
    calendar = Calendar(
        due_local=table.get("due_local", month_day, plain.due_local),
        due_outer=table.get("due_outer", month_day, plain.due_outer),
        counties={code: _override(counties, code) for code in counties.raw},
    )
    table.close()
    return calendar


def _override(counties: _Table, code: str) -> Override:
    if not re.fullmatch(r"\d{6}", code):
        raise counties.error(code, "expected a county's code of six digits")
    table = counties.table(code)
    for key in ("due_local", "notice"):
        if key not in table.raw:
            raise table.error(key, "missing; another day needs both due_local and the notice that names it")
    override = Override(table.get("due_local", month_day, (1, 31)), table.get("notice", _text, ""))
    table.close()
    return override


def _mail(table: _Table, environ: Mapping[str, str]) -> Mail:
    security = table.get("security", _one_of(*PORTS), Mail().security)
    mail = Mail(
        sender=table.get("sender", _address, None),
        recipients=tuple(_recipient(entry) for entry in table.tables("recipient")),
        host=table.get("host", _text, None),
        security=security,
        port=table.get("port", _whole(1, 65535), PORTS[security]),
        username=table.get("username", _text, None),
        password=_password(table, environ),
    )
    table.close()
    if mail.recipients and mail.sender is None:
        raise table.error("sender", "missing; a mail to mail.recipient needs a sender")
    if mail.username and mail.password is None:
        raise table.error("username", f"needs a password: set {PASSWORD_VARIABLE} or password_file")
    if mail.username and mail.security == "none" and mail.host not in ("127.0.0.1", "::1", "localhost"):
        raise table.error("security", "expected starttls or tls: a password would cross the network in the clear")
    return mail


def _ping(table: _Table, environ: Mapping[str, str]) -> str | None:
    named = table.get("ping", _web_address, None)
    if PING_VARIABLE not in environ:
        return named
    try:
        return _web_address(environ[PING_VARIABLE])
    except ValueError as error:
        # what stands in the variable may be a secret and is not repeated
        raise table.error("ping", f"expected {error} in the environment variable {PING_VARIABLE}") from error


def _recipient(table: _Table) -> Recipient:
    address = table.get("address", _address, None)
    if address is None:
        raise table.error("address", "missing")
    recipient = Recipient(address, table.get("counties", _codes, ()),
                          table.get("language", _language, None))
    table.close()
    return recipient


def _password(table: _Table, environ: Mapping[str, str]) -> str | None:
    file = table.get("password_file", _text, None)
    if PASSWORD_VARIABLE in environ:
        return environ[PASSWORD_VARIABLE]
    if file is None:
        return None
    try:
        return (table.path.parent / file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise table.error("password_file", f"cannot be read: {error}") from error


def month_day(value: Any) -> MonthDay:
    """`"01-31"` as (1, 31). Raises ValueError with what was expected."""
    match = re.fullmatch(r"(\d\d)-(\d\d)", value) if isinstance(value, str) else None
    expected = 'a month and day such as "01-31"'
    if match is None:
        raise ValueError(expected)
    month, day = int(match[1]), int(match[2])
    try:
        date(2001, month, day)  # no leap year: a due day must exist every year
    except ValueError as error:
        raise ValueError(expected) from error
    return month, day


def _one_of(*choices: T) -> Callable[[Any], T]:
    def read(value: Any) -> T:
        for choice in choices:
            if value == choice:
                return choice
        raise ValueError("one of " + ", ".join(f'"{choice}"' for choice in choices))

    return read


def _language(value: Any) -> Language:
    if value == "en":
        return "en"
    if value == "zh":
        return "zh"
    raise ValueError('"en" or "zh"')


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return value

    return read


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
        raise ValueError("a number of seconds from 0 to 600")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some text in quotes")
    return value


def _contact(value: Any) -> str:
    page = r"https?://[\w-]+(\.[\w-]+)*(:\d{1,5})?(/[\w.~%/?&=+@:-]*)?"
    if not isinstance(value, str) or not (ADDRESS.fullmatch(value) or re.fullmatch(page, value, re.ASCII)):
        raise ValueError('one address such as "office@example.org" or "https://example.org/nianbao"')
    return value


def _listen(value: Any) -> Listen:
    """What stands there is nobody else's business, so only this machine can ask."""
    match = re.fullmatch(r"(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})", value) if isinstance(value, str) else None
    if match is None or not 0 < int(match[2]) < 65536:
        raise ValueError('an address of this machine itself such as "127.0.0.1:9180"')
    return match[1].strip("[]"), int(match[2])


def _web_address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w.~%/-]*)?", value, re.ASCII):
        raise ValueError('a web address such as "https://example.org/ping/uuid"')
    return value.rstrip("/")


def _address(value: Any) -> str:
    if not isinstance(value, str) or not ADDRESS.fullmatch(value):
        raise ValueError('one address such as "office@example.org"')
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('a list of codes, slugs or names such as ["370828"]')
    return tuple(value)


def _codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and re.fullmatch(r"\d{6}", item) for item in value):
        raise ValueError('a list of codes such as ["370828"]')
    return tuple(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("a list of tables, each under [[…]]")
    return value
