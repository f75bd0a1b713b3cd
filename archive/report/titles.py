"""A report's title: found among what a page prints, joined, cleaned, and told from look-alikes."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive import divisions
from archive.documents.model import Document, Grid, Paragraph
from archive.report import writing
from archive.report.sections import Section

Likeness = Literal["report", "letter", "look-alike", "other"]

# traditional, simplified, traditional, simplified …
_PAIRS = (
    "縣县區区鎮镇鄉乡廣广東东門门開开報报業业農农訊讯員员務务辦办處处經经濟济發发機机關关監监廳厅國国學学術术際际劃划設设環环護护財财稅税應应災灾單单衛卫體体計计審审織织網网絡络會会議议書书記记總总結结執执"
    "個个條条項项數数據据與与為为無无號号陽阳陰阴陝陕寧宁慶庆貴贵蘇苏爾尔喬乔橋桥嶺岭嶽岳灣湾島岛鳳凤龍龙馬马魚鱼鳥鸟雞鸡豐丰劉刘陳陈張张楊杨趙赵吳吴鄭郑馮冯鄧邓蕭萧蔣蒋賈贾盧卢閻阎顧顾龔龚萬万興兴華华"
    "榮荣樂乐義义長长麗丽雙双臺台灘滩溝沟澤泽沖冲澗涧樓楼閣阁廟庙觀观園园圍围場场壩坝莊庄營营衝冲潁颍齊齐濱滨漢汉滄沧湯汤濰潍瀋沈滬沪潯浔鄰邻鄲郸鄆郓釐厘錦锦銀银銅铜鐵铁鋼钢鍾钟鎖锁鑲镶順顺須须頭头風风飛飞"
    "騰腾騎骑齡龄龐庞羅罗羣群聖圣聯联聰聪肅肃腳脚臨临舊旧葉叶蓮莲蘆芦蘭兰虛虚製制規规視视親亲訂订評评試试該该詳详語语誠诚說说調调請请論论證证識识譜谱讚赞貝贝負负貢贡貨货責责費费賀贺資资賓宾贛赣軍军軌轨軒轩"
    "輕轻載载輔辅輛辆輝辉輪轮輸输轄辖轉转遊游運运過过達达違违遙遥遠远適适遲迟遷迁選选遺遗邊边郵邮錫锡隊队階阶陸陆隨随險险雲云電电霧雾靈灵靜静韓韩響响頂顶預预領领題题顏颜願愿類类館馆實实對对將将層层強强後后"
    "從从徵征愛爱態态戶户捲卷揚扬擴扩攝摄敘叙時时暢畅曆历歷历氣气決决沒没淺浅減减渦涡測测渾浑湧涌溫温溼湿滅灭滿满潤润濃浓灕漓煙烟熱热燈灯爭争牆墙獅狮獲获瑪玛瓊琼畝亩畫画瘋疯盤盘眾众礦矿禮礼種种稱称積积穩稳"
    "窩窝競竞筆笔築筑節节範范糧粮紀纪紅红納纳純纯級级細细紹绍統统絲丝綠绿維维綜综縱纵績绩繼继續续罷罢習习聲声職职脈脉莖茎萊莱蒼苍蓋盖藍蓝藝艺虧亏蟲虫補补裝装複复見见覺觉敍叙衞卫"
)
_TRADITIONAL = dict(zip(map(ord, _PAIRS[::2]), _PAIRS[1::2], strict=True))
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u3000]+")
# a site's name that only a space parts from the title
_SITE_BESIDE = re.compile(r"(?<=报告|年报)\s+(?=[\u4e00-\u9fff]+(?:政府|网|网站|门户|街道|办事处|[县市区镇乡])\s*$)")
_LATE_YEAR = re.compile(r"\(20\d\d年?度?\)")
_COLON = re.compile(r"(?<=[镇乡木道处府室局委办区])[:：](?=20\d\d年|政府信息|政务公开|信息公开)")
_FILE_ENDING = re.compile(r"\.(?:docx?|pdf|wps|html?|shtml|txt)$", re.I)
_YEAR = r"(?:20\d\d|二[〇○零Oo0][〇○零Oo0一二三四五六七八九]{2})"
_KIND_OF_INFORMATION = r"(?:政府信息及政务|政府信息|政务信息|政府|政务|信息)"
_OPEN = rf"(?:{_KIND_OF_INFORMATION}(?:的)?(?:主动)?公开|政府公开信息)"
_WORDS = (rf"(?:{_OPEN}(?:工作)?(?:情况)?(?:的)?年度?(?:工作)?(?:情况)?(?:总结)?(?:的)?报告"
          rf"|{_OPEN}(?:工作)?(?:情况)?(?:的)?{_YEAR}年?度?(?:年度)?(?:工作)?(?:情况)?(?:总结)?(?:的)?报告"
          rf"|(?:政府信息|政务信息|信息)(?:的)?公开(?:工作)?(?:情况)?(?:的)?报告"
          rf"|{_OPEN}(?:工作)?年报)")
_YEAR_DIGITS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")
YEAR = re.compile(rf"({_YEAR})年?(?:度(?![尾佳门]))?")        # 度尾镇, 度佳镇, 度门街道
_YEAR_ABOUT = re.compile(rf"[\[【〔(]?{YEAR.pattern}[\]】〕)]?(?:年度?)?(?:1月-12月)?[\]】〕)]?")
REPORT_END = re.compile(rf"(?P<words>{_WORDS})(?P<tail>[((](?P<late>{_YEAR})年?度?[))])?$")
_SPEAKS_OF = re.compile(rf"{_WORDS}$|(?:政府信息|政务|信息)(?:主动)?公开.*$")
_REMARK = re.compile(r"(?<=[告报])[(（](?:全文|正文|公开|含[^()（）]*|第?\d+号"
                     r"|[^()]*(?:pdf|word)[^()]*|[^()]*发布)[)）]$", re.I)
_SENTENCE = re.compile("现|本报告|根据|按照|依据|为")
_OPENS = re.compile(r"[(（【]?2\d{0,3}$|.*(?:20\d\d|二[〇○零]|政府|街道|苏木|[镇乡局委办县市区旗州盟省厅])")
_AHEAD = re.compile(r"^(?:附件\d*[:：]?|\d{1,2}[.、](?!\d)|[★●◆■▪·])")
_LOOK_ALIKE = re.compile(
    r"解读|图解|一图|长图|漫画|动漫|音频|视频|图文版|读懂|解析|问答|法治政府|公布情况|发布情况|考核|评估|制度|规则|规定|办法|方案|指南|目录|三公"
    r"|决算|预算"
    r"|部署|召开|培训|会议|要点|通知|通报|转发|汇总表|统计表|工作推进|名单|清单|格式|模板|模版|样式|范本|监测"
    r"|检查|自查|整改|讲话")
_LETTER = re.compile(r"的函$|的?(?:公告|通告|公示)$")
_SENT = re.compile(r"报送|上报|报备|公布|公开|发布|印发|编制|做好|征求|开展|报请|同意|批复|提交|递交|呈报")
_SITE = re.compile(r"[_|｜]|(?<=报告)[-—–]+|(?<=年报)[-—–]+|(?<=[)）》])[-—–]+"
                   r"|(?<!\d月)[-—–](?=[^-—–]*(?:政府|网|公开|信息|门户)[^-—–]*$)")
_NOT_IN_TITLE = re.compile(r"[,。;:、!?《》“”<>]")
_QUOTED = re.compile(rf"(?:公布|发布|编制|形成|公开|制作)(?:了"
                     rf"|本)?《(?P<title>[^《》\n]{{4,60}}?{_WORDS}[^《》]{{0,8}})》")
_ANNOUNCED = re.compile(rf"(?:现(?:予以|将)?(?:向社会)?(?:公布|发布|公开)|编制(?:了|本)?|特?编制)"
                        rf"(?P<title>[\u4e00-\u9fff]{{2,30}}{_YEAR}年度?{_WORDS})")
_LABEL = re.compile(r"^(?:标题|名称|信息名称|文件名称|题名|当前位置.*>)[:：]?")
_TITLE_METAS = ("articletitle", "dc.title", "og:title")
_BODY_ENDING = re.compile(r"(?:[省市州盟县区旗镇乡]|政府|街道|办事处)$")
_TORN = re.compile(r"(?:[镇乡]|街道)?(?:人民政府|政府(?!信息)|办事处)|(?:[镇乡]|街道)\d|\d{1,3}年")
_COLUMN = re.compile(r"(?:公开|公示|公告|资金|资讯|新闻|动态|要闻|服务|互动|解读|年报|指南|制度|目录|首页|平台"
                     r"|专栏|栏目|网|位置)$")
OFFICE = re.compile(r"(?:党政综合|党政|综合)?办公室$|党政综合办$|党政办$|党委$")
_AROUND = "-—()[]【】 "
_MAX_LINES = 5
_LONGEST = 40                          # characters of a body's name with all that stands above it
_SITE_NAME = re.compile(r"(?:政府|网|网站|门户|平台|公开|专栏|专题|栏目|年报|报告|首页|信息|列表|内容|详情|正文|办事处"
                        r"|[镇乡县市区])$")


@dataclass(frozen=True, slots=True)
class Titles:
    """`page` is what the page calls itself, in order of trust; `inner` every title of a report on it, its own first."""

    page: tuple[str, ...]
    inner: tuple[str, ...]

    @property
    def own(self) -> str | None:
        """What the page is called: the first of its titles that speaks of a report, for a heading may be a menu's."""
        about = (title for title in self.page if re.search("报告|年报", title) and says_whose(title))
        return next(about, self.page[0] if self.page else None)


def simplified(text: str) -> str:
    """Traditional characters of names and offices as simplified ones; copies of pages write them so."""
    return re.sub("於(?!潜)", "于", writing.simplified(text).translate(_TRADITIONAL))          # 於潜镇 is called so


def tidy(text: str) -> str:
    """A title without spaces, digits in half width, without the site's name behind it."""
    text = _SITE_BESIDE.sub("|", text)
    text = _SPACE.sub("", re.sub(r"[0-9]", lambda match: unicodedata.normalize("NFKC", match.group()), text))
    text = _FILE_ENDING.sub("", _LABEL.sub("", text)).strip("-—_|>·")
    text = _AHEAD.sub("", _COLON.sub("", text))
    pieces = [_bare(piece) for piece in _SITE.split(text) if piece]
    best = next((piece for piece in pieces if is_report_title(piece)), None)
    return best or (pieces[0] if pieces else "")


def _bare(text: str) -> str:
    """A title without marks around it and without what is said of the file: 《…》, …(全文), …。"""
    if _SENTENCE.match(text):
        return text
    plain = _REMARK.sub("", text.rstrip(".。"))
    return _REMARK.sub("", plain[1:].removesuffix("》")) if plain.startswith("《") else plain


def is_report_title(text: str) -> bool:
    """Whether a tidied line is shaped like the title of a report."""
    plain = _half(simplified(text))
    return bool(REPORT_END.search(plain)) and len(plain) <= 60 and not _NOT_IN_TITLE.search(plain)


def likeness(title: str) -> Likeness:
    """What a page's own title says that it is."""
    plain = _half(simplified(title))
    if _LOOK_ALIKE.search(REPORT_END.sub("", plain)) or (_LOOK_ALIKE.search(plain) and not REPORT_END.search(plain)):
        return "look-alike"
    if _is_letter(plain) and "公开" in plain:
        return "letter"
    return "report" if REPORT_END.search(plain) else "other"


def _is_letter(plain: str) -> bool:
    """Whether a title is that of a letter about a report; 关于 alone may stand in a report's own."""
    about = "关于" in plain and (not REPORT_END.search(plain) or _SENT.search(REPORT_END.sub("", plain)))
    return bool(about or _LETTER.search(plain))


def issuer_part(title: str) -> str:
    """The title without its year and what it says of itself: whose report it is, as printed, maybe empty."""
    plain = _half(simplified(title))
    found = REPORT_END.search(plain) or _SPEAKS_OF.search(_LETTER.sub("", plain))
    name = _YEAR_ABOUT.sub("", plain[:found.start()] if found else plain)
    sent = re.match(rf"(?P<by>.*?)关于(?:{_SENT.pattern})+(?P<of>.*)", name)
    name = sent["by"] or sent["of"] if sent else name
    name = re.sub(r"^关于|(?:的|关于|年度)+$", "", name.strip(_AROUND)).strip(_AROUND)
    name = "" if name in ("年", "度", "年度") else name
    return f"{name}政府" if name.endswith("人民") else name     # 牌头镇人民政府信息公开: 政府 belongs to both


def says_whose(title: str) -> bool:
    """Whether a title gives a year or a body; the name of a column (政府信息公开年报) gives neither."""
    return bool(title_year(title) or issuer_part(title))


def is_site_name(title: str) -> bool:
    """Whether a page's title is only the site's or the column's: it says nothing about what stands on the page."""
    return bool(_SITE_NAME.search(title))


def title_year(title: str) -> int | None:
    """The one year that a title names, None where it names none or several."""
    found = {_arabic(match.group(1)) for match in YEAR.finditer(_half(title))}
    return found.pop() if len(found) == 1 else None


def _arabic(year: str) -> int:
    return int(year.translate(_YEAR_DIGITS))


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def read_titles(document: Document, sections: Sequence[Section]) -> Titles:
    """Everything that could be the title, in order of trust."""
    metas = [content for name, content in document.metas if name in _TITLE_METAS and content]
    head = next((section.blocks for section in sections if section.key == "s0"), ())
    headings = [tidy(block.text) for block in head if isinstance(block, Paragraph) and block.heading]
    page = [*map(tidy, metas), *([tidy(document.title)] if document.title else []), *headings]
    cells = [tidy(cell.text) for block in head if isinstance(block, Grid) for cell in block.cells]
    lines = [block.text for block in head if isinstance(block, Paragraph)]
    found = (*filter(is_report_title, page), *_printed(lines), *filter(is_report_title, cells), *_announced(lines))
    return Titles(tuple(dict.fromkeys(filter(None, page))), tuple(dict.fromkeys(found)))


def _printed(lines: Sequence[str]) -> Iterator[str]:
    """Lines that together make a title, broken wherever the page broke them."""
    start = 0
    while start < len(lines):
        title, taken = _title_at(lines[start:start + _MAX_LINES + 1])
        if title:
            yield title
        start += taken


def _title_at(lines: Sequence[str]) -> tuple[str | None, int]:
    """The title that begins with the first of some lines, and how many lines it takes, a year below it included."""
    if not any("报" in line or "報" in line for line in lines):
        return None, 1
    for count in range(1, min(_MAX_LINES, len(lines)) + 1):
        joined = tidy("".join(lines[:count]))
        if len(joined) > 60:
            break
        if is_report_title(joined) and _is_one(lines[:count], joined):
            late = tidy("".join(lines[count:count + 1]))
            if title_year(joined) is None and _LATE_YEAR.fullmatch(_half(late)):
                return joined + late, count + 1
            return joined, count
    return None, 1


def _is_one(lines: Sequence[str], joined: str) -> bool:
    """Whether lines that make a title together are its lines, and not a menu's above it."""
    return (len(lines) > 1 and _is_torn_name(lines)) or (_begins(lines[0], joined) and _goes_on(lines))


def _begins(line: str, joined: str) -> bool:
    """Whether the first line belongs to the title: it gives its year or its body, not what stands above it."""
    own = tidy(line)
    return own == joined or bool(_OPENS.match(own))


def _goes_on(lines: Sequence[str]) -> bool:
    """Whether what stands above a line that may be a title itself is no menu or breadcrumb."""
    *above, last = map(tidy, lines)
    if not is_report_title(last) or _TORN.match(last):
        return True
    if says_whose(last):
        return all(_BODY_ENDING.search(line) for line in above)
    return not any(_COLUMN.search(line) for line in above)


def _is_torn_name(lines: Sequence[str]) -> bool:
    """Whether lines make the name of one body only together: 金乡县卜, 集镇2023年政府信息公开工作年度报告."""
    body = OFFICE.sub("", issuer_part(tidy("".join(lines))))
    return len(tidy(lines[0])) > 1 and len(body) <= _LONGEST and divisions.is_named(body)


def _announced(lines: Sequence[str]) -> Iterator[str]:
    text = _half(_SPACE.sub("", "".join(lines)))
    for pattern in (_QUOTED, _ANNOUNCED):
        for match in pattern.finditer(text):
            if is_report_title(match["title"]):
                yield tidy(match["title"])
