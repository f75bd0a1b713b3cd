"""A code in an address says whose column it is, once any page has named its body."""

import pytest

from archive import divisions, registry
from crawler import discovery
from crawler.bodies import Bodies, codes
from crawler.discovery import Step
from crawler.families.areas import ALPHABET, checked
from crawler.pages import Page

PORTAL = registry.Portal("370828", divisions.county("370828").name, "x", "http://h/", frozenset({"h"}), None)
BUJI, YUSHAN = PORTAL.find_township("卜集镇"), PORTAL.find_township("鱼山街道")


def credit(county, number):
    """A unified social credit code with the right last character."""
    stem = f"11{county}{number:09d}"
    return next(stem + sign for sign in ALPHABET if checked(stem + sign))


OURS, OTHER = credit("370828", 4300001), credit("371526", 4300001)


def page(body="", *, url="http://h/", title="金乡县人民政府"):
    return Page(url, f"<html><head><title>{title}</title></head><body>{body}</body></html>", url)


def taught(*names):
    bodies = Bodies(PORTAL)
    bodies.learn(page("".join(f'<a href="/col/?area={OURS}&k={at}">{name}</a>' for at, name in enumerate(names))))
    return bodies


def test_one_page_that_names_a_body_teaches_its_code_for_all_addresses():
    bodies = taught("卜集镇")
    assert bodies.owner([f"/gk/{OURS}/nb/"]) == BUJI
    assert bodies.owner([f"/gk/{OURS}/nb/", f"/gk/{credit('370828', 5)}/1.html"]) is None


def test_a_columns_own_words_teach_its_code():
    bodies = Bodies(PORTAL)
    bodies.learn(page(url=f"http://h/gk/{OURS}/", title="鱼山街道办事处"))
    assert bodies.owner([f"/gk/{OURS}/nb/"]) == YUSHAN


def test_a_code_that_two_bodies_are_named_beside_is_nobodys():
    assert taught("卜集镇", "鱼山街道").owner([f"/gk/{OURS}/nb/"]) is None


@pytest.mark.parametrize(("code", "abroad"), [
    (OURS, False), (OTHER, True), (OTHER[:-1] + ("0" if OTHER[-1] != "0" else "1"), False), ("00430000-1", False),
    (credit("379999", 1), False)])
def test_only_a_checked_code_of_another_county_that_there_is_vetoes(code, abroad):
    assert Bodies(PORTAL).abroad(f"http://h/gk/{code}/nb/") is abroad


def test_a_number_whose_check_is_wrong_is_no_code():
    assert codes(f"http://h/{OURS}/") == {OURS}
    assert codes("http://h/202601100000123456/12345678-9/") == frozenset()


def test_a_code_goes_before_the_way_and_the_columns_words_before_the_code():
    silent = page(url=f"http://h/gk/{OURS}/nb/", title="政府信息公开年报")
    step = Step("http://h/x/", ("鱼山街道",), YUSHAN)
    told = {"portal": PORTAL, "belongs": True, "coded": BUJI}
    assert discovery.owner(silent, step, (), **told) == BUJI
    assert discovery.owner(page(title="鱼山街道政府信息公开年报"), step, (), **told) == YUSHAN
    assert discovery.owner(silent, step, ("鱼山街道2025年政府信息公开工作年度报告",), **told) is None
