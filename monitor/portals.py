"""The commands `nianbao portal`: the registry, and what a portal's address leads to."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import BadHome, NoPortal
from archive.files import write_whole
from archive.home import Home
from monitor.options import json_option, print_json

if TYPE_CHECKING:
    from archive.registry import Portal, Registry
    from monitor.settings import Settings


@click.group()
def portal() -> None:
    """The registry of portals."""


@portal.command("list")
@json_option
@click.pass_context
def portal_list(ctx: click.Context, as_json: bool) -> None:
    """The portals that are known.

    \b
    Example:  nianbao portal list
    """
    from monitor import show

    portals = sorted(_registry(ctx).portals.values(), key=lambda one: one.code)
    if as_json:
        print_json(show.portal_row(one) for one in portals)
    else:
        show.portals(portals)


@portal.command("show")
@click.argument("county")
@click.pass_context
def portal_show(ctx: click.Context, county: str) -> None:
    """One portal's entry and the townships that owe a report.

    \b
    Example:  nianbao portal show 金乡
    """
    from monitor import show

    show.portal(_registry(ctx).resolve(county))


@portal.command("probe")
@click.argument("url")
@click.option("--county", help="Whose portal it is, by code or name; without it the home page tells.")
@click.option("--host", "hosts", multiple=True, help="Another host that belongs to the portal; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of TOML.")
@click.pass_context
def portal_probe(ctx: click.Context, url: str, county: str | None, hosts: tuple[str, ...], as_json: bool) -> None:
    """Find where a county's reports stand and print the registry entry; exit 0 where every township is covered.

    \b
    Example:  nianbao portal probe http://www.jinxiang.gov.cn/ > jinxiang.toml
    """
    command = _probe(_home(ctx), url, county, hosts) + (["--json"] if as_json else [])
    sys.exit(subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode)


@portal.command("add")
@click.argument("url")
@click.option("--county", help="Whose portal it is, by code or name; without it the home page tells.")
@click.option("--host", "hosts", multiple=True, help="Another host that belongs to the portal; may be repeated.")
@click.option("--replace", is_flag=True, help="Write this home's entry anew; what stands in it by hand stays.")
@click.pass_context
def portal_add(ctx: click.Context, url: str, county: str | None, hosts: tuple[str, ...], replace: bool) -> None:
    """Probe a portal and keep its entry in this home.

    \b
    Example:  nianbao portal add http://www.jinxiang.gov.cn/
    """
    home = Home.find(ctx.obj)
    if not replace and county is not None:
        _refuse(_own(_registry(ctx), home, county))
    ended = subprocess.run(_probe(home, url, county, hosts), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           encoding="utf-8", check=False)
    if not ended.stdout:
        sys.exit(ended.returncode or 1)
    found = _checked(ended.stdout)
    old = _own(_registry(ctx), home, found.code)
    if not replace:
        _refuse(old)
    path = old.path if old is not None else _path(home, found, _registry(ctx))
    write_whole(path, ended.stdout.encode())
    click.echo(f"{path}: {found.name}, {len(found.listings)} listings, "
               f"{found.expect_townships or 0} of {len(found.townships())} townships")
    sys.exit(ended.returncode)


def _probe(home: Home | None, url: str, county: str | None, hosts: Sequence[str]) -> list[str]:
    """The child process that probes, with what the home's settings say."""
    command = [sys.executable, "-m", "crawler.probe", url, *(word for host in hosts for word in ("--host", host))]
    command += ["--county", county] if county is not None else []
    if home is None:
        return command
    settings = _settings(home)
    command += ["--delay", str(settings.delay_seconds), "--portals", str(home.portals)]
    command += ["--private"] if settings.allow_private_addresses else []
    return command + (["--contact", settings.contact] if settings.contact else [])


def _settings(home: Home) -> Settings:
    from monitor import settings

    home.portals.mkdir(exist_ok=True)
    return settings.load(home.config)


def _home(ctx: click.Context) -> Home | None:
    """The home, where there is one: a probe needs none."""
    try:
        return Home.find(ctx.obj)
    except BadHome:
        if ctx.obj is not None:
            raise
        return None


def _own(registry: Registry, home: Home, county: str) -> Portal | None:
    """The entry that this home itself has of a county."""
    try:
        found = registry.resolve(county)
    except NoPortal:
        return None
    return found if found.path.parent == home.portals else None


def _refuse(old: Portal | None) -> None:
    if old is not None:
        raise click.ClickException(f"{old.path} has {old.name} already; --replace writes it anew")


def _checked(text: str) -> Portal:
    """The entry as the registry reads it. Raises BadPortal where it could not be read again."""
    from archive.registry import read

    with tempfile.TemporaryDirectory(prefix="nianbao-entry-") as folder:
        path = Path(folder) / "entry.toml"
        path.write_text(text, encoding="utf-8")
        return read(path)


def _path(home: Home, found: Portal, registry: Registry) -> Path:
    """A file of its own for the entry, called like the host, else like the county."""
    taken = {one.slug for one in registry.portals.values() if one.code != found.code}
    names = (_slug(found), f"{_slug(found)}-{found.code}")
    return next(path for name in names if name not in taken and not (path := home.portals / f"{name}.toml").exists())


def _slug(found: Portal) -> str:
    """jinxiang of www.jinxiang.gov.cn; of an address in numbers the sound of the county's name."""
    from pypinyin import lazy_pinyin

    from archive.divisions import county
    from archive.registry import netloc

    host = netloc(found.home).partition(":")[0].removeprefix("www.")
    label = host.partition(".")[0]
    return label if re.fullmatch(r"[a-z][a-z0-9-]*", label) else "".join(lazy_pinyin(county(found.code).short))


def _registry(ctx: click.Context) -> Registry:
    """The registry of the home, or the shipped one where there is no home."""
    from archive.registry import load

    home = _home(ctx)
    loaded = load(home.portals) if home is not None and home.portals.is_dir() else load()
    for problem in loaded.errors:
        click.echo(f"warning: {problem}", err=True)
    return loaded
