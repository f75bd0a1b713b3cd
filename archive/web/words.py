"""What the pages say, in English and Chinese."""

from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Word:
    """One expression in both languages."""

    en: str
    zh: str


STATUS: Final = {
    "on_time": Word("published in time", "按时公布"),
    "late": Word("published late", "逾期公布"),
    "missing": Word("not published", "未公布"),
    "missing_once": Word("not found, to be confirmed", "未见，待复核"),
    "late_once": Word("seen after the date, to be confirmed", "期限后见到，待复核"),
    "withdrawn": Word("withdrawn", "已撤下"),
    "undated": Word("published, date unclear", "已公布，日期不明"),
    "unknown": Word("could not be checked", "未能查看"),
    "pending": Word("not due yet", "未到期"),
}
# From what asks for action to what does not.
STATUS_ORDER: Final = (
    "missing", "missing_once", "withdrawn", "late", "late_once", "unknown", "undated", "on_time", "pending",
)
VERDICT: Final = {
    "complete": Word("complete", "完整"),
    "partial": Word("partial", "不完整"),
    "blocked": Word("blocked by the portal", "被网站拦截"),
    "unreachable": Word("portal unreachable", "网站无法访问"),
    "layout_changed": Word("layout not understood", "版式无法识别"),
    "aborted": Word("broken off", "中断"),
}
SEVERITY: Final = {
    "error": Word("error", "错误"),
    "warning": Word("warning", "提示"),
    "info": Word("note", "参考"),
}
ATTRIBUTION: Final = {
    "publisher": Word("the publisher's document", "发布单位原文"),
    "extractor": Word("our reading", "本系统读取"),
    "unknown": Word("not settled", "未定"),
}
KIND: Final = {
    "township_report": Word("township report", "乡镇（街道）年报"),
    "county_report": Word("county report", "县级年报"),
    "department_report": Word("department report", "部门年报"),
    "other_report": Word("other report", "其他报告"),
    "not_a_report": Word("not a report", "非年报"),
    "unreadable": Word("unreadable", "无法读取"),
}
PAST: Final = {
    "local": Word("local date", "当地期限"),
    "outer": Word("outer date", "参照期限"),
}
DAYS_BY: Final = {
    "claimed": Word("by the page's own date", "按页面所标日期"),
    "observed": Word("at least, by our looks", "按查看记录，至少"),
}

# Which columns hold which words.
COLUMNS: Final = {
    # `missing` alone does not say whether a second look agrees; `standing` does.
    "status": STATUS | {"missing": Word("not published, or to be confirmed", "未公布或待复核")},
    "standing": STATUS,
    "verdict": VERDICT,
    "severity": SEVERITY,
    "attribution": ATTRIBUTION,
    "kind": KIND,
    "past": PAST,
    "days_late_by": DAYS_BY,
}

HEADINGS: Final = {
    "county": Word("county", "县（市、区）"),
    "county_name": Word("county", "县（市、区）"),
    "township": Word("township", "乡镇（街道）"),
    "township_name": Word("township", "乡镇（街道）"),
    "report_year": Word("report year", "报告年度"),
    "status": Word("status", "状态"),
    "standing": Word("status", "状态"),
    "confirmed": Word("confirmed", "已复核"),
    "due_local": Word("due locally", "当地期限"),
    "due_outer": Word("outer date", "参照期限"),
    "past": Word("past", "已过期限"),
    "days_late": Word("days late", "逾期天数"),
    "days_late_by": Word("reckoned", "依据"),
    "days_overdue": Word("days overdue", "已过天数"),
    "claimed_on": Word("date on the page", "页面日期"),
    "claimed_from": Word("read from", "取自"),
    "last_day_without": Word("last look without it", "最后一次未见"),
    "first_day_with": Word("first seen", "首次见到"),
    "first_seen": Word("first seen", "首次见到"),
    "last_seen": Word("last seen", "最后见到"),
    "title": Word("title", "标题"),
    "reason": Word("reason", "原因"),
    "flags": Word("flags", "标记"),
    "rule": Word("rule", "期限依据"),
    "publication": Word("report", "年报"),
    "document": Word("document", "文本"),
    "url": Word("address", "网址"),
    "sha256": Word("original", "原件"),
    "evidence": Word("evidence", "证据"),
    "judged": Word("as of", "判定时间"),
    "code": Word("rule", "规则"),
    "severity": Word("severity", "程度"),
    "attribution": Word("whose", "归属"),
    "message": Word("what is wrong", "说明"),
    "message_en": Word("in English", "英文说明"),
    "cells": Word("cells", "单元格"),
    "cells_with_values": Word("cells", "单元格"),
    "number": Word("version", "版本"),
    "seen": Word("seen", "见到时间"),
    "changed": Word("what changed", "变动"),
    "capture": Word("capture", "抓取记录"),
    "kind": Word("kind", "类别"),
    "passage": Word("passage", "文中"),
    "verdict": Word("result", "结果"),
    "started": Word("begin", "开始"),
    "ended": Word("end", "结束"),
    "bundle": Word("crawl", "查看"),
    "captures": Word("answers", "应答数"),
    "complete_looks": Word("complete looks", "完整查看"),
    "looks": Word("looks", "查看"),
    "words": Word("words", "检索词"),
    "year": Word("report year", "报告年度"),
}

TEXT: Final = {
    "title": Word("Township annual reports", "乡镇政府信息公开工作年度报告"),
    "tagline": Word(
        "Who has published the annual report on government information disclosure, and what it says.",
        "各乡镇（街道）政府信息公开工作年度报告的公布情况与内容。",
    ),
    "report_year": Word("report year", "报告年度"),
    "county": Word("county", "县（市、区）"),
    "township": Word("township", "乡镇（街道）"),
    "status": Word("status", "状态"),
    "due": Word("due", "期限"),
    "due_local": Word("due locally", "当地期限"),
    "due_outer": Word("outer due date", "参照期限（《条例》）"),
    "rule": Word("how the date was reckoned", "期限依据"),
    "published_on": Word("date on the page", "页面所标日期"),
    "read_from": Word("read from", "取自"),
    "first_seen": Word("first seen", "首次见到"),
    "last_without": Word("last look without it", "最后一次未见"),
    "reason": Word("reason", "原因"),
    "days": Word("day(s)", "天"),
    "report": Word("report", "年报"),
    "original": Word("original", "原件"),
    "view": Word("view", "查看"),
    "download": Word("download", "下载"),
    "portal_page": Word("page on the portal", "网站页面"),
    "last_crawl": Word("last look at the portal", "最近一次查看"),
    "verdict": Word("result", "结果"),
    "complete_looks": Word("townships looked at completely", "完整查看的乡镇"),
    "no_crawl": Word("never looked at", "尚未查看"),
    "total": Word("total", "合计"),
    "questions": Word("Answers", "常用查询"),
    "find": Word("Find", "检索"),
    "show": Word("Show", "显示"),
    "tables": Word("All tables", "全部数据表"),
    "tables_of": Word("The statutory tables", "法定表格"),
    "made": Word("Data as of", "数据截至"),
    "nothing": Word("Nothing here yet.", "暂无数据。"),
    "no_rows": Word("No rows.", "无记录。"),
    "rows": Word("rows", "条"),
    "years": Word("Report by report", "历年年报"),
    "crawls": Word("Looks at this portal", "网站查看记录"),
    "defects": Word("What does not add up in the document", "原文中的问题"),
    "evidence": Word("Evidence", "证据"),
    "looks": Word("Looks", "查看记录"),
    "complete": Word("complete", "完整"),
    "incomplete": Word("incomplete", "不完整"),
    "captures": Word("Captures", "抓取记录"),
    "versions": Word("Versions", "版本"),
    "changed": Word("changed", "变动"),
    "seen": Word("seen", "见到时间"),
    "volume": Word("WARC volume, byte offset", "WARC 卷与偏移"),
    "not_read": Word(
        "A dash is a cell that could not be read or is empty in the document. It is not zero.",
        "“—”表示原文空白或未能读取，并非零。",
    ),
    "no_cells": Word("The document has no table that could be read.", "未能从原文读出该表。"),
    "text_read": Word("Text as read", "读取的正文"),
    "filter": Word("Filter", "筛选"),
    "next": Word("Next page", "下一页"),
    "columns": Word("What the columns mean", "各列含义"),
    "links": Word("Linked from", "关联数据"),
    "home": Word("Overview", "总览"),
    "truncated": Word("Only the first rows are shown.", "仅显示前若干条。"),
    "archived": Word("Archived original, as received", "存档原件"),
    "error": Word("That did not work", "出错了"),
    "local_time": Word("Times are Beijing time; those that end in Z are UTC.", "时间为北京时间；以 Z 结尾者为 UTC。"),
}


def both(word: Word, language: Language) -> Markup:
    """The word in the page's language, with the other one beside it."""
    if language == "zh":
        return Markup('<span lang="zh">{}</span> <span class="also" lang="en">{}</span>').format(word.zh, word.en)
    return Markup('<span lang="en">{}</span> <span class="also" lang="zh">{}</span>').format(word.en, word.zh)


def plain(word: Word, language: Language) -> str:
    """The same without markup."""
    return f"{word.zh} {word.en}" if language == "zh" else f"{word.en} {word.zh}"
