"""Puts a report together: title, preamble, six parts, three tables. Deterministic for a body and a year."""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from crawler.replicas import form
from crawler.replicas.figures import Figures
from crawler.replicas.places import Issuer, seeded

_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Line:
    """Running text; level 1 is one of the six parts, 2 a heading inside a part, 0 a paragraph."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """A report as composed, before it takes the form of a page or a file."""

    title: str
    blocks: tuple[Line | form.Table, ...]

    @property
    def tables(self) -> tuple[form.Table, ...]:
        return tuple(block for block in self.blocks if isinstance(block, form.Table))


def compose(issuer: Issuer, year: int, figures: Figures, *, fee_year: int | None = None) -> Paper:
    """The report of one body and year. `fee_year` is the year that the fee statement names, when it is not its own."""
    chance = seeded(issuer.key, year, "prose")
    words = _Words(issuer, year, chance)
    first, second, third = form.tables(figures.cells)
    blocks: list[Line | form.Table] = [
        *_preamble(issuer, year),
        Line("一、总体情况", 1),
        *_general(words, figures),
        Line("二、主动公开政府信息情况", 1),
        first,
        Line("三、收到和处理政府信息公开申请情况", 1),
        second,
        Line("四、政府信息公开行政复议、行政诉讼情况", 1),
        third,
        Line("五、存在的主要问题及改进情况", 1),
        *_problems(words),
        Line("六、其他需要报告的事项", 1),
        *_other(words, fee_year),
    ]
    return Paper(title_of(issuer, year), tuple(blocks))


def title_of(issuer: Issuer, year: int) -> str:
    """The usual title."""
    return f"{issuer.full}{year}年政府信息公开工作年度报告"


@functools.cache
def _pool() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name("prose.toml")).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Words:
    """Draws sentences and fills in whose report of which year it is."""

    issuer: Issuer
    year: int
    chance: Random

    def fill(self, sentence: str, **values: object) -> str:
        return sentence.format(T=self.issuer.short, me=self.issuer.me, Y=self.year, **values)

    def one(self, sentences: Sequence[str], **values: object) -> str:
        return self.fill(self.chance.choice(sentences), **values)

    def several(self, sentences: Sequence[str], number: int) -> list[str]:
        return [self.fill(sentence) for sentence in self.chance.sample(sentences, number)]


def _preamble(issuer: Issuer, year: int) -> list[Line]:
    return [
        Line(
            f"本报告由{issuer.full}按照《中华人民共和国政府信息公开条例》（国务院令第711号，以下简称《条例》）和"
            "《中华人民共和国政府信息公开工作年度报告格式》（国办公开办函〔2021〕30号）要求编制。"
        ),
        Line(
            "本报告内容包括总体情况、主动公开政府信息情况、收到和处理政府信息公开申请情况、政府信息公开行政复议和"
            "行政诉讼情况、存在的主要问题及改进情况、其他需要报告的事项等六部分。"
        ),
        Line(
            f"本报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。本报告电子版可在{issuer.county}人民政府网站"
            f"（{issuer.portal}）查阅或下载。如对本报告有疑问，请与{issuer.full}联系（地址：{issuer.address}，"
            f"邮政编码：{issuer.postcode}，联系电话：{issuer.phone}，电子邮箱：{issuer.email}）。"
        ),
    ]


def _general(words: _Words, figures: Figures) -> list[Line]:
    pool = _pool()
    return [
        Line(words.one(pool["opening"])),
        Line("（一）主动公开", 2),
        Line(_active(words, figures) + words.one(pool["active"]["more"])),
        Line("（二）依申请公开", 2),
        Line(_requests(words, figures)),
        Line("（三）政府信息管理", 2),
        Line(_management(words, figures)),
        Line("（四）政府信息公开平台建设", 2),
        Line("".join(words.several(pool["platform"]["lines"], 2))),
        Line("（五）监督保障", 2),
        Line(
            words.one(pool["supervision"]["lines"]) + words.fill(pool["supervision"]["training"], n=figures.trainings)
        ),
    ]


def _active(words: _Words, figures: Figures) -> str:
    pool = _pool()["active"]
    if not figures.topics:
        return words.one(pool["plain"], n=figures.active)
    parts = "、".join(f"{label}{count}条" for label, count in figures.topics)
    return words.one(pool["parts"], n=figures.active, parts=parts)


def _requests(words: _Words, figures: Figures) -> str:
    pool = _pool()["requests"]
    received, brought, left = (
        figures.cells[f"t3.{row}.total"] for row in ("new_received", "carried_in", "carried_out")
    )
    sentences = [words.one(pool["some"], n=received) if received else words.one(pool["none"])]
    if brought:
        sentences.append(words.fill(pool["carried_in"], n=brought))
    if left:
        sentences.append(words.fill(pool["carried_out"], n=left))
    return "".join([*sentences, words.one(pool["peace"])])


def _management(words: _Words, figures: Figures) -> str:
    pool = _pool()["management"]
    flow = {name: figures.cells[f"t2.normative_documents.{name}"] for name, _ in form.FLOWS}
    stock = words.fill(pool["documents"], **flow) if flow["in_force"] else ""
    return "".join(words.several(pool["lines"], 2)) + stock


def _problems(words: _Words) -> list[Line]:
    pool = _pool()["problems"]
    problems = words.several(pool["lines"], 2)
    steps = words.several(pool["steps"], 2)
    return [
        Line("（一）存在的主要问题", 2),
        Line(f"工作中还存在一些不足：一是{problems[0]}；二是{problems[1]}。"),
        Line("（二）改进情况", 2),
        Line(f"针对上述问题，下一步将采取以下措施：一是{steps[0]}；二是{steps[1]}。"),
    ]


def _other(words: _Words, fee_year: int | None) -> list[Line]:
    pool = _pool()["other"]
    fee = (
        words.one(pool["fee"])
        if fee_year is None
        else f"{fee_year}年度，{words.issuer.me}未收取政府信息公开信息处理费。"
    )
    parts = (
        ("收取信息处理费的情况", fee),
        ("落实上级年度政务公开工作要点情况", words.one(pool["points"])),
        ("人大代表建议和政协提案办理结果公开情况", words.one(pool["proposals"])),
        ("政务公开工作创新情况", words.one(pool["novelty"])),
        ("其他有关文件专门要求通过政府信息公开工作年度报告予以报告的事项", "无。"),
    )
    lines = [(Line(f"（{_NUMERALS[number]}）{heading}", 2), Line(text)) for number, (heading, text) in enumerate(parts)]
    return [line for pair in lines for line in pair]
