"""A registry entry out of what a probe found: TOML with comments for people, or one JSON object (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archive.bundles import Listing, Verdict
from archive.divisions import Township
from archive.registry import Portal, netloc, to_toml

MOST_NOTES = 40               # lines of what was left out


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe of one portal came to. `covers` gives for each township that owes the listings where it would stand,

    and whether their entries name it. `notes` say what was refused or left out, and why.
    """

    portal: Portal
    listings: tuple[Listing, ...]
    covers: Mapping[Township, tuple[tuple[Listing, bool], ...]]
    requests: int
    verdict: Verdict
    reason: str | None
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Township, ...]:
        """The townships that no listing covers."""
        return tuple(unit for unit, found in self.covers.items() if not found)

    @property
    def entry(self) -> Portal:
        """The registry entry. What a person wrote into the old one stays."""
        old = self.portal
        listings = tuple(replace(listing, complete=False, reason=None, pages=()) for listing in self.listings)
        hosts = {netloc(listing.url) for listing in listings} | set(old.hosts)
        covered = len(self.covers) - len(self.missing)
        return replace(old, listings=listings, hosts=frozenset(hosts),
                       expect_townships=old.expect_townships or covered or None)


def toml(probed: Probed) -> str:
    """The entry as `archive.registry.read` takes it, under comments."""
    return "".join(f"# {_plain(line)}".rstrip() + "\n" for line in _comments(probed)) + "\n" + to_toml(probed.entry)


def _comments(probed: Probed) -> Iterable[str]:
    whole = len(probed.covers)
    yield f"{probed.portal.name}: {whole - len(probed.missing)} of {whole} townships covered by " \
          f"{len(probed.listings)} listings, {probed.requests} requests, {probed.verdict}"
    if probed.reason:
        yield f"  {probed.reason}"
    yield ""
    for unit, found in probed.covers.items():
        yield f"{unit.code} {unit.name}: {_places(found)}"
    if probed.notes:
        yield ""
        yield from probed.notes[:MOST_NOTES]
    if len(probed.notes) > MOST_NOTES:
        yield f"and {len(probed.notes) - MOST_NOTES} more"


def _places(found: tuple[tuple[Listing, bool], ...]) -> str:
    if not found:
        return "not found"
    return ", ".join(listing.url + ("" if named else " (its entries do not name it yet)") for listing, named in found)


def _plain(line: str) -> str:
    """Nothing that would end the comment: pages give the words."""
    return "".join(sign if sign.isprintable() else " " for sign in line)


def as_json(probed: Probed) -> dict[str, Any]:
    """The same for a program."""
    entry = probed.entry
    return {
        "county": entry.code, "name": entry.name, "home": entry.home, "hosts": sorted(entry.hosts),
        "listings": [{"family": one.family, "url": one.url, "title": one.title, "township": one.division_code,
                      "report_year": one.report_year} for one in entry.listings],
        "townships": [{"code": unit.code, "name": unit.name, "listings": [listing.url for listing, _ in found]}
                      for unit, found in probed.covers.items()],
        "not_found": [unit.code for unit in probed.missing], "requests": probed.requests,
        "verdict": str(probed.verdict), "reason": probed.reason, "notes": list(probed.notes)}
