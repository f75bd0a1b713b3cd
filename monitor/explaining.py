"""The command `nianbao explain`: one duty's whole story, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from archive import clock
from archive.home import Home
from monitor.options import as_of_option, json_option, print_json

if TYPE_CHECKING:
    from monitor.events import Event
    from monitor.settings import Language
    from monitor.story import Story

FEW = 3                               # so many alike in a row are told one by one
INDENT = " " * 20
COLOURS = {"on_time": "green", "late": "yellow", "missing": "red", "withdrawn": "red"}


@click.command()
@click.argument("township")
@click.argument("year", type=int)
@click.option("--all", "everything", is_flag=True, help="Tell every look, also many in a row that say the same.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="The language; else that of the settings.")
@as_of_option
@json_option
@click.pass_context
def explain(ctx: click.Context, township: str, year: int, everything: bool, lang: Language | None,
            as_of: datetime | None, as_json: bool) -> None:
    """The whole story of TOWNSHIP's report of YEAR with its captures; a name or a code of 9 digits.

    \b
    Example:  nianbao explain 卜集镇 2025 --as-of 2026-02-16
    """
    from archive.ledger import open_ledger
    from monitor import story
    from monitor.work import open_work

    try:
        work = open_work(Home.find(ctx.obj))
    except ValueError as error:
        raise click.UsageError(f"NIANBAO_NOW: {error}") from error
    with open_ledger(work.home, read_only=True) as db:
        told = story.tell(db, work.registry, work.settings, township, year, as_of=as_of or work.now)
    if as_json:
        print_json([story.as_json(told)])
        return
    for line in lines(told, lang or work.settings.language, everything=everything):
        click.echo(line)


def lines(story: Story, language: Language, *, everything: bool = False) -> Iterator[str]:
    """The story as a person reads it; the numbers in brackets are those of the captures at its end."""
    from monitor.texts import say, word

    yield from _head(story, language)
    yield ""
    yield click.style(word("story_dates", language), bold=True)
    for text in story.dates:
        yield f"  {'  ' if text.key == 'day_from' else ''}{say(text, language)}"
    yield f"  {word('day_how', language)}"
    yield ""
    yield click.style(word("story_timeline", language), bold=True)
    yield from _timeline(story, language, everything=everything)
    yield from _findings(story, language)
    yield from _captures(story, language)


def _head(story: Story, language: Language) -> Iterator[str]:
    from monitor.texts import Text, say, word

    one, duty = story.judgement, story.judgement.duty
    name = f"{duty.county_name}{duty.township_name} ({duty.township})"
    at = Text("story_of", story.as_of, name=name, year=duty.report_year)
    yield click.style(say(at, language), bold=True)
    doubt = one.status == "missing" and not one.confirmed
    state = word("to_confirm" if doubt else one.status, language)
    comma = "、" if language == "zh" else ", "
    flags = f" [{comma.join(word(f'flag_{flag}', language) for flag in one.flags)}]" if one.flags else ""
    yield (f"{click.style(state, fg=COLOURS.get(one.status), bold=True)}{_rule(story, language)}{flags}: "
           f"{say(story.why, language)}{_references(one.evidence, story)}")


def _rule(story: Story, language: Language) -> str:
    """By which rule a report is late or missing, in brackets."""
    from monitor.texts import word

    one, duty = story.judgement, story.judgement.duty
    if one.past is None or one.status not in ("late", "missing"):
        return ""
    local = "basis_notice" if duty.notice else "basis_local"
    return word(local if one.past == "local" else "basis_outer" if duty.due_local else "basis_old", language)


def _timeline(story: Story, language: Language, *, everything: bool) -> Iterator[str]:
    from monitor.texts import Text, say

    for event, more in _folded(story.events, everything=everything):
        yield f"  {_moment(event.at)}  {say(event.text, language)}{_references(event.captures, story)}"
        yield from _difference(event, language)
        if more:
            same = say(Text("story_same", more[-1].at, name=str(len(more))), language)
            yield f"{INDENT}{same}{_references(more[-1].captures, story)}"


def _folded(events: Iterable[Event], *, everything: bool) -> Iterator[tuple[Event, list[Event]]]:
    """Events, looks that say the same as the look before as more of the same with the first of them."""
    runs: list[list[Event]] = []
    for event in events:
        if not event.said or everything:
            runs.append([event])
        elif (before := next((run for run in reversed(runs) if run[0].said), None)) and before[0].said == event.said:
            before.append(event)
        else:
            runs.append([event])
    told = [(run[0], run[1:]) for run in runs if len(run) > FEW]
    told += [(event, []) for run in runs if len(run) <= FEW for event in run]
    yield from sorted(told, key=lambda one: one[0].place)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def _references(ids: Iterable[str], story: Story) -> str:
    """The numbers of captures: ` [3 4]`."""
    numbers = {capture: number for number, capture in enumerate(story.captures, 1)}
    known = [str(numbers[one]) for one in ids if one in numbers]
    return click.style(f" [{' '.join(known)}]", dim=True) if known else ""


def _difference(event: Event, language: Language) -> Iterator[str]:
    from monitor.texts import word

    if event.difference is None:
        return
    yield from (f"{INDENT}{cell}" for cell in event.difference.cells)
    title = [event.difference.title] if event.difference.title else []
    marks = [(f"{word('story_title', language)}: ", pair) for pair in title]
    for name, (before, after) in [*marks, *(("", pair) for pair in event.difference.sentences)]:
        if before is not None:
            yield click.style(f"{INDENT}- {name}{before}", fg="red")
        if after is not None:
            yield click.style(f"{INDENT}+ {name}{after}", fg="green")


def _findings(story: Story, language: Language) -> Iterator[str]:
    from monitor.texts import say, word

    if story.findings:
        yield ""
        yield click.style(word("story_findings", language), bold=True)
    for one in story.findings:
        doubt = "" if one.confirmed else f" ({word('to_confirm_short', language)})"
        whose = word("not_settled" if one.attribution == "unknown" else one.attribution, language)
        comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
        yield (f"  {one.code} {word(one.severity, language)}{comma}{whose}{colon}{say(one.text, language)}{doubt}"
               f"{_references(one.evidence, story)}")


def _captures(story: Story, language: Language) -> Iterator[str]:
    """Every capture once: its id and time, where its record stands, its address and what it looked like."""
    from monitor.texts import word

    if story.captures:
        yield ""
        yield click.style(word("story_evidence", language), bold=True)
    for number, one in enumerate(story.captures.values(), 1):
        answer = f" {one.status}" if one.status else ""
        yield f"  {f'[{number}]':5} {_moment(clock.parse_instant(one.at))}  {one.record_type}{answer}  {one.url}"
        picture = _references([one.screenshot], story) if one.screenshot else ""
        shown = f"  {word('story_screenshot', language)}{picture}" if picture else ""
        yield click.style(f"{'':8}{one.page}  {one.volume} @ {one.offset}  sha256 {one.sha256 or '–'}{shown}", dim=True)
