"""The questions that the browser answers by name: each a title in both languages and one SELECT.

`:county` (code or name) and `:year` narrow an answer; left empty they mean all. WITHIN stands for that condition.
"""

from dataclasses import dataclass
from typing import Final

from archive.web.words import Word

WITHIN: Final = (
    "(:county = '' OR county = :county OR county_name = :county)"
    " AND (:year = '' OR report_year = CAST(:year AS INTEGER))"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A named question."""

    title: Word
    about: Word
    sql: str


NOT_PUBLISHED = """
SELECT county, county_name, township, township_name, report_year, standing, days_overdue, due_local, due_outer,
       past, last_day_without, rule, evidence
FROM v_status
WHERE status = 'missing' AND WITHIN
ORDER BY report_year DESC, confirmed DESC, county, township
"""

LATE = """
SELECT county, county_name, township, township_name, report_year, days_late, days_late_by, due_local, due_outer,
       past, rule, claimed_on, claimed_from, last_day_without, first_day_with, title, publication, sha256, evidence
FROM v_status
WHERE standing = 'late' AND WITHIN
ORDER BY report_year DESC, days_late DESC, county, township
"""

SUMS = """
SELECT county, county_name, township, township_name, report_year, code, severity, message,
       (SELECT group_concat(cell_label(c.value) || ' = ' ||
               coalesce(json_extract(report, '$.cells."' || c.value || '"'), '—'), '; ')
        FROM json_each(cells) c) AS cells_with_values, publication, sha256
FROM (SELECT v.*, (SELECT r.report FROM documents r WHERE r.sha256 = v.sha256 AND r.county = v.county) AS report
      FROM v_defects v)
WHERE code GLOB 'B*' AND WITHIN
ORDER BY report_year DESC, county, township, code
"""

CHANGED = """
SELECT county, county_name, township, township_name, report_year, number, seen, changed, publication, sha256, capture
FROM v_changes
WHERE WITHIN
ORDER BY seen DESC
"""

WITHDRAWN = """
SELECT county, county_name, township, township_name, report_year, title, claimed_on, last_day_without, first_day_with,
       publication, sha256, url, evidence
FROM v_status
WHERE status = 'withdrawn' AND WITHIN
ORDER BY report_year DESC, county, township
"""

UNKNOWN = """
SELECT county, county_name, township, township_name, report_year, status, reason, due_local, due_outer,
       last_day_without, evidence
FROM v_status
WHERE status IN ('unknown', 'undated') AND WITHIN
ORDER BY report_year DESC, county, township
"""

SEARCH = """
SELECT d.county, c.name AS county_name, d.township, t.name AS township_name, d.report_year, d.kind, d.title,
       CASE WHEN instr(d.text, :words) > 0
            THEN '…' || replace(substr(d.text, max(1, instr(d.text, :words) - 30), 90), char(10), ' ') || '…'
       END AS passage, d.id AS document, d.sha256
FROM documents d
JOIN counties c ON c.code = d.county
LEFT JOIN townships t ON t.code = d.township
WHERE d.id IN (SELECT rowid FROM documents_fts WHERE documents_fts MATCH escape_fts(:words))
ORDER BY d.report_year DESC, d.county, d.township
"""

QUERIES: Final = {
    "not-published": Query(
        Word("Not published", "未公布"),
        Word(
            "Reports that a complete look after the due date did not find; 'to be confirmed' until a second agrees.",
            "期限过后完整查看而未见的年报；第二次查看相符之前列为“待复核”。",
        ),
        NOT_PUBLISHED.replace("WITHIN", WITHIN),
    ),
    "late": Query(
        Word("Published late", "逾期公布"),
        Word(
            "Reports that came after the due date that counts, by how many days, and how we know.",
            "晚于期限公布的年报、逾期天数及依据。",
        ),
        LATE.replace("WITHIN", WITHIN),
    ),
    "sums": Query(
        Word("Sums that do not add up", "勾稽关系不符"),
        Word(
            "Tables whose printed figures contradict the form's own formula, with the cells.",
            "表中数字与统一格式的勾稽关系不符，附所涉单元格。",
        ),
        SUMS.replace("WITHIN", WITHIN),
    ),
    "changed": Query(
        Word("Changed after publication", "公布后有变动"),
        Word(
            "Reports whose text or figures changed after they were first seen.", "首次见到之后文字或数字有变动的年报。"
        ),
        CHANGED.replace("WITHIN", WITHIN),
    ),
    "withdrawn": Query(
        Word("Withdrawn", "已撤下"),
        Word(
            "Reports that were there; two complete looks in a row say they are gone.",
            "曾经公布，连续两次完整查看均已不见的年报。",
        ),
        WITHDRAWN.replace("WITHIN", WITHIN),
    ),
    "unknown": Query(
        Word("Could not be checked, and why", "未能查看及原因"),
        Word(
            "Where we cannot say: no complete look since the due date, or no date to go by. This accuses nobody.",
            "无法判断的情形：期限后尚无完整查看，或无日期可依。不代表未公布。",
        ),
        UNKNOWN.replace("WITHIN", WITHIN),
    ),
    "search": Query(
        Word("Search the reports", "检索年报全文"),
        Word(
            "Words are found as they stand, two-character words too; several words must all occur.",
            "按原词检索，两字词亦可；多个词须同时出现。",
        ),
        SEARCH,
    ),
}
