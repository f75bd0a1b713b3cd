"""A digest as a mail: text, HTML with its charts, and the season's table, under headers that say what it is.

    multipart/mixed
    ├── multipart/alternative
    │   ├── text/plain
    │   └── multipart/related      text/html and its charts
    └── the table as XLSX          where it is small enough
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from urllib.parse import quote

from archive.clock import local_day
from monitor import letter
from monitor.letter import Letter
from monitor.news import Digest
from monitor.season_table import season_table
from monitor.settings import Recipient, Settings
from monitor.texts import word
from monitor.values import ADDRESS

# headers for programs: an address in them that is longer than a line would be encoded as if it were words
WHOLE = ("in-reply-to", "references", "list-id", "list-unsubscribe")
LINE = 78
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class _Policy(EmailPolicy):
    """Folds headers for programs between their parts only."""

    def fold(self, name: str, value: str) -> str:
        return _whole(name, value) if name.lower() in WHOLE else str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return _whole(name, value).encode("ascii") if name.lower() in WHOLE else super().fold_binary(name, value)


def _whole(name: str, value: str) -> str:
    """A header whose first part stands on its first line, however long it is."""
    first, *rest = value.split()
    lines = [f"{name}: {first}"]
    for part in rest:
        if len(lines[-1]) + 1 + len(part) <= LINE:
            lines[-1] += f" {part}"
        else:
            lines.append(f" {part}")
    return SMTP.linesep.join([*lines, ""])


POLICY = _Policy(linesep=SMTP.linesep, cte_type="7bit")  # not every relay speaks 8BITMIME


def message(digest: Digest, recipient: Recipient, settings: Settings, *, now: datetime,
            thread: Sequence[str] = ()) -> tuple[EmailMessage, Letter]:
    """The mail for one recipient, and the letter in it.

    `thread` are Message-IDs of the season's first and latest mail to this recipient.
    """
    ours = digest.limited(recipient.counties)
    table = season_table(ours)
    written = letter.render(ours, recipient.language or settings.language, sheet=table is not None)
    mail = _headed(written.subject, digest, recipient, settings, now, thread)
    _fill(mail, written)
    if table is not None:
        mail.add_attachment(table, *XLSX, filename=f"nianbao-{digest.year}-{local_day(digest.as_of):%Y%m%d}.xlsx")
    _name_boundaries(mail, mail_key(digest, recipient.address))
    return mail, written


def mail_key(digest: Digest, recipient: str) -> str:
    """`20260201T010000Z-1a2b3c4d5e6f`: one digest to one recipient."""
    return f"{digest.key}-{hashlib.sha256(recipient.encode()).hexdigest()[:12]}"


def header_safe(text: str) -> str:
    """One line without control characters: portal text can carry line breaks."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def _headed(subject: str, digest: Digest, recipient: Recipient, settings: Settings, now: datetime,
            thread: Sequence[str]) -> EmailMessage:
    sender = settings.mail.sender or ""
    domain = sender.rpartition("@")[2]
    person = settings.contact if settings.contact and ADDRESS.fullmatch(settings.contact) else None
    mail = EmailMessage(POLICY)
    mail["From"] = Address("nianbao", addr_spec=sender)
    mail["To"] = recipient.address
    if person:
        mail["Reply-To"] = person
    mail["Subject"] = header_safe(subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{mail_key(digest, recipient.address)}@{domain}>"
    if thread:
        mail["In-Reply-To"] = thread[-1]
        mail["References"] = " ".join(dict.fromkeys(thread))
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"{header_safe(word('list_name', 'en'))} <digest.nianbao.{domain}>"
    mail["List-Unsubscribe"] = f"<mailto:{person or sender}?subject={quote(f'unsubscribe {recipient.address}')}>"
    return mail


def _fill(mail: EmailMessage, written: Letter) -> None:
    mail.set_content(written.text)
    mail.add_alternative(written.html, subtype="html")
    page = mail.get_body(("html",))
    assert page is not None
    for chart in written.charts:
        page.add_related(chart.png, "image", "png", cid=f"<{chart.cid}>", disposition="inline",
                         filename=f"{chart.name}.png")


def _name_boundaries(mail: EmailMessage, key: str) -> None:
    """The same mail has the same boundaries whenever it is made."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=-{hashlib.sha256(f'{key} {number}'.encode()).hexdigest()[:32]}")
