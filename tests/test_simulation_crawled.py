"""A season of two counties through real crawls, held against the truth, its evidence read again by the checker."""

import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from click.testing import CliRunner

from crawler.replicas.sites import world as sites
from crawler.replicas.sites.model import Paper as Article
from crawler.replicas.sites.served import Served
from crawler.replicas.sites.told import Entry, Silent
from crawler.replicas.web import Request
from crawler.replicas.web import World as Now
from monitor.cli import main
from tests.simulation import checker
from tests.simulation.crawled import play
from tests.simulation.world import County, Hurdle, Obstacle, Paper, Shape, Span, State, Township, World, at

DAYS = tuple(at(day, 10) for day in (date(2026, 2, 1), date(2026, 2, 2), date(2026, 3, 10), date(2026, 4, 2)))
SEED = 9                       # chooses the software of both portals
HOME = "http://127.0.0.1"


def paper(code, up, *, claims="up", tag="", column=None, change=None, **spans):
    """A township's report of 2025: up from a day on, claiming that day or another one (None: no day)."""
    up = at(up, 9)
    states = (State(up, up.date() if claims == "up" else claims),)
    states += (State(at(change, 9), states[0].claims, more=1),) if change else ()
    return Paper(f"{code}{tag}", column or code, 2025, code, 2025, up, states,
                 **{name: (Span(at(day, 9)),) for name, day in spans.items()})


def happens(codes):
    """What happens in either county: every fate once."""
    on_time, _never, backdated, withdrawn, changed = codes[0]
    late, undated, dead, lent, robbed = codes[1]
    jan, feb, march = date(2026, 1, 12), date(2026, 2, 20), date(2026, 3, 5)
    first = (paper(on_time, jan), paper(backdated, feb, claims=date(2026, 1, 30)),
             paper(withdrawn, jan, unlisted=march, dead=march), paper(changed, jan, change=march))
    second = (paper(late, date(2026, 2, 5)), paper(undated, date(2026, 2, 1), claims=None),
              paper(dead, jan, dead=march), paper(lent, jan), paper(lent, jan, tag="b", column=robbed))
    listing = Obstacle(Hurdle.LISTING, Span(at(date(2026, 4, 1))), on_time)
    down = Obstacle(Hurdle.DOWN, Span(at(date(2026, 2, 2)), at(date(2026, 2, 3))))
    return (Shape.OWN, first, listing), (Shape.SHARED, second, down)


def world():
    """Two small counties; one township never publishes anything, and one's link leads to another one's report."""
    codes = sites.counties(2, at_least=5, at_most=5)
    places = [[place.code for place in sites.county(code).places] for code in codes]
    return World(SEED, tuple(_county(code, *told) for code, told in zip(codes, happens(places), strict=True)))


def _county(code, shape, papers, obstacle):
    townships = tuple(Township(place.code, place.name, "", "none", tuple(
        one for one in papers if one.column == place.code)) for place in sites.county(code).places)
    return County(code, sites.county(code).name, shape, 3, 2025, date(2026, 1, 31), None, townships, (obstacle,), DAYS)


def within(words, environment):
    """A command in this process, which is quicker; its crawls are processes of their own all the same."""
    done = CliRunner().invoke(main, words, env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    *_, (_, run) = play(tmp_path_factory.mktemp("season"), world(), within)
    return run


@pytest.mark.slow
def test_statuses_and_findings_are_the_truth_on_every_day(played):
    assert played.faults == []
    assert played.counted["duties"] == len(DAYS) * len(played.rows)
    statuses = {row["status"] for row in played.rows}
    assert statuses == {"on_time", "late", "missing", "undated", "withdrawn"}
    assert {"T02", "T05", "T08", "T09", "T10", "L01", "L04", "L05"} <= {one["code"] for one in played.findings}


@pytest.mark.slow
def test_nobody_is_accused_of_what_is_not_so(played):
    assert played.counted["accusations"] > 5
    assert played.counted["false"] == 0


@pytest.mark.slow
def test_every_accusation_is_borne_out_by_the_volumes_alone(played):
    assert played.counted["checked"] > 10
    assert played.counted["refused"] == 0


@pytest.mark.slow
def test_what_explain_names_is_enough_to_check_an_accusation(played):
    told = next(row for row in played.rows if row["status"] == "missing" and row["confirmed"])
    evidence = checker.Evidence(checker.explained(played.home, told))
    assert {one.kind for one in map(evidence.record, told["evidence"])} >= {"response"}
    (accusation,) = checker.accusations([told], [])
    others = tuple(row["township"] for row in played.rows if row["county"] == told["county"])
    assert checker.check(replace(accusation, body=checker.Body(told["township"], others)), evidence) is None


# A site that is told what to show: every family does so.

@dataclass(frozen=True)
class Stands:
    """What stands on a site at any time."""

    shown: tuple
    mute: tuple = ()

    def entries(self, _now):
        return self.shown

    def switches(self, _now):
        return {}

    def silent(self, _now):
        return self.mute


def _site(family, *entries, silent=()):
    served = Served(replace(sites.spec(family, "522633"), told=Stands(entries, silent)), DAYS[0])
    served.addresses = (HOME, f"{HOME}:8080", f"{HOME}:8081")
    return served


def _entry(number, place, link, answers=True):
    title = f"从江县{place.name}人民政府2025年政府信息公开工作年度报告"
    article = Article(1_234_000 + number, title, DAYS[0], DAYS[0].date(), f"<p>{title}全文。</p>", place, 2025)
    return Entry(article, place, title if link else None, answers)


def _walked(served):
    """Every page that links lead to from the home page: address → answer."""
    seen, queue = {}, ["/"]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        address = urlsplit(path)
        request = Request(address.path, dict(parse_qsl(address.query)), HOME, Now(DAYS[0]), {":address": path})
        seen[path], _ = served.answer(request, 0)
        base = urljoin(HOME, path)
        links = (urljoin(base, link) for link in re.findall(r"""href=["']([^"'#]+)""", seen[path].body.decode()))
        queue += [link.removeprefix(HOME) for link in links if link.startswith(HOME)]
    return seen


@pytest.mark.parametrize("family", ["trs", "generic", "henan"])
def test_what_is_told_is_listed_or_stands_there(family):
    one, two, three = sites.county("522633").places[:3]
    served = _site(family, _entry(1, one, link=True), _entry(2, two, link=True, answers=False),
                   _entry(3, three, link=False))
    pages = _walked(served)
    listed = "".join(page.body.decode() for page in pages.values())
    assert f"{one.name}人民政府2025年政府信息公开工作年度报告全文" in listed
    assert f"{two.name}人民政府2025年" in listed
    assert f"{two.name}人民政府2025年政府信息公开工作年度报告全文" not in listed
    assert f"{three.name}人民政府2025年" not in listed
    assert 404 in {page.status for page in pages.values()}


@pytest.mark.parametrize("family", ["trs", "generic", "henan"])
def test_a_silent_list_answers_503_and_the_others_do_not(family):
    one, two = sites.county("522633").places[:2]
    served = _site(family, _entry(1, one, link=True), silent=(Silent(two),))
    assert [page.status for page in _walked(served).values()].count(503) == 1
