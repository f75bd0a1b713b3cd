"""Files that are there whole or not at all, also after a crash."""

import os
from pathlib import Path


def write_whole(path: Path, body: bytes) -> None:
    """Write beside the file, sync, rename, sync the folder."""
    scratch = path.with_name(path.name + ".partial")
    with scratch.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return once the folder's own entries are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
