"""The ledger's tables and views, as migrations. Every table is STRICT; instants and days are ISO 8601 text.

Two kinds of rows: what was observed (bundles, captures, bodies, listing pages, looks, sightings), written once by
ingest and never changed; and what was read or judged out of it (documents, table rows, publications, duties, findings),
which can be dropped and made again offline. Only outbox and finding decisions of people belong to neither.
"""

import json

from sqlite_utils import Database, Migrations

migrations = Migrations("nianbao")

FIRST = """
CREATE TABLE counties (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, prefecture TEXT, province TEXT NOT NULL
) STRICT;
CREATE TABLE townships (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, county TEXT NOT NULL REFERENCES counties(code),
    owes INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX townships_county ON townships(county);

CREATE TABLE volumes (
    name TEXT PRIMARY KEY, length INTEGER NOT NULL      -- bytes that count; what stands behind them is a torn tail
) STRICT;
CREATE TABLE bundles (
    id TEXT PRIMARY KEY, county TEXT NOT NULL REFERENCES counties(code), started TEXT NOT NULL, ended TEXT NOT NULL,
    verdict TEXT NOT NULL, reason TEXT, by TEXT, crawler TEXT NOT NULL, ingested TEXT NOT NULL,
    counters TEXT NOT NULL                              -- JSON object
) STRICT;
CREATE INDEX bundles_county ON bundles(county, started);
CREATE TABLE spans (                                    -- the bytes that a bundle brought into a volume
    bundle TEXT NOT NULL REFERENCES bundles(id), volume TEXT NOT NULL REFERENCES volumes(name),
    offset INTEGER NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (volume, offset)
) STRICT;
CREATE TABLE bodies (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL,  -- by content
    length INTEGER NOT NULL,                            -- bytes, after transfer and content decoding
    volume TEXT NOT NULL REFERENCES volumes(name), offset INTEGER NOT NULL  -- the record that holds it
) STRICT;
CREATE TABLE captures (
    id TEXT PRIMARY KEY,                                -- WARC-Record-ID without <urn:uuid:>
    bundle TEXT NOT NULL REFERENCES bundles(id), url TEXT NOT NULL, at TEXT NOT NULL,
    record_type TEXT NOT NULL,                          -- response, revisit, resource
    status INTEGER, outcome TEXT,                       -- outcome: as crawl.json says; NULL for a salvaged record
    sha256 TEXT REFERENCES bodies(sha256), etag TEXT, last_modified TEXT,
    volume TEXT NOT NULL REFERENCES volumes(name), offset INTEGER NOT NULL, length INTEGER NOT NULL
) STRICT;
CREATE INDEX captures_url ON captures(url, at);
CREATE INDEX captures_bundle ON captures(bundle);
CREATE INDEX captures_sha256 ON captures(sha256);

CREATE TABLE listing_pages (
    id INTEGER PRIMARY KEY, bundle TEXT NOT NULL REFERENCES bundles(id), county TEXT NOT NULL REFERENCES counties(code),
    listing TEXT NOT NULL,                              -- URL of the listing it is a page of
    family TEXT NOT NULL, title TEXT, township TEXT REFERENCES townships(code), report_year INTEGER,
    complete INTEGER NOT NULL,                          -- of the whole listing, in this crawl
    reason TEXT, url TEXT NOT NULL, outcome TEXT NOT NULL, capture TEXT REFERENCES captures(id),
    offers TEXT NOT NULL, next TEXT NOT NULL            -- JSON lists, as in crawl.json
) STRICT;
CREATE INDEX listing_pages_bundle ON listing_pages(bundle);
CREATE INDEX listing_pages_county ON listing_pages(county, url);
CREATE TABLE looks (
    id INTEGER PRIMARY KEY, bundle TEXT NOT NULL REFERENCES bundles(id),
    township TEXT NOT NULL REFERENCES townships(code), report_year INTEGER NOT NULL,
    at TEXT NOT NULL,                                   -- end of the crawl
    complete INTEGER NOT NULL, reason TEXT, listings TEXT NOT NULL  -- JSON list of listing URLs
) STRICT;
CREATE INDEX looks_township ON looks(township, report_year, at);
CREATE INDEX looks_bundle ON looks(bundle, complete);
CREATE TABLE sightings (
    id INTEGER PRIMARY KEY, bundle TEXT NOT NULL REFERENCES bundles(id), county TEXT NOT NULL REFERENCES counties(code),
    url TEXT NOT NULL, at TEXT NOT NULL, title TEXT, outcome TEXT NOT NULL, listed INTEGER NOT NULL, listing TEXT,
    township TEXT REFERENCES townships(code), report_year INTEGER,  -- what the listing says, not what the report says
    capture TEXT REFERENCES captures(id), claims TEXT NOT NULL, attachments TEXT NOT NULL  -- JSON lists
) STRICT;
CREATE INDEX sightings_url ON sightings(url, at);
CREATE INDEX sightings_county ON sightings(county, at);

CREATE TABLE documents (                                -- one body as the parser read it
    id INTEGER PRIMARY KEY,                             -- the search index's rowid; stays when the body is read again
    sha256 TEXT NOT NULL REFERENCES bodies(sha256), county TEXT NOT NULL REFERENCES counties(code),
    parser TEXT NOT NULL, kind TEXT NOT NULL,           -- 'unreadable' where no reader understood it
    unreadable TEXT,                                    -- and the reason
    format TEXT, title TEXT, issuer TEXT, township TEXT REFERENCES townships(code), report_year INTEGER,
    period_start TEXT, period_end TEXT, published_on TEXT, published_from TEXT,
    active_disclosure_count INTEGER, requests_received INTEGER, cells_read INTEGER NOT NULL DEFAULT 0,
    report TEXT NOT NULL,                               -- JSON, as `nianbao parse --json` prints it
    text TEXT NOT NULL,
    UNIQUE (sha256, county)
) STRICT;
CREATE VIRTUAL TABLE documents_fts USING fts5(title, text, tokenize='unicode61');
CREATE TABLE refreshed (                                -- what the publications of a county were last made from
    county TEXT PRIMARY KEY REFERENCES counties(code), basis TEXT NOT NULL
) STRICT;
CREATE TABLE publications (                             -- one report on one portal, page and files together
    id INTEGER PRIMARY KEY, county TEXT NOT NULL REFERENCES counties(code), url TEXT NOT NULL,
    township TEXT NOT NULL REFERENCES townships(code), report_year INTEGER NOT NULL, title TEXT,
    sha256 TEXT NOT NULL REFERENCES bodies(sha256),     -- the body that the figures come from, newest version
    page_sha256 TEXT REFERENCES bodies(sha256), claimed_on TEXT, claimed_from TEXT,
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, versions INTEGER NOT NULL DEFAULT 1,
    UNIQUE (county, url)
) STRICT;
CREATE INDEX publications_duty ON publications(township, report_year);
CREATE TABLE versions (                                 -- the bodies that a publication has had, in order
    publication INTEGER NOT NULL REFERENCES publications(id), number INTEGER NOT NULL, seen TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES bodies(sha256), capture TEXT NOT NULL REFERENCES captures(id),
    changed TEXT NOT NULL,                              -- JSON list: cells and fields that differ from the one before
    PRIMARY KEY (publication, number)
) STRICT;
CREATE TABLE table2 (
    publication INTEGER NOT NULL REFERENCES publications(id), row TEXT NOT NULL,
    issued INTEGER, repealed INTEGER, in_force INTEGER, decisions INTEGER, amount_wan_yuan REAL,
    PRIMARY KEY (publication, row)
) STRICT;
CREATE TABLE table2_2019 (
    publication INTEGER NOT NULL REFERENCES publications(id), row TEXT NOT NULL,
    produced INTEGER, published INTEGER, public_total INTEGER, prev_year_items INTEGER, change INTEGER,
    decisions INTEGER, projects INTEGER, amount REAL,
    PRIMARY KEY (publication, row)
) STRICT;
CREATE TABLE table3 (
    publication INTEGER NOT NULL REFERENCES publications(id), row TEXT NOT NULL,
    natural_person INTEGER, business INTEGER, research INTEGER, public_interest INTEGER, legal_service INTEGER,
    other_org INTEGER, total INTEGER,
    PRIMARY KEY (publication, row)
) STRICT;
CREATE TABLE table4 (
    publication INTEGER NOT NULL REFERENCES publications(id), row TEXT NOT NULL,
    upheld INTEGER, corrected INTEGER, other INTEGER, pending INTEGER, total INTEGER,
    PRIMARY KEY (publication, row)
) STRICT;
CREATE TABLE checks (
    publication INTEGER NOT NULL REFERENCES publications(id), code TEXT NOT NULL, result TEXT NOT NULL,
    severity TEXT NOT NULL, attribution TEXT, message TEXT, cells TEXT NOT NULL,
    PRIMARY KEY (publication, code)
) STRICT;

CREATE TABLE duties (
    township TEXT NOT NULL REFERENCES townships(code), report_year INTEGER NOT NULL,
    county TEXT NOT NULL REFERENCES counties(code), due_local TEXT, due_outer TEXT NOT NULL, rule TEXT NOT NULL,
    status TEXT NOT NULL, past TEXT, confirmed INTEGER NOT NULL, reason TEXT, claimed_on TEXT, claimed_from TEXT,
    last_look_without TEXT, first_look_with TEXT, url TEXT, urls TEXT NOT NULL, sha256 TEXT REFERENCES bodies(sha256),
    publication INTEGER REFERENCES publications(id), flags TEXT NOT NULL, evidence TEXT NOT NULL, judged TEXT NOT NULL,
    PRIMARY KEY (township, report_year)
) STRICT;
CREATE INDEX duties_county ON duties(county, report_year, status);
CREATE TABLE findings (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, code TEXT NOT NULL, severity TEXT NOT NULL,
    attribution TEXT NOT NULL, county TEXT NOT NULL REFERENCES counties(code), township TEXT REFERENCES townships(code),
    report_year INTEGER, opened TEXT NOT NULL, closed TEXT, confirmed INTEGER NOT NULL, message TEXT NOT NULL,
    evidence TEXT NOT NULL                              -- JSON list of capture ids
) STRICT;
CREATE INDEX findings_open ON findings(closed, county);
CREATE TABLE digests (
    key TEXT PRIMARY KEY, as_of TEXT NOT NULL, made TEXT NOT NULL, state TEXT NOT NULL  -- JSON: what it told
) STRICT;
CREATE TABLE outbox (
    key TEXT PRIMARY KEY,                               -- digest and recipient
    digest TEXT NOT NULL REFERENCES digests(key), recipient TEXT NOT NULL, subject TEXT NOT NULL,
    message_id TEXT NOT NULL, file TEXT NOT NULL, made TEXT NOT NULL, sent TEXT, tries INTEGER NOT NULL DEFAULT 0,
    error TEXT
) STRICT;
CREATE TABLE decisions (                                -- what a person said about a finding
    fingerprint TEXT PRIMARY KEY, decision TEXT NOT NULL,  -- confirm, dismiss, undo
    why TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
"""


@migrations()
def first(db: Database) -> None:
    """Everything that the first release stores."""
    for statement in FIRST.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def documents_rest_on_what_they_embed(db: Database) -> None:
    """Which files of a page its reading rests on: a page is read again where these change."""
    db.execute("ALTER TABLE documents ADD COLUMN embedded TEXT NOT NULL DEFAULT ''")


@migrations()
def listing_pages_have_pictures(db: Database) -> None:
    """What a listing page looked like that did not show a report that was due; one picture for each of its bodies."""
    db.execute("ALTER TABLE listing_pages ADD COLUMN screenshot TEXT REFERENCES captures(id)")


@migrations()
def chats_are_told_through_the_outbox(db: Database) -> None:
    """Where a row of the outbox goes: a mail, or a chat by its name; and when that was last tried."""
    db.execute("ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail'")
    db.execute("ALTER TABLE outbox ADD COLUMN tried TEXT")


@migrations()
def findings_remember_when_they_were_open(db: Database) -> None:
    """From when to when a finding was open before it was opened again."""
    db.execute("CREATE TABLE openings (finding INTEGER NOT NULL REFERENCES findings(id), opened TEXT NOT NULL,"
               " closed TEXT NOT NULL, PRIMARY KEY (finding, opened)) STRICT")


@migrations()
def findings_speak_two_languages(db: Database) -> None:
    """The message in English too, and the digest of the text that a finding is about where it is about one."""
    db.execute("ALTER TABLE findings ADD COLUMN message_en TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE findings ADD COLUMN basis TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX findings_duty ON findings(township, report_year, code)")


@migrations()
def every_decision_is_kept(db: Database) -> None:
    """A later word takes the place of an earlier one and does not erase it; '' as basis holds for any text."""
    db.execute("ALTER TABLE decisions RENAME TO decided")
    db.execute("CREATE TABLE decisions (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, decision TEXT NOT NULL,"
               " why TEXT NOT NULL, at TEXT NOT NULL, basis TEXT NOT NULL DEFAULT '') STRICT")
    db.execute("INSERT INTO decisions (fingerprint, decision, why, at) SELECT fingerprint, decision, why, at"
               " FROM decided ORDER BY at")
    db.execute("DROP TABLE decided")
    db.execute("CREATE INDEX decisions_fingerprint ON decisions(fingerprint)")


@migrations()
def a_change_is_known_by_what_shows_it(db: Database) -> None:
    """Numbers of versions may change when a newer parser reads them again; the capture that brought one does not."""
    rows = db.execute("SELECT f.id, f.fingerprint, v.capture FROM findings f JOIN publications p ON p.county = f.county"
                      " AND p.township IS f.township AND p.report_year IS f.report_year"
                      " JOIN versions v ON v.publication = p.id"
                      " WHERE f.code = 'T10' AND f.fingerprint LIKE '%|' || p.url || ' ' || v.number").fetchall()
    renamed = {before: f"{before.rpartition(' ')[0]} {capture}" for _, before, capture in rows}
    for identifier, before, _ in rows:
        db.execute("UPDATE findings SET fingerprint = ? WHERE id = ?", [renamed[before], identifier])
        db.execute("UPDATE decisions SET fingerprint = ? WHERE fingerprint = ?", [renamed[before], before])
    # what the last digest told is not told again under another name
    last = db.execute("SELECT key, state FROM digests ORDER BY as_of DESC LIMIT 1").fetchall()
    for key, state in last:
        told = json.loads(state)
        told["findings"] = {renamed.get(name, name): one for name, one in told.get("findings", {}).items()}
        db.execute("UPDATE digests SET state = ? WHERE key = ?", [json.dumps(told, ensure_ascii=False), key])


@migrations()
def counties_are_judged_one_by_one(db: Database) -> None:
    """When each county was judged, on what that rests, and the day from which on it may come out otherwise."""
    db.execute("CREATE TABLE judgings (county TEXT PRIMARY KEY REFERENCES counties(code), at TEXT NOT NULL,"
               " basis TEXT NOT NULL, until TEXT NOT NULL) STRICT")
    db.execute("INSERT INTO judgings SELECT county, max(judged), '', '' FROM duties GROUP BY county")
    db.execute("CREATE INDEX findings_county ON findings(county)")
    db.execute("CREATE INDEX checks_failed ON checks(publication) WHERE result = 'fail'")
