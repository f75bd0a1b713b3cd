"""Writes the statutory tables as publishers and extractors leave them, from cells by key. For tests only."""

import io
import zipfile
from html import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

PEOPLE = ("natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total")
PEOPLE_LABELS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")
OUTCOME_LABELS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
BLOCKS = ("review", "litigation_direct", "litigation_after_review")
OUTCOME = "三、本年度办理结果"

# key, group labels, the row's own label
ROWS_2021 = (
    ("new_received", (), "一、本年新收政府信息公开申请数量"),
    ("carried_in", (), "二、上年结转政府信息公开申请数量"),
    ("granted", (OUTCOME,), "（一）予以公开"),
    ("partial", (OUTCOME,), "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
    ("refused_state_secret", (OUTCOME, "（三）不予公开"), "1.属于国家秘密"),
    ("refused_other_law", (OUTCOME, "（三）不予公开"), "2.其他法律行政法规禁止公开"),
    ("refused_security_stability", (OUTCOME, "（三）不予公开"), "3.危及“三安全一稳定”"),
    ("refused_third_party", (OUTCOME, "（三）不予公开"), "4.保护第三方合法权益"),
    ("refused_internal_affairs", (OUTCOME, "（三）不予公开"), "5.属于三类内部事务信息"),
    ("refused_process_info", (OUTCOME, "（三）不予公开"), "6.属于四类过程性信息"),
    ("refused_enforcement_file", (OUTCOME, "（三）不予公开"), "7.属于行政执法案卷"),
    ("refused_admin_query", (OUTCOME, "（三）不予公开"), "8.属于行政查询事项"),
    ("unable_not_held", (OUTCOME, "（四）无法提供"), "1.本机关不掌握相关政府信息"),
    ("unable_needs_creation", (OUTCOME, "（四）无法提供"), "2.没有现成信息需要另行制作"),
    ("unable_unclear", (OUTCOME, "（四）无法提供"), "3.补正后申请内容仍不明确"),
    ("not_handled_petition", (OUTCOME, "（五）不予处理"), "1.信访举报投诉类申请"),
    ("not_handled_repeat", (OUTCOME, "（五）不予处理"), "2.重复申请"),
    ("not_handled_publication", (OUTCOME, "（五）不予处理"), "3.要求提供公开出版物"),
    ("not_handled_excessive", (OUTCOME, "（五）不予处理"), "4.无正当理由大量反复申请"),
    ("not_handled_reconfirm", (OUTCOME, "（五）不予处理"), "5.要求行政机关确认或重新出具已获取信息"),
    ("other_no_correction", (OUTCOME, "（六）其他处理"),
     "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_fee_unpaid", (OUTCOME, "（六）其他处理"),
     "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_other", (OUTCOME, "（六）其他处理"), "3.其他"),
    ("total_handled", (OUTCOME,), "（七）总计"),
    ("carried_out", (), "四、结转下年度继续办理"),
)
ROWS_2019 = (
    *(row for row in ROWS_2021 if not row[0].startswith("other_") and row[0] not in ("total_handled", "carried_out")),
    ("other_all", (OUTCOME,), "（六）其他处理"),
    *ROWS_2021[-2:],
)
# title of the block, header, rows as (key, label), column keys
DISCLOSURE_2021 = (
    ("第二十条第（一）项", ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
     (("regulations", "规章"), ("normative_documents", "行政规范性文件")), ("issued", "repealed", "in_force")),
    ("第二十条第（五）项", ("信息内容", "本年处理决定数量"), (("licensing", "行政许可"),), ("decisions",)),
    ("第二十条第（六）项", ("信息内容", "本年处理决定数量"),
     (("penalty", "行政处罚"), ("coercion", "行政强制")), ("decisions",)),
    ("第二十条第（八）项", ("信息内容", "本年收费金额（单位：万元）"), (("admin_fees", "行政事业性收费"),),
     ("amount_wan_yuan",)),
)
_ITEMS = ("信息内容", "上一年项目数量", "本年增/减", "处理决定数量")
DISCLOSURE_2019 = (
    ("第二十条第（一）项", ("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"),
     (("regulations", "规章"), ("normative_documents", "规范性文件")), ("produced", "published", "public_total")),
    ("第二十条第（五）项", _ITEMS, (("licensing", "行政许可"), ("other_services", "其他对外管理服务事项")),
     ("prev_year_items", "change", "decisions")),
    ("第二十条第（六）项", _ITEMS, (("penalty", "行政处罚"), ("coercion", "行政强制")),
     ("prev_year_items", "change", "decisions")),
    ("第二十条第（八）项", _ITEMS[:3], (("admin_fees", "行政事业性收费"),), ("prev_year_items", "change")),
    ("第二十条第（九）项", ("信息内容", "采购项目数量", "采购总金额"), (("procurement", "政府集中采购"),),
     ("projects", "amount")),
)
HEADINGS = (
    "一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项",
)
CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


def rows(form="2021"):
    return ROWS_2021 if form == "2021" else ROWS_2019


def disclosure(form="2021"):
    return DISCLOSURE_2021 if form == "2021" else DISCLOSURE_2019


def table2(form="2021"):
    return "t2" if form == "2021" else "t2_2019"


def keys(form="2021"):
    """Every cell key of a form, in order."""
    second = [
        f"{table2(form)}.{row}.{column}"
        for _, _, lines, columns in disclosure(form) for row, _ in lines for column in columns
    ]
    third = [f"t3.{row}.{column}" for row, _, _ in rows(form) for column in PEOPLE]
    return [*second, *third, *(f"t4.{block}.{column}" for block in BLOCKS for column in OUTCOMES)]


def matrix3(raw, form="2021"):
    """Table 3 as a full matrix: three label columns and seven values; None continues the cell above or to the left."""
    lines = [
        [CORNER, None, None, "申请人情况", None, None, None, None, None, None],
        [None, None, None, "自然人", "法人或其他组织", None, None, None, None, "总计"],
        [None, None, None, None, *PEOPLE_LABELS[1:6], None],
    ]
    before = ()
    for key, groups, label in rows(form):
        labels = [None if before[:i + 1] == groups[:i + 1] else group for i, group in enumerate(groups)]
        lines.append([*labels, label, *[None] * (2 - len(groups)), *(raw[f"t3.{key}.{c}"] for c in PEOPLE)])
        before = groups
    return lines


def matrix2(raw, form="2021"):
    lines = []
    for title, header, entries, columns in disclosure(form):
        width = 4
        lines.append([title, *[None] * (width - 1)])
        lines.append([*header, *[None] * (width - len(header))])
        for key, label in entries:
            values = [raw[f"{table2(form)}.{key}.{c}"] for c in columns]
            lines.append([label, *values, *[None] * (width - 1 - len(values))])
    return lines


def matrix4(raw):
    return [
        ["行政复议", *[None] * 4, "行政诉讼", *[None] * 9],
        [*OUTCOME_LABELS, "未经复议直接起诉", *[None] * 4, "复议后起诉", *[None] * 4],
        [*[None] * 5, *OUTCOME_LABELS, *OUTCOME_LABELS],
        [raw[f"t4.{block}.{column}"] for block in BLOCKS for column in OUTCOMES],
    ]


def spans(lines, down):
    """Cells as (row, column, rowspan, colspan, text). `down` are columns whose None continues the cell above."""
    found = []
    for r, line in enumerate(lines):
        for c, text in enumerate(line):
            if text is None:
                continue
            width = 1
            while c + width < len(line) and line[c + width] is None and c + width not in down(r):
                width += 1
            height = 1
            while r + height < len(lines) and lines[r + height][c] is None and c in down(r + height):
                height += 1
            found.append((r, c, height, width, text))
    return found


def spans3(lines):
    """Label columns continue downwards; the head has its own merged cells."""
    def down(r):
        if r < 3:
            return {0, 1, 2} | ({3, 9} if r == 2 else set()) if r else set()
        line = lines[r]
        first = next(i for i, text in enumerate(line) if text is not None)
        return set(range(first))
    return spans(lines, down)


def spans4(lines):
    return spans(lines, lambda r: set(range(5)) if r == 2 else set())


def spans2(lines):
    return spans(lines, lambda r: set())


def html_table(cells):
    out, row = ["<table border='1'>"], None
    for r, _, height, width, text in cells:
        if r != row:
            out.append(("</tr>" if row is not None else "") + "<tr>")
            row = r
        tall = f" rowspan='{height}'" if height > 1 else ""
        wide = f" colspan='{width}'" if width > 1 else ""
        out.append(f"<td{tall}{wide}><p><span>{escape(text) or '&nbsp;'}</span></p></td>")
    return "".join([*out, "</tr></table>"])


def all_spans(raw, form="2021"):
    return spans2(matrix2(raw, form)), spans3(matrix3(raw, form)), spans4(matrix4(raw))


def report(parts, title="某县某镇人民政府2023年政府信息公开工作年度报告"):
    """The lines of a whole report around three pieces that stand for the tables."""
    prose = ("2023年，我镇做好政府信息公开工作。", *parts, "一是学习不够；二是将加强学习。", "无。")
    return [title, *(text for pair in zip(HEADINGS, prose, strict=True) for text in pair)]


def as_html(raw, form="2021"):
    parts = [html_table(cells) for cells in all_spans(raw, form)]
    lines = [line if line.startswith("<table") else f"<p>{escape(line)}</p>" for line in report(parts)]
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body>{''.join(lines)}</body></html>".encode()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_paragraph(text):
    return f"<w:p><w:r><w:t xml:space='preserve'>{escape(text)}</w:t></w:r></w:p>"


def word_table(cells):
    """A table with gridSpan and vMerge, as Word stores merged cells."""
    rows_ = {}
    for r, c, height, width, text in cells:
        for i in range(height):
            merge = "" if height == 1 else "<w:vMerge w:val='restart'/>" if i == 0 else "<w:vMerge/>"
            properties = f"<w:tcPr><w:gridSpan w:val='{width}'/>{merge}</w:tcPr>"
            rows_.setdefault(r + i, {})[c] = f"<w:tc>{properties}{word_paragraph('' if i else text)}</w:tc>"
    lines = ("".join(cell for _, cell in sorted(row.items())) for _, row in sorted(rows_.items()))
    return "<w:tbl>" + "".join(f"<w:tr>{line}</w:tr>" for line in lines) + "</w:tbl>"


def word_file(body):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document xmlns:w='{WORD}'><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def as_docx(raw, form="2021"):
    parts = [word_table(cells) for cells in all_spans(raw, form)]
    return word_file("".join(line if line.startswith("<w:tbl>") else word_paragraph(line) for line in report(parts)))


def as_pdf(raw, form="2021", ruled=True):
    """A printed report of several pages: table 3 is broken where the page ends."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    small = ParagraphStyle("cell", fontName="STSong-Light", fontSize=7, leading=8, wordWrap="CJK")
    text = ParagraphStyle("text", fontName="STSong-Light", fontSize=11, leading=60, wordWrap="CJK")
    widths = ([110] * 4, [45, 60, 110, *[38] * 7], [31] * 15)
    parts = []
    for cells, wide in zip(all_spans(raw, form), widths, strict=True):
        grid = [[""] * len(wide) for _ in range(max(r + h for r, _, h, _, _ in cells))]
        style = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if ruled else []
        for r, c, height, width, words in cells:
            grid[r][c] = Paragraph(escape(words), small)
            style.append(("SPAN", (c, r), (c + width - 1, r + height - 1)))
        parts.append(Table(grid, wide, style=style, splitInRow=0))
    story = [Paragraph(line, text) if isinstance(line, str) else line for line in report(parts)]
    out = io.BytesIO()
    SimpleDocTemplate(out).build(story)
    return out.getvalue()


def _joined(lines, separator):
    return "\n".join(separator.join(text or "" for text in line) for line in lines)


def as_tabs(raw, form="2021"):
    """Rows with tabs, one per column of the table; merged cells leave empty ones."""
    parts = [_joined(lines, "\t") for lines in (matrix2(raw, form), matrix3(raw, form), matrix4(raw))]
    return "\n\n".join(report(parts)).encode()


def as_markdown(raw, form="2021"):
    def pipes(lines):
        rows_ = ["| " + " | ".join((text or "").replace("\n", " ") for text in line) + " |" for line in lines]
        return "\n".join([rows_[0], "|" + "---|" * len(lines[0]), *rows_[1:]])
    return "\n\n".join(report([pipes(m) for m in (matrix2(raw, form), matrix3(raw, form), matrix4(raw))])).encode()


def as_lines(raw, form="2021"):
    """One cell per line, empty cells gone: what copying out of a page leaves."""
    def cells(lines):
        return "\n\n".join(text for line in lines for text in line if text)
    return "\n\n".join(report([cells(m) for m in (matrix2(raw, form), matrix3(raw, form), matrix4(raw))])).encode()


def as_spaces(raw, form="2021"):
    """Rows with spaces, labels wrapped after 16 characters: what pdftotext leaves."""
    def row(line):
        texts = [text for text in line if text]
        words = [text for text in texts if not text.strip("+-").replace(".", "").isdigit()]
        values = " ".join(text for text in texts if text not in words)
        label = " ".join(words)
        if len(label) <= 16 or not values:
            return f"{label} {values}".strip()
        return "\n".join([label[i:i + 16] for i in range(0, len(label), 16)] + [values])
    tables = (matrix2(raw, form), matrix3(raw, form), matrix4(raw))
    return "\n".join(report(["\n".join(map(row, lines)) for lines in tables])).encode()
