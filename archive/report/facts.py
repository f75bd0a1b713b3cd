"""What the prose of a report says in numbers, and whom it names as its contact."""

from collections.abc import Mapping, Sequence
from typing import Any

from archive.report import narrative
from archive.report.active import read_active
from archive.report.contacts import joined, read_contacts
from archive.report.model import Identity
from archive.report.prose import Prose, of_year, read_prose, squash, without_furniture
from archive.report.sections import Section

_LAST_FREE = 2018                      # the last year of reports without statutory tables


def proses(sections: Sequence[Section]) -> dict[str, Prose]:
    """The prose of each part by key, joined where a part is repeated; the last ends where the site's lines begin."""
    found: dict[str, Prose] = {}
    for section in sections:
        prose = read_prose(section.blocks)
        if section is sections[-1]:
            prose = without_furniture(prose)
        found[section.key] = _after(found[section.key], prose) if section.key in found else prose
    return found


def _after(first: Prose, second: Prose) -> Prose:
    shift = len(first.text) + 1
    starts = (*first.starts, *(start + shift for start in second.starts))
    return Prose(f"{first.text}\n{second.text}", starts, (*first.places, *second.places),
                 (*first.methods, *second.methods))


def _free_form(sections: Sequence[Section], text: Mapping[str, str]) -> str:
    """Everything below the opening with its headings: reports before the tables say anything anywhere."""
    heads = {section.key: section.heading or "" for section in reversed(sections)}
    return "\n".join(f"{squash(heads[key])}\n{said}" for key, said in text.items() if key != "s0")


def read_facts(sections: Sequence[Section], identity: Identity) -> dict[str, Any]:
    """Every narrative field by its key; None (for the breakdown an empty list) where the text does not say.

    `active_disclosure_breakdown` is a list of [label, count]; `active_disclosure_approximate` tells a rough total.
    """
    text = {key: prose.text for key, prose in proses(sections).items()}
    opening = text.get("s0", "")
    year = identity.report_year
    if year is not None and year <= _LAST_FREE:
        text |= dict.fromkeys(("s1", "s4", "s6"), _free_form(sections, text))
    general, disputed, closing = (of_year(text.get(key, ""), year) for key in ("s1", "s4", "s6"))
    opening = narrative.preamble(opening, identity.title)
    contacts = joined(read_contacts(opening), read_contacts(text.get("s6", "")))
    active = read_active(general)
    npc, cppcc = narrative.proposals(general, closing)
    carried_in, carried_out = narrative.carried(general)
    # a torn table leaves its labels as lines; what is said there ends with a full stop
    said = "\n".join(line for line in disputed.split("\n") if line.endswith("。"))
    review, litigation = narrative.disputes(general, said, closing)
    return {
        "legal_basis": narrative.legal_basis(opening, general),
        "portal_url": contacts.portal_url,
        "contact_office": contacts.office,
        "contact_phone": contacts.phone,
        "contact_email": contacts.email,
        "contact_address": contacts.address,
        "postcode": contacts.postcode,
        "active_disclosure_count": active.count,
        "active_disclosure_approximate": active.approximate,
        "active_disclosure_breakdown": [[label, count] for label, count in active.breakdown],
        "requests_received": narrative.requests(general),
        "narrative_carried_in": carried_in,
        "narrative_carried_out": carried_out,
        "narrative_review_count": review,
        "narrative_litigation_count": litigation,
        "processing_fee_yuan": narrative.processing_fee(closing, general),
        "npc_proposals_count": npc,
        "cppcc_proposals_count": cppcc,
        "training_count": narrative.trainings(general, closing)[0],
    }
