"""P: period, contact, legal basis, and what the opening says about the report."""

import re

from archive.report import contacts
from archive.report.checking import ALL, NOT_APPLICABLE, PASS, UNKNOWN, Case, Outcome, Said, fail, fail_at
from archive.report.counts import read_numeral
from archive.report.dates import read_period
from archive.report.narrative import REQUESTS, preamble
from archive.report.prose import subsection

_PERIOD_WORDS = re.compile(r"统计(?:期|时|周期|区间)|期限|所列数据|12月31日")
_CONTACT_WORDS = re.compile(r"电话|邮箱|邮编|邮政编码|地址|联系方式|传真|E-?mail", re.I)
_CONTENTS = re.compile(r"报告[^。;\n]{0,24}?(?:包括|包含|分为|共分|涵盖|由(?=[^。\n]{4,160}(?:组成|构成)))"
                       r"(?P<list>[^。\n]{10,200})")
_PART_COUNT = re.compile(r"(?P<n>[一二两三四五六七八九十]{1,2}|\d{1,2})(?:个)?(?:大)?(?:部分|方面|章)")
_PART_NAMES = re.compile(r"总体|概述|概况|基本情况|申请情况|处理|复议|诉讼|问题|不足|改进|其他|其它|需要报告")
_NUMBERED_NOTICE = re.compile(r"(?:公开办|格式》?)[^。;]{0,12}[〔\[(]20\d\d(?:年)?[〕\])]第?\d+号")
_NOTICE_IN_FORCE = re.compile(r"国办公开办函[〔\[(]2021[〕\])]30号")
_OLD_NOTICE = re.compile(r"国办公开办函[〔\[(]2019[〕\])]60号")
_OLD_DECREE = re.compile(r"492号")
_NEW_DECREE = re.compile(r"711号|2019年[^。,]{0,12}修[订正]")
_CONTACT_PARTS = ("s0", "s6", "s1")
_FEWEST_PARTS = 3                      # 一方面 and 两个方面 count no parts
_HOT_LINE = 6                          # digits
_NOTICE = re.compile(r"年度报告格式|国办公开办函")
_LIMITED = re.compile(r"[镇乡](?:域内|域|辖区内|内)(?:的)?村民|辖区(?:内)?(?:的)?(?:居民|村民|群众)(?:要求|申请|提出)")
_COMMERCIAL = re.compile(
    r"@(?:vip\.)?(?:(?:163|126|qq|foxmail|139|189|sohu|yeah|gmail|hotmail|outlook|tom|21cn|aliyun)\.(?:com|net|cn)$|sina\.)",
    re.I)


def period_told(case: Case) -> Outcome:
    """The report says which period its figures cover."""
    if case.known.identity.period_start:
        return PASS
    if not case.whole or _PERIOD_WORDS.search(case.all_text):
        return UNKNOWN
    return fail("没有说明数据的统计期限", attribution=case.told)


def period_right(case: Case) -> Outcome:
    """The period is the report year, 1 January to 31 December."""
    start, end = case.known.identity.period_start, case.known.identity.period_end
    if start is None or end is None or case.year is None:
        return UNKNOWN
    if (start, end) == (f"{case.year}-01-01", f"{case.year}-12-31"):
        return PASS
    said = case.saying(*ALL, that=lambda text: read_period(text).start == start)
    return fail_at(f"统计期限是{start}至{end}，报告年度是{case.year}年", said, case)


def contact_told(case: Case) -> Outcome:
    """The report says how to reach its office."""
    if any(case.fact(key) for key in ("contact_phone", "contact_email", "contact_address")):
        return PASS
    if not case.whole or _CONTACT_WORDS.search(case.text("s0", "s1", "s6")):
        return UNKNOWN
    return fail("没有提供联系方式", attribution=case.told)


def _after_contact(case: Case) -> Outcome | None:
    """Without any contact its details are no findings of their own."""
    told = contact_told(case)
    return None if told.result == "pass" else NOT_APPLICABLE if told.result == "fail" else UNKNOWN


def address_told(case: Case) -> Outcome:
    """The address is more than the name of the office."""
    stopped = _after_contact(case)
    if stopped:
        return stopped
    address, identity = case.fact("contact_address"), case.known.identity
    if address is None:
        return fail("联系方式里没有地址", attribution=case.told)
    names = [name for name in (identity.issuer, case.fact("contact_office"), identity.township) if name]
    bare = any(address in (name, f"{name}人民政府", f"{name}办事处") or address in name for name in names)
    return fail_at(f"联系地址只写了“{address}”", _contact(case, "address", address), case) if bare else PASS


def _contact(case: Case, name: str, value: str) -> Said | None:
    """Where a piece of the contact stands."""
    return case.saying(*_CONTACT_PARTS, that=lambda text: getattr(contacts.read_contacts(text), name) == value)


def email_told(case: Case) -> Outcome:
    """There is an e-mail address."""
    stopped = _after_contact(case)
    return stopped or (PASS if case.fact("contact_email") else fail("没有提供电子邮箱", attribution=case.told))


def basis_told(case: Case) -> Outcome:
    """The report cites the Regulations and the notice on the form in force, with its number."""
    text = case.text("s0", "s1")
    if case.year is None or not case.whole:
        return UNKNOWN
    old = case.find(_OLD_NOTICE, "s0", "s1")
    if old and case.year >= 2021 and not _NOTICE_IN_FORCE.search(text):
        return fail_at("编制依据引用了已被取代的2019年试行格式通知", old, case, severity="warning")
    old = case.find(_OLD_DECREE, "s0", "s1")
    if old and not _NEW_DECREE.search(text):
        return fail_at("编制依据引用了修订前的《条例》（第492号令）", old, case, severity="warning")
    if "条例" not in text:
        return fail("没有说明编制依据", attribution=case.told)
    if not _NOTICE.search(text):
        return fail("编制依据没有提到年度报告格式的通知", attribution=case.told)
    if _NUMBERED_NOTICE.search(text):
        return PASS
    return fail_at("引用了年度报告格式，但没有文号", case.find(_NOTICE, "s0", "s1"), case)


def contents_told(case: Case) -> Outcome:
    """What the opening says about the parts agrees with them."""
    said = case.find(_CONTENTS, "s0")
    match = _CONTENTS.fullmatch(said.text) if said else None
    if match is None:
        return NOT_APPLICABLE
    listed = match["list"]
    if not _PART_NAMES.search(listed):
        return fail_at("开头所列内容不是报告的六个部分", said, case)
    number = _PART_COUNT.search(listed)
    stated = _number(number["n"]) if number else None
    if stated is None or stated < _FEWEST_PARTS or stated == len(case.parts):
        return PASS
    if len(case.parts) < 6 or len(case.known.sections) != 7:
        return UNKNOWN
    return fail_at(f"开头说有{stated}个部分，实际有6个", said, case, severity="warning")


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else read_numeral(text)


def portal_told(case: Case) -> Outcome:
    """The report says at which address it can be read."""
    if case.fact("portal_url"):
        return PASS
    return fail("没有提供电子版的网址", attribution=case.told) if case.whole else UNKNOWN


def mailbox_official(case: Case) -> Outcome:
    """The mailbox is not one of a commercial provider."""
    email = case.fact("contact_email")
    if not email:
        return NOT_APPLICABLE
    if not _COMMERCIAL.search(email):
        return PASS
    return fail_at(f"联系邮箱不是政务邮箱：{email}", _contact(case, "email", email), case)


def anyone_may_ask(case: Case) -> Outcome:
    """The part on requests does not speak as if only residents could apply."""
    text = subsection(case.text("s1"), REQUESTS)
    if text is None:
        return UNKNOWN
    match = _LIMITED.search(text)
    if match is None:
        return PASS
    said = case.saying("s1", that=lambda sentence: match.group() in sentence)
    return fail_at(f"依申请公开的表述限定了申请人：“{match.group()}”", said, case)


def at_the_opening(case: Case) -> Outcome:
    """Period and contact stand at the opening."""
    elsewhere: dict[str, Said | None] = {}
    start = case.known.identity.period_start
    if start and read_period(case.text("s0")).start is None:
        elsewhere["统计期限"] = case.saying(*ALL, that=lambda text: read_period(text).start == start)
    if contact_told(case).result == "pass" and not _contact_in(case.text("s0")):
        elsewhere["联系方式"] = case.saying(*_CONTACT_PARTS, that=_contact_in)
    if not elsewhere:
        return PASS
    return fail(f"{'和'.join(elsewhere)}不在报告开头", attribution=case.told,
                places=[said.place for said in elsewhere.values() if said])


def _contact_in(text: str) -> bool:
    found = contacts.read_contacts(text)
    return bool(found.phone or found.email or found.address)


def phone_formed(case: Case) -> Outcome:
    """The telephone number has as many digits as one has."""
    opening = preamble(case.text("s0"), case.known.identity.title)
    tokens = [token for text in (opening, case.text("s6")) for token in contacts.phone_tokens(text)]
    # 12345 and its like are hot lines
    numbers = [token for token in tokens if len(re.sub(r"\D", "", token)) > _HOT_LINE]
    if not numbers:
        return NOT_APPLICABLE if case.fact("contact_phone") is None else PASS
    bad = next((token for token in numbers if not contacts.is_phone(token)), None)
    if bad is None:
        return PASS
    said = case.saying("s0", "s6", that=lambda text: bad in contacts.phone_tokens(text))
    return fail_at(f"联系电话格式不对：{bad}", said, case)
