"""The command as a person meets it: help, misuse, errors in words, JSON Lines."""

import json
from pathlib import Path

import forms
import pytest
from click.testing import CliRunner

from archive.home import Home
from monitor import cli, settings

CELLS = dict.fromkeys(forms.keys(), "0") | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3"}


def nianbao(*arguments, env=None):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments], env=env)


@pytest.fixture
def home(tmp_path):
    """A home as `init` makes it."""
    assert nianbao("init", tmp_path / "watch").exit_code == 0
    return Home(tmp_path / "watch")


def commands(group=cli.main, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        if command.callback and name != "portal":
            yield (*path, name)


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(command):
    done = nianbao(*command, "--help")
    assert done.exit_code == 0
    example = done.output.partition("Example:")[2].splitlines()[0]
    assert example.split()[0] == "nianbao"
    assert " ".join(command) in example


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_the_readme_names_every_command(command):
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in readme.splitlines() if line.startswith("| `nianbao"))
    assert f"`nianbao {' '.join(command)}" in table or f"`{' '.join(command)}" in table


def test_init_makes_a_home_whose_settings_are_the_defaults(home):
    assert settings.load(home.config, {}) == settings.Settings()
    assert home.portals.is_dir()


def test_init_leaves_a_home_alone(home):
    home.config.write_text('language = "zh"\n', encoding="utf-8")
    done = nianbao("init", home.root)
    assert done.exit_code == 1
    assert "is there already" in done.output
    assert home.config.read_text(encoding="utf-8") == 'language = "zh"\n'


def test_a_folder_without_settings_is_no_home(tmp_path):
    done = nianbao("--home", tmp_path, "status")
    assert done.exit_code == 1
    assert "nianbao init" in done.output


def test_a_wrong_setting_is_named_by_file_and_key(home):
    home.config.write_text("[crawl]\ndelay_seconds = 'slow'\n", encoding="utf-8")
    done = nianbao("--home", home.root, "run")
    assert done.exit_code == 1
    assert str(home.config) in done.output
    assert "crawl.delay_seconds" in done.output


def test_a_wrong_registry_file_is_named_and_the_rest_goes_on(home):
    (home.portals / "bad.toml").write_text('code = "370828"\nhom = "http://x/"\n', encoding="utf-8")
    done = nianbao("--home", home.root, "portal", "list", "--json")
    assert done.exit_code == 0
    assert "bad.toml" in done.stderr
    assert "411526" in {json.loads(line)["code"] for line in done.stdout.splitlines()}


def test_a_county_that_nobody_knows_is_misuse(home):
    done = nianbao("--home", home.root, "portal", "show", "阿斯加德县")
    assert done.exit_code == 2
    assert "阿斯加德县" in done.output


def test_a_county_goes_by_code_slug_and_name(home):
    names = ("370828", "jinxiang", "金乡", "金乡县")
    shown = {nianbao("--home", home.root, "portal", "show", name).output for name in names}
    assert len(shown) == 1
    assert "卜集镇" in shown.pop()


def test_a_day_that_is_none_is_misuse(home):
    done = nianbao("--home", home.root, "status", "--as-of", "yesterday")
    assert done.exit_code == 2
    assert "yesterday" in done.output


def test_an_instant_that_is_none_is_misuse(home):
    done = nianbao("--home", home.root, "status", env={"NIANBAO_NOW": "noon"})
    assert done.exit_code == 2
    assert "NIANBAO_NOW" in done.output


def test_status_before_the_first_crawl_says_so(home):
    done = nianbao("--home", home.root, "status")
    assert done.exit_code == 1
    assert "there is no ledger yet" in done.output


def test_parse_prints_one_object_a_file_and_goes_on_after_a_bad_one(tmp_path):
    (tmp_path / "good.docx").write_bytes(forms.as_docx(CELLS))
    (tmp_path / "torn.docx").write_bytes(forms.as_docx(CELLS)[:500])
    (tmp_path / "empty.pdf").write_bytes(b"")
    done = nianbao("parse", "--json", *sorted(tmp_path.iterdir()))
    rows = {row["file"].rsplit("/", 1)[-1]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert rows["good.docx"]["cells"]["t3.new_received.total"] == 3
    assert rows["good.docx"]["sources"]["t3.new_received.total"]["raw"] == "3"
    assert "unreadable" in rows["torn.docx"]["error"]
    assert "unreadable" in rows["empty.pdf"]["error"]


def test_a_digest_of_the_past_is_not_sent(home):
    done = nianbao("--home", home.root, "digest", "--send", "--as-of", "2026-02-02")
    assert done.exit_code == 2
    assert "--as-of" in done.output
