"""nianbao.toml: what a person chose. Every key is optional; a key that does not exist is refused.

Secrets never stand in the settings themselves: the SMTP password comes from NIANBAO_SMTP_PASSWORD or from the file that
`password_file` names, a chat's address from the variable or the file that its entry names.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from archive.notices import Notice, overlap
from monitor import values
from monitor.errors import BadSettings

PASSWORD_VARIABLE = "NIANBAO_SMTP_PASSWORD"  # noqa: S105  the variable's name, no secret
PING_VARIABLE = "NIANBAO_PING"

Language = Literal["en", "zh"]
Security = Literal["none", "starttls", "tls"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Chat = Literal["wecom", "dingtalk", "feishu", "slack", "json"]
Listen = tuple[str, int]

PORTS: Mapping[Security, int] = {"none": 25, "starttls": 587, "tls": 465}
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CHATS: tuple[Chat, ...] = ("wecom", "dingtalk", "feishu", "slack", "json")
SIGNED: tuple[Chat, ...] = ("dingtalk", "feishu")  # whose robots may want what they are told signed

TEMPLATE = """\
# Settings of this home. Every key is optional; what stands behind the # is the default.

# language = "en"                # or "zh": digest, status, pages
# counties = []                  # codes, slugs or names; none named = every county of the registry

[calendar]                       # days of the year after the report year, month-day, inclusive, Asia/Shanghai;
                                 # they do not move for weekends or holidays; 31 March is the outer date of all
# due_local = "01-31"            # local practice for townships: after it a report is late

# A county whose own notice names another day, once for each notice; it is shown wherever the day counts:
# [[calendar.counties.370828]]
# due_local = "02-20"
# notice = "title and number of the notice"
# years = [2025]                 # the report years that it speaks of; without it all from 2019 on

[crawl]
# contact = "office@example.org" # address or page of who answers for this home; portals' administrators read it
# delay_seconds = 3.0            # between two requests to one host
# counties_at_once = 4
# allow_private_addresses = false  # true only for an intranet portal or a replica
# recheck_days = 7               # a report that is held is looked at again after so many days, January to April
# recheck_days_off_season = 60   # and in the other months

[schedule]
# hour = 1                       # no crawl begins before this hour, Asia/Shanghai
# until = 7                      # each county's own time of the day lies before this hour; who is silent then is tried
                                 # again between 9 and 18
# off_season_weekday = "monday"  # from May to December one crawl and one digest a week

[mail]                           # without recipients no mail is written
# hour = 8                       # no digest goes out before this hour, Asia/Shanghai
# days = ["monday", "tuesday", "wednesday", "thursday", "friday"]  # in season; public holidays are not known
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

# [[notify]]                     # once for each chat that gets the digest's short form
# name = "office"
# kind = "dingtalk"              # or "feishu", "wecom", "slack", or "json" for any other: {"text": …}
# url_file = "office-url"        # a file beside this one that holds its address, which is a secret; or
# url_env = "NIANBAO_OFFICE"     # an environment variable
# secret_file = "office-secret"  # where a DingTalk or Feishu robot wants its messages signed; or secret_env as above
# counties = ["370828"]          # default: all
# language = "zh"                # default: as above

[serve]
# listen = "127.0.0.1:9180"      # /healthz and /metrics of `nianbao serve`; without it nothing listens
# ping = "https://example.org/ping/uuid"  # a dead man's switch as Healthchecks has it: URL/start, URL, URL/fail;
                                 # it is a secret, and may stand in the environment variable NIANBAO_PING instead
"""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The due day of local practice, `MM-DD` of the year after the report year; notices by county code."""

    due_local: str = "01-31"
    counties: Mapping[str, tuple[Notice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the digest: of which counties (none named = all), in which language (None = the home's)."""

    address: str
    counties: tuple[str, ...] = ()
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """A chat that gets the digest's short form: of which counties (none named = all), in which language.

    `secret` signs what is told to a robot that wants it.
    """

    name: str
    kind: Chat
    url: str = field(repr=False)
    counties: tuple[str, ...] = ()
    language: Language | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DigestDays:
    """When digests go out: on these days in season, on one day a week off it, not before `hour` (Asia/Shanghai)."""

    season: tuple[Weekday, ...] = WEEKDAYS[:5]
    off_season: Weekday = "monday"
    hour: int = 8


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
    hour: int = 1
    until: int = 7
    off_season_weekday: Weekday = "monday"
    listen: Listen | None = None
    ping: str | None = field(default=None, repr=False)
    mail: Mail = field(default_factory=Mail)
    notify: tuple[Notify, ...] = ()
    digest: DigestDays = field(default_factory=DigestDays)


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
        return _Table(self.path, f"{self.place}{key}.", self.get(key, values.table, {}))

    def tables(self, key: str) -> list["_Table"]:
        none: list[dict[str, Any]] = []
        return [_Table(self.path, f"{self.place}{key}, number {number}, ", item)
                for number, item in enumerate(self.get(key, values.tables, none), 1)]

    def close(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.raw:
            if key not in self.asked:
                raise self.error(key, f"no such key; there are {', '.join(sorted(self.asked))}")


def _settings(top: _Table, environ: Mapping[str, str]) -> Settings:
    plain = Settings()
    crawl, schedule, serve = top.table("crawl"), top.table("schedule"), top.table("serve")
    mail = top.table("mail")
    hour = schedule.get("hour", values.whole(0, 23), plain.hour)
    weekday = schedule.get("off_season_weekday", values.one_of(*WEEKDAYS), plain.off_season_weekday)
    settings = Settings(
        language=top.get("language", _language, plain.language),
        counties=top.get("counties", values.names, plain.counties),
        calendar=_calendar(top.table("calendar")),
        contact=crawl.get("contact", values.contact, plain.contact),
        delay_seconds=crawl.get("delay_seconds", values.seconds, plain.delay_seconds),
        counties_at_once=crawl.get("counties_at_once", values.whole(1, 64), plain.counties_at_once),
        allow_private_addresses=crawl.get("allow_private_addresses", values.flag, plain.allow_private_addresses),
        recheck_days=crawl.get("recheck_days", values.whole(1, 366), plain.recheck_days),
        recheck_days_off_season=crawl.get("recheck_days_off_season", values.whole(1, 366),
                                          plain.recheck_days_off_season),
        hour=hour,
        until=schedule.get("until", values.whole(hour + 1, 24), max(plain.until, hour + 1)),
        off_season_weekday=weekday,
        listen=serve.get("listen", values.listen, None),
        ping=_ping(serve, environ),
        digest=DigestDays(mail.get("days", _weekdays, plain.digest.season), weekday,
                          mail.get("hour", values.whole(0, 23), plain.digest.hour)),
        mail=_mail(mail, environ),
        notify=_chats(top, environ),
    )
    for table in (top, crawl, schedule, serve):
        table.close()
    return settings


def _calendar(table: _Table) -> Calendar:
    plain = Calendar()
    counties = table.table("counties")
    calendar = Calendar(
        due_local=table.get("due_local", values.due_day, plain.due_local),
        counties={code: _notices(counties, code) for code in counties.raw},
    )
    table.close()
    return calendar


def _notices(counties: _Table, code: str) -> tuple[Notice, ...]:
    """One notice of a county as a table, or several, each for other report years."""
    try:
        values.county(code)
    except ValueError as error:
        raise counties.error(code, f"expected {error}") from error
    single = isinstance(counties.raw[code], dict)
    notices = tuple(_notice(one) for one in ([counties.table(code)] if single else counties.tables(code)))
    if (twice := overlap(one.years for one in notices)) is not None:
        raise counties.error(code, f"expected one notice for each report year; more than one speaks {twice}")
    return notices


def _notice(table: _Table) -> Notice:
    for key in ("due_local", "notice"):
        if key not in table.raw:
            raise table.error(key, "missing; another day needs both due_local and the notice that names it")
    notice = Notice(table.get("due_local", values.due_day, ""), table.get("notice", values.text, ""),
                    table.get("years", values.report_years, ()))
    table.close()
    return notice


def _mail(table: _Table, environ: Mapping[str, str]) -> Mail:
    security = table.get("security", values.one_of(*PORTS), Mail().security)
    mail = Mail(
        sender=table.get("sender", values.address, None),
        recipients=tuple(_recipient(entry) for entry in table.tables("recipient")),
        host=table.get("host", values.text, None),
        security=security,
        port=table.get("port", values.whole(1, 65535), PORTS[security]),
        username=table.get("username", values.text, None),
        password=_password(table, environ),
    )
    table.close()
    if mail.recipients and mail.sender is None:
        raise table.error("sender", "missing; a mail to mail.recipient needs a sender")
    if len({one.address for one in mail.recipients}) < len(mail.recipients):
        raise table.error("recipient", "expected each address once; one entry can name several counties")
    if mail.username and not mail.password:
        raise table.error("username", f"needs a password: set {PASSWORD_VARIABLE} or password_file")
    if mail.username and not f"{mail.username}{mail.password}".isascii():
        raise table.error("username", "expected name and password in ASCII: SMTP knows no other letters")
    if mail.username and mail.security == "none" and mail.host not in ("127.0.0.1", "::1", "localhost"):
        raise table.error("security", "expected starttls or tls: a password would cross the network in the clear")
    return mail


def _ping(table: _Table, environ: Mapping[str, str]) -> str | None:
    named = table.get("ping", values.web_address, None)
    if PING_VARIABLE not in environ:
        return named
    try:
        return values.web_address(environ[PING_VARIABLE])
    except ValueError as error:
        # what stands in the variable may be a secret and is not repeated
        raise table.error("ping", f"expected {error} in the environment variable {PING_VARIABLE}") from error


def _recipient(table: _Table) -> Recipient:
    address = table.get("address", values.address, None)
    if address is None:
        raise table.error("address", "missing")
    recipient = Recipient(address, table.get("counties", values.codes, ()),
                          table.get("language", _language, None))
    table.close()
    return recipient


def _chats(top: _Table, environ: Mapping[str, str]) -> tuple[Notify, ...]:
    chats = tuple(_chat(entry, environ) for entry in top.tables("notify"))
    if len({one.name for one in chats}) < len(chats):
        raise top.error("notify", "expected a name of its own for each")
    return chats


def _chat(table: _Table, environ: Mapping[str, str]) -> Notify:
    name, kind = table.get("name", values.text, ""), table.get("kind", values.one_of(*CHATS), None)
    if not name or kind is None:
        raise table.error("kind" if name else "name", "missing")
    url, secret = _hidden(table, "url", environ), _hidden(table, "secret", environ)
    if url is None or not values.is_web_address(url):
        raise table.error("url_file", "expected a file, or in url_env a variable, that holds one web address")
    if secret is not None and not (secret and kind in SIGNED):
        raise table.error("secret_file", f"expected something in it, and a robot that has one: {', '.join(SIGNED)}")
    chat = Notify(name, kind, url, table.get("counties", values.codes, ()), table.get("language", _language, None),
                  secret)
    table.close()
    return chat


def _hidden(table: _Table, what: str, environ: Mapping[str, str]) -> str | None:
    """What a file or variable holds, None where neither is named; no error repeats it."""
    file, variable = table.get(f"{what}_file", values.text, None), table.get(f"{what}_env", values.text, None)
    if variable and environ.get(variable):
        return environ[variable].strip()
    if file is None and variable is None:
        return None
    try:
        return (table.path.parent / file).read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise table.error(f"{what}_file", f"cannot be read: {type(error).__name__}") from None


def _password(table: _Table, environ: Mapping[str, str]) -> str | None:
    file = table.get("password_file", values.text, None)
    if PASSWORD_VARIABLE in environ:
        return environ[PASSWORD_VARIABLE]
    if file is None:
        return None
    try:
        return (table.path.parent / file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise table.error("password_file", f"cannot be read: {error}") from None


def _language(value: Any) -> Language:
    if value == "en":
        return "en"
    if value == "zh":
        return "zh"
    raise ValueError('"en" or "zh"')


def _weekdays(value: Any) -> tuple[Weekday, ...]:
    expected = f"a list of at least one of {', '.join(WEEKDAYS)}"
    if not isinstance(value, list) or not value:
        raise ValueError(expected)
    return tuple(values.one_of(*WEEKDAYS)(one) for one in value)
