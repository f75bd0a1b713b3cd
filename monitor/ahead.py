"""Takes back what was judged while the clock stood ahead: until then nothing would be judged any more.

Whether the clock was wrong then or is wrong now, no clock tells. Crawls do: where one began later than now too, it is
now that is doubted, and what was judged stays.
"""

from datetime import datetime

from sqlite_utils import Database

from archive.clock import iso
from monitor.slots import AHEAD

# A finding that was opened again gets its last opening back; one that had none before was never there.
TAKEN_BACK = (
    "DELETE FROM openings WHERE closed > :now",
    "UPDATE findings SET closed = NULL WHERE closed > :now AND opened <= :now",
    """UPDATE findings SET (opened, closed) = (
        SELECT opened, closed FROM openings o WHERE o.finding = findings.id ORDER BY o.opened DESC LIMIT 1)
    WHERE opened > :now AND id IN (SELECT finding FROM openings)""",
    "DELETE FROM openings WHERE (finding, opened) IN (SELECT id, opened FROM findings)",
    "DELETE FROM findings WHERE opened > :now",
    "DELETE FROM duties WHERE judged > :now",
    "DELETE FROM judgings WHERE at > :now",
)


def take_back(db: Database, *, now: datetime) -> bool:
    """Forget what was judged later than `now`, where no crawl says that it is later; whether there was anything."""
    later = [iso(now + AHEAD)]
    (judged,) = db.execute("SELECT EXISTS (SELECT 1 FROM judgings WHERE at > ?)", later).fetchone()
    (crawled,) = db.execute("SELECT EXISTS (SELECT 1 FROM bundles WHERE started > ?)", later).fetchone()
    if not judged or crawled:
        return False
    with db.atomic():
        for statement in TAKEN_BACK:
            db.execute(statement, {"now": iso(now)})
    return True
