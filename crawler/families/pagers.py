"""The controls under a list: next links, page numbers and page counts (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import lxml.html

from crawler.pages import Page, absolute, folder, squeeze

NEXT = re.compile(r"^(?:下一?[页頁]|[后後]一?[页頁]|next(?:page)?|>{1,2}|»|›)$", re.I)
MORE = re.compile(r"^(?:点击)?(?:加载|显示|展开)更多|^点击加载$")
NAMED = re.compile(r"(?:^|\s)(?:(?:page|pager|btn|p|layui-laypage)[-_]?)?next(?:[-_]?(?:page|btn))?(?:\s|$)", re.I)
TURNED = re.compile(r"^(?:上一?[页頁]|[前]一?[页頁]|[尾末]页|最后一?页)$")
SIGNS = frozenset((">", ">>", "»", "›"))
TAIL = re.compile(r"(?:[-_]\d{1,3}|(?<=[a-z])\d{1,3})?(?:\.\w+)?$", re.I)     # a page's number behind its list's name
AROUND = re.compile(r"^[\s\[【(（]+|[\s\]】)）→]+$")
ARROWS = re.compile(r"(?<=[页頁])\s*[>»›→]+$")
OFF = re.compile(r"(?:^|[\s_-])(?:disabled?|off|nolink|no|gr[ae]y|unable)(?:$|[\s_-])", re.I)
ADDRESS = re.compile(r"""['"]([^'"\s]+?\.(?:s?html?|jspx?|aspx?|php|do)(?:\?[^'"\s]*)?|\?[^'"\s]+)['"]""", re.I)
CALL = re.compile(r"createPageHTML\s*\(([^()]*)\)")
ARGUMENT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*(?:,|$)""")
WRITTEN = (
    re.compile(r"共\s*(?:<[^>]+>\s*)*(\d+)\s*(?:<[^>]+>\s*)*页"),
    re.compile(r"(?<![\d/.-])\d{1,3}\s*/\s*(\d{1,3})\s*页"),
    re.compile(r"页次\s*[:：]?\s*\d{1,3}\s*/\s*(\d{1,3})(?!\d)"),
    re.compile(r"\b(?:totalpages?|pagecount|countpage|pagetotal|maxpage)\s*[:=]\s*['\"]?(\d{1,4})\b", re.I),
)
RECORDS = re.compile(r"共\s*(?:<[^>]+>\s*|有\s*)*(\d{1,5})\s*(?:<[^>]+>\s*)*[条篇]")
NUMBER = re.compile(r"\d+")
MOST = 999                  # a page number above it is a year or a count
PAGE_KEY = re.compile(r"(?:cur_?|current)?(?:page|pg)(?:_?(?:no|num|index|number))?|p", re.I)
PAGING = re.compile(r"pag(?:e|in)|pager|fenye|turn", re.I)


@dataclass(frozen=True, slots=True)
class Control:
    """A pager's control: its label, the address it leads to (None: script alone knows), whether it is switched off."""

    label: str
    url: str | None
    off: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call of createPageHTML: how many pages, which is this one, the addresses' stem and ending."""

    pages: int
    current: int
    stem: str
    ending: str
    records: int | None = None


def following(page: Page) -> tuple[str, ...]:
    """The next page where a control leads there, then pages linked by their number; never this one."""
    onward = [control.url for control in controls(page) if is_next(control) and control.url and not control.off]
    return tuple(url for url in dict.fromkeys([*onward, *numbered(page).values()]) if url != page.url)


def blind(page: Page) -> bool:
    """A control for what comes next that is no address and is not switched off."""
    return any((is_next(control) or MORE.match(control.label)) and control.url is None and not control.off
               for control in controls(page))


def turned(page: Page) -> bool:
    """The page has controls for turning back or to the end."""
    return any(TURNED.match(control.label) for control in controls(page))


def counted(page: Page) -> int | None:
    """How many entries the list says it has."""
    return max(map(int, RECORDS.findall(page.html)), default=None)


def announced(page: Page) -> int | None:
    """How many pages the list says it has."""
    counts = [call.pages for call in calls(page.html)]
    counts += [int(count) for pattern in WRITTEN for count in pattern.findall(page.html)]
    return max([*counts, *scripted(page)], default=None)


def scripted(page: Page) -> tuple[int, ...]:
    """The page numbers of a pager that only script turns, where one leads to the second page."""
    found = [int(label) for element in page.tree.iter("a", "button", "span", "li")
             if (label := _number_label(element)) and _turns_by_script(page, element)]
    return tuple(found) if 2 in found else ()


def numbered(page: Page) -> dict[int, str]:
    """Pages from the second on that are linked by their number, in order."""
    found: dict[int, str] = {}
    for link in page.links:
        label = AROUND.sub("", link.text)
        if link.tag == "a" and label.isdecimal() and 1 < int(label) <= MOST and _is_page(link.url, page, int(label)):
            found.setdefault(int(label), link.url)
    return dict(sorted(found.items()))


def controls(page: Page) -> Iterator[Control]:
    """Everything on a page that could be pressed, labelled as its reader sees it."""
    for element in page.tree.iter("a", "button", "input", "span", "li", "em", "i"):
        script = element.get("onclick") or ""
        pressable = element.tag in ("a", "button", "input") or bool(script)
        label = _label(element) if pressable else ""
        if not label:
            continue
        url = _address(page, element, script)
        if label not in SIGNS or _in_pager(element) or (url is not None and _of_same_list(url, page)):
            yield Control(label, url, _off(element))


def is_next(control: Control) -> bool:
    """The control is called 下一页 or the like."""
    return bool(NEXT.match(control.label))


def calls(text: str) -> tuple[Call, ...]:
    """The calls of createPageHTML in a page: (pages, current, stem, ending), with an element's id before them or not,
    and with a class, a count of records or both behind."""
    found = (_call(list(_arguments(match[1]))) for match in CALL.finditer(text))
    return tuple(call for call in found if call is not None)


def _is_page(url: str, page: Page, number: int) -> bool:
    """The address stands beside this page's and carries the number, or the one before it."""
    if not folder(url).startswith(folder(page.url)) or url == page.url:
        return False
    parts = urlsplit(url)
    return bool({str(number), str(number - 1)} & set(NUMBER.findall(f"{parts.path.rpartition('/')[2]}?{parts.query}")))


def _of_same_list(url: str, page: Page) -> bool:
    """The address differs from this page's by a number behind the list's name or in the query alone."""
    there, here = urlsplit(url), urlsplit(page.url)
    asked, given = (set(parse_qsl(parts.query)) for parts in (there, here))
    if there.netloc != here.netloc or TAIL.sub("", _file(there.path)) != TAIL.sub("", _file(here.path)):
        return False
    if there.path != here.path:
        return asked == given
    number = asked - given
    return len(number) == 1 and len(given - asked) <= 1 and all(
        PAGE_KEY.fullmatch(name) and value.isdecimal() for name, value in number | (given - asked))


def _file(path: str) -> str:
    """A folder stands for its first page."""
    return f"{path}index.html" if path.endswith("/") else path


def _number_label(element: lxml.html.HtmlElement) -> str:
    text = AROUND.sub("", str(element.text_content())) if len(element) == 0 else ""
    return text if text.isdecimal() and 0 < int(text) <= MOST else ""


def _turns_by_script(page: Page, element: lxml.html.HtmlElement) -> bool:
    script = element.get("onclick") or ""
    pressable = element.tag in ("a", "button") or bool(script)
    return pressable and _address(page, element, script) is None and _paging(element)


def _paging(element: lxml.html.HtmlElement) -> bool:
    """The element stands in something that calls itself a pager, or beside 页: dots of a slide show do not."""
    around = [*element.iterancestors()][:3]
    named = any(PAGING.search(f"{one.get('class') or ''} {one.get('id') or ''}") for one in around)
    return named or any("页" in str(one.text_content())[:200] for one in around[:2])


def _label(element: lxml.html.HtmlElement) -> str:
    image = element.find(".//img")
    texts = (str(element.text_content()), element.get("value"), element.get("title"),
             image.get("alt") if image is not None else None)
    text = next((squeeze(text) for text in texts if text and text.strip()), "")
    if not text and NAMED.search(element.get("class") or "") and _paging(element):
        return "下一页"
    return ARROWS.sub("", AROUND.sub("", text)) if len(text) < 12 else ""


def _in_pager(element: lxml.html.HtmlElement) -> bool:
    """Arrows also turn pictures: those of a pager stand beside page numbers."""
    parent = element.getparent()
    around = parent.getparent() if parent is not None and parent.tag in ("li", "span") else parent
    return around is not None and bool(re.search(r"\d|页", str(around.text_content())[:200]))


def _address(page: Page, element: lxml.html.HtmlElement, script: str) -> str | None:
    reference = (element.get("href") or "").strip()
    if reference and not reference.lower().startswith(("javascript:", "#")):
        return absolute(page.url, reference)
    match = ADDRESS.search(script) or ADDRESS.search(reference)
    return absolute(page.url, match[1]) if match else None


def _off(element: lxml.html.HtmlElement) -> bool:
    parent = element.getparent()
    around = parent.get("class") if parent is not None and parent.tag in ("li", "span") else None
    classes = f"{element.get('class') or ''} {around or ''}"
    return bool(OFF.search(classes)) or element.get("disabled") is not None


def _arguments(text: str) -> Iterator[str | int]:
    for match in ARGUMENT.finditer(text):
        yield int(match[3]) if match[3] else match[1] or match[2] or ""


def _call(arguments: list[str | int]) -> Call | None:
    if arguments and isinstance(arguments[0], str):
        arguments = arguments[1:]
    match arguments:
        case [int(pages), int(current), str(stem), str(ending), *rest]:
            records = next((one for one in rest if isinstance(one, int)), None)
            return Call(pages, current, stem, ending.lstrip("."), records)
    return None
