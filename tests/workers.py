"""What children are asked to do in tests: to read, or to go wrong in a way of its own."""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from archive import readers


def read_row_or_die(task, skip):
    """Reads as the archive does; what says `poison` kills its reader."""
    if b"poison" in task.body:
        os.kill(os.getpid(), signal.SIGSEGV)
    return readers.read_row(task, skip)


def read_objects_or_die(file, skip):
    """Reads as the command does; a document that is called `2.pdf` kills its reader."""
    for part in readers.read_objects(file, skip):
        if isinstance(part, str) and part.endswith("2.pdf"):
            yield part
            crash(None)
        yield part


def obey(task, skip):
    """Does what a task (a name of an act below and its argument, or several such) says; one answer each."""
    for number, (act, argument) in enumerate(task):
        if number >= skip:
            if len(task) > 1:
                yield f"part {number}"
            yield str(ACTS[act](argument)).encode()


def crash(_):
    ctypes.string_at(0)


def fill(megabytes):
    return len(bytearray(megabytes << 20))


def write(megabytes):
    with tempfile.TemporaryFile() as file:
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    return "written"


def leave(name):
    """Leaves a file behind in the temporary folder; tells what lay there before."""
    folder = Path(tempfile.gettempdir())
    before = sorted(path.name for path in folder.iterdir())
    (folder / name).mkdir()
    return before


def connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError as error:
        return type(error).__name__
    return "connected"


def grandchild(seconds):
    """Starts a program that outlives the task unless somebody ends it, and never answers."""
    started = subprocess.Popen(["sleep", "600"])
    Path(os.environ["NIANBAO_TEST_NOTE"]).write_text(str(started.pid))
    time.sleep(seconds)


def talk(text):
    """Prints on every stream, also past Python."""
    print(text)
    os.write(1, text.encode())
    os.write(2, text.encode())
    return text


ACTS = {
    "say": lambda argument: argument, "crash": crash, "fill": fill, "write": write, "leave": leave,
    "connect": connect, "grandchild": grandchild, "talk": talk, "sleep": time.sleep,
    "stdin": lambda _: os.read(0, 10), "trip": lambda argument: {}[argument], "pid": lambda _: os.getpid(),
}
