"""The views of public.db, by name; the snapshot gets them when it is made. Instants are UTC, days local."""

from typing import Final

STATUS = """
SELECT
    d.county, c.name AS county_name, d.township, t.name AS township_name, d.report_year, d.status, d.confirmed,
    d.status || CASE WHEN d.status IN ('missing', 'late') AND NOT d.confirmed THEN '_once' ELSE '' END AS standing,
    d.due_local, d.due_outer, d.past, p.title, d.claimed_on, d.claimed_from,
    date(d.last_look_without, '+8 hours') AS last_day_without, date(d.first_look_with, '+8 hours') AS first_day_with,
    CAST(CASE
        WHEN d.status <> 'late' THEN NULL
        WHEN d.claimed_on > coalesce(d.due_local, d.due_outer)
            THEN julianday(d.claimed_on) - julianday(coalesce(d.due_local, d.due_outer))
        ELSE julianday(date(d.last_look_without, '+8 hours')) - julianday(coalesce(d.due_local, d.due_outer))
    END AS INTEGER) AS days_late,
    CASE
        WHEN d.status <> 'late' THEN NULL
        WHEN d.claimed_on > coalesce(d.due_local, d.due_outer) THEN 'claimed'
        ELSE 'observed'
    END AS days_late_by,
    CAST(CASE WHEN d.status = 'missing'
        THEN julianday(date(d.judged, '+8 hours')) - julianday(coalesce(d.due_local, d.due_outer))
    END AS INTEGER) AS days_overdue,
    d.reason, d.flags, d.rule, d.publication, d.url, d.sha256, d.evidence, d.judged
FROM duties d
JOIN counties c ON c.code = d.county
JOIN townships t ON t.code = d.township
LEFT JOIN publications p ON p.id = d.publication
ORDER BY d.report_year DESC, d.county, d.township
"""

FIGURES = """
SELECT
    p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, p.id AS publication,
    new.total AS new_received, carried.total AS carried_in, handled.total AS total_handled, onward.total AS carried_out,
    granted.total AS granted, partly.total AS partial,
    review.total AS reviews, direct.total AS lawsuits_direct, after.total AS lawsuits_after_review, p.sha256
FROM publications p
JOIN counties c ON c.code = p.county
JOIN townships t ON t.code = p.township
LEFT JOIN table3 new ON new.publication = p.id AND new.row = 'new_received'
LEFT JOIN table3 carried ON carried.publication = p.id AND carried.row = 'carried_in'
LEFT JOIN table3 granted ON granted.publication = p.id AND granted.row = 'granted'
LEFT JOIN table3 partly ON partly.publication = p.id AND partly.row = 'partial'
LEFT JOIN table3 handled ON handled.publication = p.id AND handled.row = 'total_handled'
LEFT JOIN table3 onward ON onward.publication = p.id AND onward.row = 'carried_out'
LEFT JOIN table4 review ON review.publication = p.id AND review.row = 'review'
LEFT JOIN table4 direct ON direct.publication = p.id AND direct.row = 'litigation_direct'
LEFT JOIN table4 after ON after.publication = p.id AND after.row = 'litigation_after_review'
"""

# Only what the publisher's own document shows may stand on a public page.
DEFECTS = """
SELECT
    p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year,
    k.code, k.severity, k.message, k.cells, k.publication, p.sha256
FROM checks k
JOIN publications p ON p.id = k.publication
JOIN counties c ON c.code = p.county
JOIN townships t ON t.code = p.township
WHERE k.result = 'fail' AND k.attribution = 'publisher'
"""

# A change that a picture's reading may have made is nobody's: only the publisher's have a finding here.
CHANGES = """
SELECT
    p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, v.publication, v.number,
    v.seen, v.changed, v.sha256, v.capture, p.url
FROM versions v
JOIN publications p ON p.id = v.publication
JOIN counties c ON c.code = p.county
JOIN townships t ON t.code = p.township
WHERE v.number > 1 AND EXISTS (
    SELECT 1 FROM findings f WHERE f.code = 'T10' AND f.township = p.township AND f.report_year = p.report_year
    AND instr(f.evidence, v.capture))
"""

CRAWLS = """
SELECT
    b.county, c.name AS county_name, b.id AS bundle, b.started, b.ended, b.verdict, b.reason, b.by,
    (SELECT count(*) FROM captures k WHERE k.bundle = b.id) AS captures,
    (SELECT count(*) FROM looks l WHERE l.bundle = b.id AND l.complete) AS complete_looks,
    (SELECT count(*) FROM looks l WHERE l.bundle = b.id) AS looks,
    NOT EXISTS (SELECT 1 FROM bundles o WHERE o.county = b.county AND (o.started, o.id) > (b.started, b.id)) AS latest
FROM bundles b
JOIN counties c ON c.code = b.county
"""

VIEWS: Final = {
    "v_status": STATUS,
    "v_figures": FIGURES,
    "v_defects": DEFECTS,
    "v_changes": CHANGES,
    "v_crawls": CRAWLS,
}
