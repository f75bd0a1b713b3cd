"""A disk that is full: the home's data on a small tmpfs, filled up to a random rest while nianbao works, then freed.

Only root may mount one; elsewhere no file may grow beyond a random size, which fails in the same places.
"""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress

MOST = 48 << 20
FILLER = "filler"


@contextmanager
def small_disk(scene):
    """The home's data folder on a disk of its own, as full as its content; copied back at the end.

    A full disk keeps nobody from telling what stands.
    """
    home, scene.told = scene.home, True
    aside = home.data.with_name("data.whole")
    home.data.rename(aside)
    home.data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MOST}", "tmpfs", str(home.data)], check=True)
    try:
        shutil.copytree(aside, home.data, dirs_exist_ok=True, copy_function=shutil.copy2)
        yield
        shutil.rmtree(aside)
        shutil.copytree(home.data, aside, copy_function=shutil.copy2)
    finally:
        subprocess.run(["umount", "-l", str(home.data)], check=True)
        home.data.rmdir()
        aside.rename(home.data)


def fill(home, rest):
    """Leave so many bytes."""
    free = shutil.disk_usage(home.data).free
    with (home.data / FILLER).open("ab") as file, suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(1, free - rest))


def free(home):
    (home.data / FILLER).unlink(missing_ok=True)


def full(scene):
    """The disk is full from the beginning of a day, up to a rest that lets some of the work through."""
    if os.geteuid() != 0:
        confined(scene)
        return
    with small_disk(scene):
        rest = scene.chance.choice((0, 4096, scene.chance.randrange(1 << 16), scene.chance.randrange(1 << 20),
                                    scene.chance.randrange(4 << 20)))
        fill(scene.home, rest)
        call = scene.run()
        scene.note(call.stage(), f"{rest} bytes left, exit {call.code}")
        free(scene.home)


def confined(scene):
    """No file grows beyond a size, from the beginning of a day."""
    scene.told = True
    size = scene.chance.randrange(4096, 2 * scene.home.ledger.stat().st_size)
    call = scene.run(largest=size)
    scene.note(call.stage(), f"no file beyond {size} bytes, exit {call.code}")


def fills_up(scene):
    """The disk fills up at a random moment of a day's work."""
    if os.geteuid() != 0:
        confined(scene)
        return
    with small_disk(scene):
        call = scene.begin()
        stage = scene.chance.choice(sorted(scene.learned.seconds))
        call.until(stage)
        time.sleep(scene.chance.random() * scene.learned.seconds[stage])
        fill(scene.home, scene.chance.choice((0, 0, scene.chance.randrange(1 << 15))))
        where = call.stage()
        call.wait()
        scene.note(where, f"full from {where} on, exit {call.code}")
        free(scene.home)


def full_and_killed(scene):
    """Full, and killed while it is: what could not be written could not be rolled back either."""
    if os.geteuid() != 0:
        confined(scene)
        return
    with small_disk(scene):
        fill(scene.home, scene.chance.randrange(1 << 18))
        call = scene.begin()
        time.sleep(scene.chance.random() * sum(scene.learned.seconds.values()))
        where = call.stage()
        call.kill()
        scene.note(where, "full and killed")
        free(scene.home)


KINDS = (
    ("disk.full", "made", 12, full),
    ("disk.fills", "made", 8, fills_up),
    ("disk.fills.crawl", "crawled", 4, fills_up),
    ("disk.killed", "made", 4, full_and_killed),
)
