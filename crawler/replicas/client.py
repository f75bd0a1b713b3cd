"""Runs the replicas for demo and tests: start the child, move its clock, write its registry entries."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from archive.clock import iso
from crawler.replicas import faults as switches
from crawler.replicas.places import COUNTIES


class ReplicasFailed(Exception):
    """The replicas did not come up."""


@contextmanager
def running(
    clock: Path,
    reports: Path | None = None,
    *,
    faults: switches.Faults | None = None,
    control: Path | None = None,
) -> Iterator[dict[str, str]]:
    """Serve while the block runs; gives each county's front page by code.

    `clock` is a file as `set_clock` writes it. `faults` are set before the start; `control` is the file that holds them
    and may be rewritten meanwhile (`crawler.replicas.faults.write`). Raises ReplicasFailed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        switch_file = control or Path(scratch) / "faults.json"
        if faults is not None:
            switches.write(switch_file, faults)
        command = [sys.executable, "-m", "crawler.replicas", "--clock", str(clock), "--control", str(switch_file)]
        command += ["--reports", str(reports)] if reports else []
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            try:
                yield _homes(child)
            finally:
                child.terminate()


def _homes(child: "subprocess.Popen[str]") -> dict[str, str]:
    assert child.stdout is not None, "stdout is a pipe"
    line = child.stdout.readline()
    if not line:
        raise ReplicasFailed(f"the replicas ended with {child.wait()} before they were ready")
    homes: dict[str, str] = json.loads(line)
    return homes


def set_clock(path: Path, instant: datetime) -> None:
    """Move the replicas' clock, whole or not at all."""
    scratch = path.with_suffix(".partial")
    scratch.write_text(iso(instant), encoding="utf-8")
    scratch.replace(path)


def write_portals(folder: Path, homes: Mapping[str, str]) -> None:
    """One registry entry for each county, without listings: those are to be found."""
    folder.mkdir(parents=True, exist_ok=True)
    for code, home in homes.items():
        county = COUNTIES[code]
        text = f'code = "{code}"\nhome = "{home}"\nsince = 2021\n\n[expect]\ntownships = {len(county.places)}\n'
        (folder / f"{county.slug}.toml").write_text(text, encoding="utf-8")
