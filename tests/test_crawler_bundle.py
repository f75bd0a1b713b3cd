"""A bundle while it is written: who holds it, and what a reader sees meanwhile."""

import fcntl
import os
import threading

import pytest

from archive import bundles
from archive.bundles import Crawl, Verdict
from archive.clock import iso, parse_instant
from crawler.bundle import BundleWriter

DAY = parse_instant("2026-02-16T01:00:00Z")


def crawl(bundle):
    return Crawl(bundle.name, "370828", iso(DAY), iso(DAY), Verdict.PARTIAL, None, "test/1")


def is_held(folder):
    """Somebody else may not even share the WARC."""
    with (folder / bundles.WARC_NAME).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_bundle_is_held_while_it_is_written_and_let_go_once_it_is_finished(tmp_path):
    bundle = BundleWriter(tmp_path, "370828", DAY, "test/1")
    assert is_held(bundle.path)
    bundle.finish(crawl(bundle))
    assert not is_held(bundle.path)
    assert bundles.read_crawl(bundle.path / bundles.CRAWL_NAME) == crawl(bundle)


def test_a_bundle_is_held_until_crawl_json_stands(tmp_path, monkeypatch):
    bundle = BundleWriter(tmp_path, "370828", DAY, "test/1")
    seen, write = [], bundles.write

    def watched(path, value):
        write(path, value)
        seen.append((path.exists(), is_held(bundle.path)))

    monkeypatch.setattr(bundles, "write", watched)
    bundle.finish(crawl(bundle))
    assert seen == [(True, True)]


def test_a_crawl_that_gave_up_lets_go_of_its_bundle(tmp_path):
    bundle = BundleWriter(tmp_path, "370828", DAY, "test/1")
    bundle.close()
    assert not is_held(bundle.path)
    assert not (bundle.path / bundles.CRAWL_NAME).exists()


def test_a_folder_that_has_its_name_is_held_already(tmp_path):
    """Whoever looks at the folder of bundles all the time never meets a named one that nobody holds."""
    ended, loose = threading.Event(), []

    def watch():
        while not ended.is_set():
            loose.extend(entry.name for entry in os.scandir(tmp_path)
                         if not entry.name.startswith(".") and not is_held(tmp_path / entry.name))

    watcher = threading.Thread(target=watch)
    watcher.start()
    made = [BundleWriter(tmp_path, "370828", DAY, "test/1") for _ in range(60)]
    ended.set()
    watcher.join()
    assert loose == []
    assert len({bundle.path for bundle in made}) == 60
    for bundle in made:
        bundle.close()


@pytest.mark.parametrize("already", [True, False])
def test_the_folder_of_bundles_is_made_where_there_is_none(tmp_path, already):
    out = tmp_path if already else tmp_path / "deep" / "down"
    bundle = BundleWriter(out, "370828", DAY, "test/1")
    bundle.close()
    assert [entry.name for entry in out.iterdir()] == [bundle.name]
