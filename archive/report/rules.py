"""The rules on one document: a table with one function for each."""

from collections.abc import Mapping

from archive.report import checks_cells as cells
from archive.report import checks_language as words
from archive.report import checks_preamble as preamble
from archive.report import checks_prose as prose
from archive.report import checks_structure as structure
from archive.report import checks_sums as sums
from archive.report import checks_years as years
from archive.report.checking import NOT_APPLICABLE, Case, Rule
from archive.report.checking import Known as Known
from archive.report.model import Check
from archive.report.yearly import YEARLY, Pair, Year, compare, merged, place_of

RULES: tuple[Rule[Case], ...] = (
    Rule("S01", "error", "hold", "A statutory part is missing", structure.parts_present),
    Rule("S02", "warning", "hold", "Parts out of order", structure.order),
    Rule("S03", "info", "trigger", "Heading worded differently", structure.wording),
    Rule("S04", "warning", "trigger", "Part without substance", structure.substance),
    Rule("S05", "error", "trigger", "Statutory table absent", structure.tables_present),
    Rule("S06", "warning", "trigger", "Table cut", structure.rows_complete),
    Rule("S07", "warning", "trigger", "Blank cells", structure.cells_filled),
    Rule("S08", "error", "trigger", "Tables of the trial form", structure.form_in_force, 2021),
    Rule("S09", "error", "trigger", "Free text instead of the form", structure.uniform_form),
    Rule("S10", "info", "trigger", "Unusual title", structure.title_style),
    Rule("S11", "warning", "trigger", "Template text left in", structure.template_left),
    Rule("S12", "warning", "trigger", "Tables as pictures", structure.pictured),
    Rule("P01", "warning", "trigger", "No statistical period", preamble.period_told),
    Rule("P02", "error", "trigger", "Period is not the report year", preamble.period_right),
    Rule("P03", "warning", "trigger", "No contact", preamble.contact_told),
    Rule("P04", "info", "trigger", "No real address", preamble.address_told),
    Rule("P05", "info", "trigger", "No e-mail address", preamble.email_told),
    Rule("P06", "info", "trigger", "Legal basis missing or outdated", preamble.basis_told),
    Rule("P07", "info", "trigger", "Opening does not describe the report", preamble.contents_told),
    Rule("P08", "info", "trigger", "No portal address", preamble.portal_told),
    Rule("P09", "info", "trigger", "Commercial mailbox", preamble.mailbox_official),
    Rule("P10", "info", "trigger", "Applicants limited to residents", preamble.anyone_may_ask),
    Rule("P11", "info", "trigger", "Period or contact not at the opening", preamble.at_the_opening),
    Rule("P13", "warning", "trigger", "Malformed telephone number", preamble.phone_formed),
    Rule("Y01", "warning", "trigger", "Stale year", years.stale, 0),
    Rule("Y02", "error", "trigger", "Title and column differ in the year", years.column_year, 0),
    Rule("Y03", "warning", "trigger", "Impossible date", years.possible, 0),
    Rule("Y04", "error", "trigger", "Result of a later year", years.later, 0),
    Rule("Y05", "info", "trigger", "Figure covers part of the year", years.part_of_year, 0),
    Rule("A01", "warning", "trigger", "A township reports rules", cells.no_rules),
    Rule("A04", "error", "hold", "Table 2: not a count", cells.table2_counts),
    Rule("A05", "warning", "trigger", "Unit of fees looks wrong", cells.fee_unit),
    Rule("A06", "warning", "hold", "Issued, not repealed, not in force", cells.still_in_force),
    Rule("A07", "warning", "hold", "Normative documents in prose and table", cells.documents_told),
    Rule("A09", "warning", "hold", "2019 form: more published than public", cells.public_stock),
    Rule("B01", "error", "hold", "Table 3: row total", sums.row_totals),
    Rule("B02", "error", "hold", "Table 3: balance of every column", sums.balance),
    Rule("B03", "error", "hold", "Table 3: outcomes and their total", sums.outcomes_sum),
    Rule("B04", "error", "hold", "Table 3: not a count", sums.table3_counts),
    Rule("B05", "warning", "trigger", "Requests without any outcome", sums.something_done),
    Rule("B06", "warning", "hold", "Cell larger than its total", sums.parts_of_total),
    Rule("B07", "info", "trigger", "Unpaid fees, no word on fees", sums.unpaid_explained),
    Rule("B08", "info", "trigger", "Row one column off", sums.rows_in_place),
    Rule("C01", "error", "hold", "Table 4: reconsideration", sums.reviews),
    Rule("C02", "error", "hold", "Table 4: suits without reconsideration", sums.direct_suits),
    Rule("C03", "error", "hold", "Table 4: suits after reconsideration", sums.later_suits),
    Rule("C04", "error", "hold", "Table 4: not a count", sums.table4_counts),
    Rule("D01", "error", "hold", "Requests in prose and table", prose.received),
    Rule("D02", "error", "hold", "No requests in one, some in the other", prose.none_received),
    Rule("D03", "error", "hold", "Carried in, in prose and table", prose.carried_in),
    Rule("D04", "error", "hold", "Carried out, in prose and table", prose.carried_out),
    Rule("D05", "error", "hold", "Reconsiderations in prose and table", prose.reviews),
    Rule("D06", "error", "hold", "Law suits in prose and table", prose.suits),
    Rule("D07", "warning", "hold", "Outcomes in prose and table", prose.outcomes),
    Rule("D08", "warning", "hold", "Parts of what was disclosed", prose.breakdown_sum),
    Rule("D09", "warning", "hold", "A part larger than the whole", prose.breakdown_parts),
    Rule("D10", "warning", "trigger", "No word on processing fees", prose.fees_told),
    Rule("D11", "warning", "trigger", "No proposals, yet answers to them", prose.proposals),
    Rule("D12", "warning", "trigger", "Fee without requests", prose.fee_without_requests),
    Rule("D13", "info", "trigger", "Processing fee confused with charges", prose.fee_confused),
    Rule("D14", "info", "trigger", "Speaks of requests that did not come", prose.requests_presumed),
    Rule("D15", "warning", "trigger", "All closed, yet some carried over", prose.all_done),
    Rule("D16", "info", "trigger", "Two heads of one group", prose.one_head),
    Rule("D17", "info", "trigger", "Two counts of trainings", prose.one_training_count),
    Rule("D18", "info", "trigger", "A number is missing", prose.numbers_there),
)
# Asked for by a switch: slips of the pen, which change no figure.
LANGUAGE: tuple[Rule[Case], ...] = (
    Rule("Q01", "info", "trigger", "Typing slip", words.slips, 0),
    Rule("Q02", "info", "trigger", "Wording of the repealed Regulations", words.outdated),
    Rule("Q03", "info", "trigger", "Announced points are not all there", words.points_complete, 0),
)


_INTRODUCTION = """\
One answer per rule and document: `pass`, `fail`, `not_assessable` (something it rests on is not in the document, or was
not read for certain) or `not_applicable`. A rule that rests on several rows or columns gives its worst answer.
`attribution` says whose doing a failure is: `publisher` where it stands in the original, `extractor` where our reading
lost it, `unknown` where the reading may be at fault. A failure names the cells and places that it rests on, unless
it is about something that is not there. Sums are exact.

Rules that compare reports (S13, P12, A02, A03, A08, C05, C06 and all of X) need last year's report of the same body,
the column that the report stands in, or the county's other reports; without these they are `not_assessable`. X02 is
A02 under another name. Prose is compared in runs of five characters without figures, headings and names. What half of
a county's reports of a year say alike (of five or more) is its template and is left out; below 200 characters nothing
is compared. Of fewer reports nobody can tell a template from a copy: S13 is then the publisher's only where the same
count stands in both, and never where the tables differ. Q, on language, is checked where it is asked for.

This page is made from the tables in `archive/report/rules.py` and `archive/report/yearly.py`."""


def check(known: Known, *, language: bool = False) -> tuple[Check, ...]:
    """One Check per rule, in the order of their codes. What is no report has nothing to answer for.

    Rules that compare reports answer as for a report of which nothing else is known; those that do nothing but compare
    (X) are left out, and those on language too unless they are asked for.
    """
    case = Case(known)
    alone = [one for one in compare(_alone(known)) if not one.code.startswith("X")]
    return merged((_check(rule, case) for rule in (*RULES, *(LANGUAGE if language else ()))), alone)


def _alone(known: Known) -> Year:
    """What the comparing rules look at before there is anything to compare with."""
    return Year(known.kind, known.identity.report_year, code=known.identity.division_code, cells=known.tables.cells)


def _check(rule: Rule[Case], case: Case) -> Check:
    outcome = rule.function(case) if _applies(rule, case) else NOT_APPLICABLE
    places = (*outcome.places, *(place for cell in outcome.cells if (place := case.place(cell))))
    return Check(rule.code, outcome.result, outcome.severity or rule.severity, outcome.attribution,
                 outcome.message, outcome.cells, tuple(dict.fromkeys(places)))


def _applies(rule: Rule[Case], case: Case) -> bool:
    return case.known.kind != "not_a_report" and (case.year is None or case.year >= rule.since)


_EVERY: tuple[Rule[Case] | Rule[Pair], ...] = (*RULES, *YEARLY, *LANGUAGE)
TITLES: Mapping[str, str] = {rule.code: rule.title for rule in _EVERY}  # in English, by code


def as_markdown() -> str:
    """The table of rules as a page of the documentation."""
    head = "| code | severity | finding | what holds otherwise | from report year |"
    lines = ["# Rules", "", _INTRODUCTION, "", head, "|---|---|---|---|---|"]
    for rule in sorted(_EVERY, key=lambda rule: place_of(rule.code)):
        meaning = (rule.function.__doc__ or "").split("\n")[0]
        lines.append(f"| {rule.code} | {rule.severity} | {rule.title} | {meaning} | {rule.since or 'any'} |")
    return "\n".join(lines) + "\n"
