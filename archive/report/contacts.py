"""Whom to ask about a report, and where it can be read."""

import re
from dataclasses import dataclass

URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?::\d+)?(?:/[A-Za-z0-9._~%/?=&#:+-]*)?", re.I)
EMAIL = re.compile(r"(?<![A-Za-z0-9._+-])[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")
_DASH = "-‐‑–—―－ "
_AREA = rf"(?:\(?0\d{{2,3}}\)?[{_DASH}]*)"
PHONE = re.compile(rf"(?<![\d-])(?:{_AREA}\d{{7,8}}|[2-9]\d{{6,7}}|1[3-9]\d{{9}})(?!\d)")
# national or with the country's code; mobile; 400; a city's hot line behind its area code
_PHONE_DIGITS = re.compile(r"(?:86)?(?:0\d{2,3})?\d{7,8}|86[1-9]\d{1,2}\d{7,8}|(?:86)?1[3-9]\d{9}|[48]00\d{7}"
                           r"|(?:0\d{2,3})?(?:1[12]|9[56])\d{3,4}")
PHONE_LABEL = re.compile(r"(?:联系|咨询|办公|监督)?(?:电话|方式)(?:号码)?(?:[(/、]?传真\)?)?[:是为]*(?=[(+\d])")
PHONE_TOKEN = re.compile(rf"[(+\d][\d(){_DASH}]{{3,}}\d")
_ADDRESS = re.compile(r"(?:地址|地点)[:是为]*(?P<text>[^,;。:\n()]{2,60}?(?:\([^()\n:]{1,20}\))?)"
                      r"(?=[,;。\n()]|邮[政编]|联系|(?:办公|咨询|监督)?电话|电子"
                      r"|传真|$)")
_POSTCODE = re.compile(r"邮(?:政)?编(?:码)?[:是为]*(?P<text>\d{6})(?!\d)")
_OFFICES = (
    re.compile(r"(?:机构名称|联系(?:机构|单位|部门|科室|股室)|受理机构|办公机构)[:为]+"
               r"(?P<text>[\u4e00-\u9fff()]{2,40}?)(?=[,;。\n]|联系|电话|地址|$)"),
    re.compile(r"(?:请|可)(?:直接)?(?:与|向|同|联系|致电)(?P<text>[\u4e00-\u9fff]{2,40}?)(?:进行)?(?:联系|咨询"
               r"|反映|反馈|,|\()"),
)
_STATEMENT = re.compile(r"联系|咨询|疑问|电话|邮箱|邮编|邮政编码|地址|机构名称")


@dataclass(frozen=True, slots=True)
class Contacts:
    """As printed; None where the text does not say."""

    portal_url: str | None = None
    office: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    postcode: str | None = None


def read_contacts(text: str) -> Contacts:
    """The contact statement in a squashed text."""
    lines = "\n".join(line for line in text.split("\n") if _STATEMENT.search(line))
    email = EMAIL.search(text)
    return Contacts(
        portal_url=_url(text),
        office=next((match["text"] for pattern in _OFFICES if (match := pattern.search(lines))), None),
        phone=_phone(lines),
        email=email.group() if email else None,
        address=_first(_ADDRESS, lines),
        postcode=_first(_POSTCODE, lines),
    )


def joined(first: Contacts, second: Contacts) -> Contacts:
    """What the first says, completed by the second."""
    names = ("portal_url", "office", "phone", "email", "address", "postcode")
    return Contacts(**{name: getattr(first, name) or getattr(second, name) for name in names})


def phone_tokens(text: str) -> list[str]:
    """What is printed behind a label for a telephone."""
    return [token.group().rstrip(_DASH) for label in PHONE_LABEL.finditer(text)
            if (token := PHONE_TOKEN.match(text, label.end()))]


def is_phone(token: str) -> bool:
    """Whether digits make a telephone number: with or without area code, a mobile or a 400 number, an extension."""
    digits = re.sub(r"\D", "", token)
    return bool(PHONE.match(token) or _PHONE_DIGITS.fullmatch(digits))


def _phone(text: str) -> str | None:
    for label in PHONE_LABEL.finditer(text):
        match = PHONE.match(text, label.end())
        if match:
            return re.sub(rf"[{_DASH}]+", "-", match.group().replace("(", "").replace(")", "-")).strip("-")
    return None


def _url(text: str) -> str | None:
    without_mail = EMAIL.sub(" ", text)
    match = URL.search(without_mail)
    return match.group().rstrip(".") if match else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["text"] if match else None
