"""What a home and its readers hold after a day, told so that two seasons can be compared.

Compared are duties, findings, documents, publications with their versions, cells and checks, digests with what they
told, the outbox, the public snapshot, and the bytes of every mail that was taken. Not compared: numbers of rows; ids of
captures, which are random (a capture counts as its address, instant and body); bundles, captures and volumes, where a
crawl that died leaves more than one that did not; when and how often a mail was tried.
"""

import email.policy
import hashlib
import json
import re
import sqlite3
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

from archive.home import Home

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d):\d\d:\d\dZ?")
KEY = re.compile(r"(\d{8}T\d\d)\d{4}Z")             # of a digest
TIME = re.compile(r"\b(\d\d):\d\d\b")
CELLS = ("table2", "table2_2019", "table3", "table4", "checks")
LEDGER = {
    "duties": "SELECT d.*, p.url AS publication FROM duties d LEFT JOIN publications p ON p.id = d.publication",
    "findings": "SELECT * FROM findings",
    "openings": "SELECT f.fingerprint, o.opened, o.closed FROM openings o JOIN findings f ON f.id = o.finding",
    "documents": "SELECT * FROM documents",
    "search": "SELECT d.sha256, f.title, f.text FROM documents_fts f LEFT JOIN documents d ON d.id = f.rowid",
    "publications": "SELECT * FROM publications",
    "versions": "SELECT v.*, p.url AS publication FROM versions v JOIN publications p ON p.id = v.publication",
    **{table: f"SELECT t.*, p.url AS publication FROM {table} t JOIN publications p ON p.id = t.publication"
       for table in CELLS},
    "digests": "SELECT * FROM digests",
    "outbox": "SELECT key, digest, recipient, subject, message_id, file, made, channel, error, sent IS NULL AS unsent"
              " FROM outbox",
}
PUBLIC = {f"public.{table}": LEDGER[table] for table in ("duties", "findings", "publications", "versions", *CELLS)}


def rows(path: Path, queries):
    """The rows of a database by query, ids of captures told by what they show."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        shown = {one["id"]: f"({one['url']} {one['at']} {(one['sha256'] or '')[:12]})"
                 for one in db.execute("SELECT id, url, at, sha256 FROM captures")}
        return {name: sorted(_told(dict(row), shown) for row in db.execute(sql)) for name, sql in queries.items()}


def _told(row, shown):
    row.pop("id", None)
    text = json.dumps(row, ensure_ascii=False, sort_keys=True)
    return UUID.sub(lambda match: shown.get(match[0], match[0]), text)


def kept(home: Home, taken, *, exact=True):
    """Everything that is compared: lists of lines by name. `taken` are (recipient, bytes) as the server took them.

    A real crawl takes now two and now ten seconds, and what heals comes some minutes later: unless `exact`, instants
    count by the hour, and mails by what their text says.
    """
    found = rows(home.ledger, LEDGER)
    found |= {f"public.{name.removeprefix('public.')}": lines for name, lines in rows(home.public, PUBLIC).items()}
    found["mails"] = sorted({letter(recipient, body, exact=exact) for recipient, body in taken})
    return found if exact else {name: [hourly(line) for line in lines] for name, lines in found.items()}


def hourly(text):
    return KEY.sub(r"\1", INSTANT.sub(r"\1", text))


def letter(recipient, body, *, exact=True):
    """One mail in a line: to whom, its Message-ID, its subject, the digest of its bytes, or of its text."""
    mail = message_from_bytes(body, policy=email.policy.default)
    told = body if exact else TIME.sub(r"\1", hourly(mail.get_body(("plain",)).get_content())).encode()
    return f"{recipient} {mail['Message-ID']} {mail['Subject']} {hashlib.sha256(told).hexdigest()}"


LETTERS = ("digests", "outbox", "mails")


def by_name(found):
    """The same where a digest may tell less or more: that it went out counts, and to whom.

    What was judged before the day's crawl may have opened a finding that the crawl closed.
    """
    lasting = [line for line in found["findings"] if (row := json.loads(line))["opened"] != row["closed"]]
    return loosely(found) | {"findings": lasting, "digests": [json.loads(line)["key"] for line in found["digests"]],
                             "outbox": [f"{row['key']} {row['message_id']} {row['unsent']}"
                                        for row in map(json.loads, found["outbox"])]}


def loosely(found, strays=frozenset()):
    """The same where mails may tell in other bytes, without what went out at instants that were none.

    What could not be judged at such an instant was a finding then, and is closed.
    """
    def ours(line):
        return not any(stray in line for stray in strays)

    def lasting(line):
        row = json.loads(line)
        return row["closed"] is None or row["opened"].replace("-", "").replace(":", "") not in strays

    told = {name: [line for line in lines if ours(line)] if name in LETTERS else lines
            for name, lines in found.items()}
    kept_open = [line for line in found["findings"] if lasting(line)]
    return told | {"findings": kept_open, "mails": sorted(" ".join(line.split(" ")[:2]) for line in told["mails"])}


def differences(expected, found):
    """Lines that are there and should not be, or the other way round; by name, shortened."""
    told = []
    for name in expected:
        missing = sorted(set(expected[name]) - set(found[name]))
        more = sorted(set(found[name]) - set(expected[name]))
        twice = len(found[name]) - len(set(found[name]))
        told += [f"{name}: without {line}" for line in missing] + [f"{name}: with {line}" for line in more]
        told += [f"{name}: {twice} lines twice"] if twice != len(expected[name]) - len(set(expected[name])) else []
    return told


def twice_told(taken):
    """A digest that one recipient got under two Message-IDs, or with other bytes under the same."""
    by_day, by_id = {}, {}
    for recipient, body in taken:
        mail = message_from_bytes(body)
        # what a day's digest is: two of one day would be the same digest told twice
        day = mail["Date"].rpartition(":")[0][:16]
        by_day.setdefault((recipient, day), set()).add(mail["Message-ID"])
        by_id.setdefault(mail["Message-ID"], set()).add((recipient, hashlib.sha256(body).hexdigest()))
    told = [f"{recipient} got the digest of {day} as {sorted(ids)}"
            for (recipient, day), ids in by_day.items() if len(ids) > 1]
    return told + [f"{one} went out with {len(bodies)} different bytes or recipients"
                   for one, bodies in by_id.items() if len(bodies) > 1]


def remains(home: Home):
    """What should not be there once nothing is due: half files, bundles that wait, cut volumes are none of it."""
    told = home.incoming.glob("*.known.json")              # the next crawl writes its own over it, and removes it
    left = [*(set(home.incoming.iterdir()) - set(told)), *home.data.rglob("*.partial")]
    return sorted(f"left behind: {path.relative_to(home.root)}" for path in left)
