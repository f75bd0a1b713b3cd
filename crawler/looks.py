"""Which townships and years were looked at completely, and how the crawl ended (pure).

Nothing is complete by default: a look needs a listing where the report would stand, every such listing complete, and
every candidate in it resolved.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.bundles import Candidate, Listing, Look, Outcome, Verdict
from archive.divisions import Township
from archive.registry import Portal
from crawler import blocks, listings
from crawler.families.hanweb import INDEX_FAMILY
from crawler.pages import identity

STRAY_FAMILY = "stray"         # a page that is no column, and shows a report that stands in none
NO_REPORT = re.compile(r"公开指南$|公开制度$|公开目录$")     # what stands beside reports and is none, unread too
DEAD_SHARED = 1                # years that the newest report of a shared column may lie behind the one looked for
DEAD_OWN = 2                   # of a township's own: one that was never written is no sign of a dead column


@dataclass(frozen=True)
class Evidence:
    """What one crawl saw; `held` are the reports that were read before (`identity` of each)."""

    portal: Portal
    years: tuple[int, ...]
    listings: tuple[Listing, ...]
    candidates: tuple[Candidate, ...]
    held: frozenset[str] = frozenset()


def looks(evidence: Evidence) -> tuple[Look, ...]:
    """One look for each township that owes and each report year."""
    return tuple(_look(evidence, unit, year) for unit in evidence.portal.townships() for year in evidence.years)


def _look(evidence: Evidence, unit: Township, year: int) -> Look:
    own = [listing for listing in evidence.listings if _own(evidence, listing, unit, year)]
    shared = [listing for listing in evidence.listings if listing.division_code is None]
    needed = tuple(dict.fromkeys(listing.url for listing in (*own, *shared)))
    reason = _shortcoming(evidence, unit, year, own, shared)
    return Look(unit.code, year, reason is None, reason, needed)


def _own(evidence: Evidence, listing: Listing, unit: Township, year: int) -> bool:
    """The listing is a place where this report would stand."""
    if listing.family == STRAY_FAMILY:
        return False                       # a page that shows a report of somebody is no column of them
    if listing.division_code is not None:
        return listing.division_code == unit.code and listing.report_year in (None, year)
    if listing.family == INDEX_FAMILY:
        return False                       # it names bodies; their reports stand elsewhere
    named = covered(listing, evidence.portal, evidence.candidates)
    return unit in named or len(named) * 2 >= len(evidence.portal.townships())


def _takes(listing: Listing, year: int) -> bool:
    """The column is no other year's; one that is called after a year may hold another year's reports all the same."""
    named = listings.years(listing.title or "")
    return not named or year in named or any(
        year in listings.years(offer.title) for page in listing.pages for offer in page.offers)


def _lives(evidence: Evidence, listing: Listing, year: int) -> bool:
    """The column was in use not long before that year. Columns that others took the place of stand for years.

    One that says itself that it is empty lives where other townships' do. The platform's pages are asked by year.
    """
    if listing.report_year is not None:
        return True
    newest = _newest(evidence, listing)
    if any(page.offers for page in listing.pages):
        age = DEAD_SHARED if listing.division_code is None else DEAD_OWN
        return newest is None or newest >= year - age
    others = [other for other in evidence.listings if other.division_code not in (None, listing.division_code)
              and other.family != STRAY_FAMILY] if listing.division_code is not None else []
    return any((_newest(evidence, other) or 0) >= year - DEAD_OWN for other in others)


def _newest(evidence: Evidence, listing: Listing) -> int | None:
    """The newest report year that a column's entries tell, by their titles, else by their days."""
    offers = [offer for page in listing.pages for offer in page.offers]
    titles = [offer.title for offer in offers]
    titles += [one.title for one in evidence.candidates if one.title and one.listing == listing.url]
    told = [year for title in titles for year in listings.years(title)]
    told += [int(offer.on[:4]) - 1 for offer in offers if offer.on and not listings.years(offer.title)]
    return max(told, default=None)


def covered(listing: Listing, portal: Portal, candidates: Sequence[Candidate] = ()) -> frozenset[Township]:
    """The townships that a shared listing's entries name, themselves or on the pages behind them (`candidates`)."""
    titles = [offer.title for page in listing.pages for offer in page.offers]
    titles += [one.title for one in candidates if one.title and one.listing == listing.url]
    return frozenset(unit for title in titles for unit in portal.mentioned(title))


def of_most(listing: Listing, portal: Portal) -> bool:
    """A shared listing that names half of the townships is one for them all."""
    return len(covered(listing, portal)) * 2 >= len(portal.townships())


def _shortcoming(evidence: Evidence, unit: Township, year: int, own: Sequence[Listing],
                 shared: Sequence[Listing]) -> str | None:
    if not own:
        return next((f"{listing.url}: {listing.reason}" for listing in shared if not listing.complete),
                    "no listing found")
    if not any(_takes(listing, year) for listing in own) and not any(
            year in listings.years(listing.title or "") for listing in shared):
        return f"no column found for {year} beside those of other years"
    if not any(_lives(evidence, listing, year) for listing in own):
        return f"{own[0].url}: shows no report of the years before {year}; another column may have taken its place"
    for listing in (*own, *shared):
        if not listing.complete:
            return f"{listing.url}: {listing.reason}"
        if _emptied(evidence, listing):
            return f"{listing.url}: shows nothing any more, and what it showed still stands"
    for candidate in evidence.candidates:
        if _open(candidate, evidence.held) and _concerns(evidence.portal, candidate, unit, year):
            return f"{candidate.url}: {candidate.outcome}"
    return None


def _emptied(evidence: Evidence, listing: Listing) -> bool:
    """A list without an entry whose earlier reports answer as before: a server that lost a filter says so too."""
    return not any(page.offers for page in listing.pages) and any(
        one.listing == listing.url and not one.listed and one.outcome in blocks.RESOLVED
        for one in evidence.candidates)


def _open(candidate: Candidate, held: frozenset[str]) -> bool:
    """What stands behind the link is not known: listed but not read, or vanished without a definite answer.

    A link to a report that was read before and now is not there is dead, and nothing is open about it.
    """
    if candidate.listed and candidate.outcome is Outcome.GONE and identity(candidate.url) in held:
        return False
    settled = blocks.RESOLVED if candidate.listed else blocks.DEFINITE
    return candidate.outcome not in settled


def _concerns(portal: Portal, candidate: Candidate, unit: Township, year: int) -> bool:
    title = candidate.title or ""
    if NO_REPORT.search(title):
        return False
    units = portal.mentioned(title)
    whose = {candidate.division_code} if candidate.division_code else {named.code for named in units}
    when = {candidate.report_year} if candidate.report_year else set(listings.years(title))
    return (not whose or unit.code in whose) and (not when or year in when)


def verdict(evidence: Evidence, made: Sequence[Look], lost: Sequence[str], refused: Outcome | None
            ) -> tuple[Verdict, str | None]:
    """How the crawl ended, and why. `lost` are known listings that no longer exist; `refused` made a host stop."""
    complete = {look.division_code for look in made if look.complete}
    incomplete = [look for look in made if not look.complete]
    if not complete and refused is not None:
        return of_failure(refused), f"stopped after {refused}"
    if not evidence.listings or lost:
        return Verdict.LAYOUT_CHANGED, f"not found: {', '.join(lost) or 'any listing of annual reports'}"
    if incomplete:
        units = len({look.division_code for look in incomplete})
        return Verdict.PARTIAL, f"{len(incomplete)} looks of {units} townships incomplete: {incomplete[0].reason}"
    short = _short(evidence, len(complete))
    if short is not None:
        return Verdict.PARTIAL, short
    return Verdict.COMPLETE, None


def _short(evidence: Evidence, covered_units: int) -> str | None:
    """Less than a healthy crawl finds: our failure, whatever the pages say. None where it is enough."""
    portal = evidence.portal
    reports = {identity(offer.url) for listing in evidence.listings for page in listing.pages for offer in page.offers}
    found = (
        ("townships covered", covered_units, portal.expect_townships or len(portal.townships())),
        ("listings read", sum(listing.complete for listing in evidence.listings), portal.expect_listings),
        ("reports shown", len(reports), portal.expect_reports))
    return next((f"{seen} {what}, {least} expected" for what, seen, least in found if seen < (least or 0)), None)


def of_failure(outcome: Outcome) -> Verdict:
    """The verdict of a crawl that its first page ended."""
    if outcome in blocks.REFUSALS:
        return Verdict.BLOCKED
    if outcome is Outcome.NOT_CAPTURED or outcome is Outcome.NOT_ASKED:
        return Verdict.PARTIAL
    return Verdict.UNREACHABLE if outcome in blocks.SILENCES | {Outcome.TRUNCATED} else Verdict.LAYOUT_CHANGED


def unseen(portal: Portal, years: Sequence[int], reason: str) -> tuple[Look, ...]:
    """Looks of a crawl that saw nothing."""
    return tuple(Look(unit.code, year, False, reason) for unit in portal.townships() for year in years)
