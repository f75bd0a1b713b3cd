"""A home: which folder it is, and where it keeps what."""

from pathlib import Path

import pytest

from archive.errors import BadHome
from archive.home import Home


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "watch")
    home.make()
    home.config.write_text("", encoding="utf-8")
    return home


def test_a_home_has_a_folder_for_everything_that_is_kept(home):
    assert all(folder.is_dir() for folder in (home.portals, home.data, home.warc, home.incoming, home.outbox))
    assert {home.ledger.parent, home.public.parent, home.lock.parent} == {home.data}


def test_making_a_home_twice_keeps_what_is_in_it(home):
    (home.portals / "own.toml").write_text("", encoding="utf-8")
    home.make()
    assert [path.name for path in home.portals.iterdir()] == ["own.toml"]


def test_the_named_home_comes_before_the_environment_and_this_before_the_current_folder(home, tmp_path, monkeypatch):
    other = Home(tmp_path / "other")
    other.make()
    other.config.touch()
    assert Home.find(home.root, {"NIANBAO_HOME": str(other.root)}) == home
    assert Home.find(None, {"NIANBAO_HOME": str(other.root)}) == other
    monkeypatch.chdir(home.root)
    assert Home.find(None, {}).root == Path.cwd()
    assert Home.find(None, {"NIANBAO_HOME": ""}).root == Path.cwd()


def test_a_folder_without_settings_is_no_home_and_the_refusal_says_what_to_do(tmp_path):
    with pytest.raises(BadHome, match=f"nianbao init {tmp_path}"):
        Home.find(tmp_path, {})


def test_a_home_cannot_be_made_where_a_file_stands(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadHome, match="file"):
        Home(tmp_path / "file").make()
