"""A report whose text stands only in a script of its page: crawled, kept, read, and looked at again."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from archive import bundles, registry
from archive.bundles import Known, Outcome
from archive.clock import iso
from archive.home import Home
from archive.ingest import ingest
from archive.known import known
from archive.ledger import open_ledger
from archive.refresh import refresh
from archive.volumes import Volumes
from crawler.replicas.sites.serve import DAY, serving
from crawler.replicas.sites.world import counties, spec

YEARS = (2024, 2025)


def crawled(home, county, told, now):
    """One crawl of a county at an instant; its bundle's folder."""
    bundles.write(home.incoming / f"{county}.json", told)
    ended = subprocess.run(
        [sys.executable, "-m", "crawler", county, "--portals", str(home.portals), "--known", str(home.incoming),
         "--out", str(home.incoming)], env=os.environ | {"NIANBAO_NOW": iso(now)}, capture_output=True, text=True,
        check=True)
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    return next(home.incoming / event["bundle"] for event in events if event["event"] == "bundle")


def taken(home, path, now):
    """Take a bundle in and read it; the publications."""
    with open_ledger(home) as db:
        volumes = Volumes(home.warc)
        ingest(db, volumes, path, now=now)
        refresh(db, volumes, registry.load(home.portals))
        return list(db.query(
            "SELECT url, sha256, page_sha256, versions, (SELECT count(*) FROM table3 WHERE table3.publication ="
            " publications.id) AS rows FROM publications ORDER BY url"))


@pytest.mark.slow
def test_a_text_that_only_a_script_holds_is_read_and_stays_when_its_page_is_not_modified(tmp_path):
    home = Home(tmp_path)
    home.make()
    (county,) = counties(1)
    later = DAY + timedelta(days=8)                      # every re-check is due by then
    with serving([spec("gkmlpt", county, "shared", "script_body", years=YEARS)], DAY) as sites:
        sites.write_portals(home.portals)
        first = crawled(home, county, Known(county, YEARS, delay_seconds=0.0, allow_private_addresses=True), DAY)
        read = taken(home, first, DAY)
        with open_ledger(home) as db:
            told = known(db, registry.load(home.portals).resolve(county), now=later, delay_seconds=0.0,
                         allow_private=True)
        second = crawled(home, county, told, later)
        again = taken(home, second, later)
        asked = [one.path for one in sites.asked(county)]
    assert read
    assert all(one["rows"] and one["sha256"] != one["page_sha256"] for one in read)
    assert again == read
    candidates = bundles.read_crawl(second / bundles.CRAWL_NAME).candidates
    assert {candidate.outcome for candidate in candidates} == {Outcome.NOT_MODIFIED}
    assert {file.outcome for candidate in candidates for file in candidate.attachments} == {Outcome.HELD}
    assert not any("urn" in path for path in asked)
