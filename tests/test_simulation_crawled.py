"""A season of two counties through real crawls, held against the truth, its evidence read again by the checker."""

import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from click.testing import CliRunner

from crawler.replicas.sites import world as sites
from crawler.replicas.sites.model import Paper
from crawler.replicas.sites.served import Served
from crawler.replicas.sites.told import Entry, Silent
from crawler.replicas.web import Request, World
from monitor.cli import main
from tests.simulation import checker
from tests.simulation.crawled import play
from tests.simulation.world import at, make

DAYS = tuple(at(day, 10) for day in (date(2026, 2, 1), date(2026, 2, 2), date(2026, 3, 10), date(2026, 4, 2)))
SEED = 295                      # one county lists its townships apart, the other together; much happens in both


def within(words, environment):
    """A command in this process, which is quicker; its crawls are processes of their own all the same."""
    done = CliRunner().invoke(main, words, env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


HOME = "http://127.0.0.1"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    world = make(SEED, 2)
    world = replace(world, counties=tuple(replace(one, crawls=DAYS) for one in world.counties))
    *_, (_, run) = play(tmp_path_factory.mktemp("season"), world, within)
    return run


@pytest.mark.slow
def test_statuses_and_findings_are_the_truth_on_every_day(played):
    assert played.faults == []
    assert played.counted["duties"] == len(DAYS) * len(played.rows)


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
    article = Paper(1_234_000 + number, title, DAYS[0], DAYS[0].date(), f"<p>{title}全文。</p>", place, 2025)
    return Entry(article, place, title if link else None, answers)


def _walked(served):
    """Every page that links lead to from the home page: address → answer."""
    seen, queue = {}, ["/"]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        address = urlsplit(path)
        request = Request(address.path, dict(parse_qsl(address.query)), HOME, World(DAYS[0]), {":address": path})
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
