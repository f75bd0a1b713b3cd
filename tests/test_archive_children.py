"""Tasks in children: what a child may do to itself, and what that costs."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archive.children import ChildError, Children, Failed, isolated

OBEY = "tests.workers:obey"


def done(*tasks, **options):
    """Answers of tasks of one part, in order."""
    with Children(OBEY, **options) as children:
        return [answers[0] for _, answers in children.do((number, [task]) for number, task in enumerate(tasks))]


def test_answers_come_in_the_order_of_the_tasks():
    naps = [("sleep", 0.2), *[("say", number) for number in range(20)]]
    assert done(*naps, jobs=3) == [b"None", *[str(number).encode() for number in range(20)]]


def test_a_slow_task_holds_nobody_up_but_those_behind_it_in_the_line():
    with Children(OBEY, jobs=2) as children:
        tasks = ((number, [("sleep", 1.0 if number == 0 else 0.0)]) for number in range(8))
        results = children.do(tasks)
        assert next(results)[0] == 0
        began = time.monotonic()
        assert [number for number, _ in results] == list(range(1, 8))
    assert time.monotonic() - began < 0.5


def test_a_child_is_used_again_and_makes_room_in_time(monkeypatch):
    monkeypatch.setattr("archive.children.TASKS", 3)
    pids = done(*[("pid", None)] * 7, jobs=1)
    assert [len(set(pids[at:at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(pids)) == 3


FATAL = [
    # what a reader does, and what is said of it
    (("crash", None), "its reader crashed (SIGSEGV)"),
    (("fill", 5000), "its reader took more than 4 GB of memory"),
    (("sleep", 60), "its reader took more than 1.5 seconds"),
    (("trip", "no such key"), "its reader failed (KeyError: 'no such key')"),
    (("write", 300), "its reader failed (OSError: [Errno 27] File too large)"),
]


@pytest.mark.parametrize(("task", "reason"), FATAL, ids=[task[0] for task, _ in FATAL])
def test_what_kills_a_reader_costs_one_task(task, reason):
    seconds = 1.5 if task[0] == "sleep" else 60
    before, failed, after = done(("say", 1), task, ("say", 2), jobs=1, seconds=seconds)
    assert (before, after) == (b"1", b"2")
    assert isinstance(failed, Failed)
    assert failed.reason == reason


def test_a_part_that_kills_its_reader_costs_itself_and_is_named():
    task = [("say", 0), ("crash", None), ("say", 2), ("trip", 3), ("say", 4)]
    with Children(OBEY, jobs=1) as children:
        ((_, answers),) = children.do([("whole", task)])
    assert [answer if isinstance(answer, bytes) else answer.name for answer in answers] == [
        b"0", "part 1", b"2", "part 3", b"4"]


def test_a_task_of_which_part_after_part_fails_is_given_up():
    with Children(OBEY, jobs=1) as children:
        ((_, answers), (_, next_answers)) = children.do([("bad", [("crash", None)] * 50), ("good", [("say", 1)])])
    assert len(answers) == 3
    assert next_answers == (b"1",)


def test_what_is_known_to_have_failed_needs_no_child():
    with Children("no.such:module") as children:
        assert list(children.do([("a", Failed("is not there"))])) == [("a", (Failed("is not there"),))]


def test_work_that_cannot_be_loaded_is_no_task_s_fault():
    with Children("no.such:module") as children, pytest.raises(ChildError, match="No module named"):
        list(children.do([("a", [("say", 1)])]))


def test_a_child_cannot_reach_a_server_where_the_system_lets_it_leave_the_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        (answer,) = done(("connect", server.getsockname()[1]))
    assert (answer == b"connected") == (isolated() != "no network")


def test_what_a_task_leaves_in_its_temporary_folder_is_gone_before_the_next(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert done(("leave", "a"), ("leave", "b"), jobs=1) == [b"[]", b"[]"]
    assert list(tmp_path.iterdir()) == []


def test_what_a_library_prints_or_asks_disturbs_nobody(capfd):
    assert done(("talk", "noise"), ("stdin", None), ("say", 1)) == [b"noise", b"b''", b"1"]
    assert capfd.readouterr() == ("", "")


def test_what_a_reader_started_dies_with_it(tmp_path, monkeypatch):
    note = tmp_path / "pid"
    monkeypatch.setenv("NIANBAO_TEST_NOTE", str(note))
    (failed,) = done(("grandchild", 60), seconds=1.5)
    assert "1.5 seconds" in failed.reason
    assert ended(int(note.read_text()))


def ended(pid, patience=5.0):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().split(")")[-1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


STOPPED = """
import signal
from archive.children import Children
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs have it ignored
with Children("tests.workers:obey", jobs=1) as children:
    for _, answers in children.do([("a", [("pid", None)]), ("b", [("sleep", 600)])]):
        print(answers[0].decode(), flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_children_end_with_the_process_that_started_them(how):
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root,
                          env=os.environ | {"PYTHONPATH": str(root)}, text=True) as parent:
        child = int(parent.stdout.readline())
        for _ in range(10):                # Python loses a SIGINT that comes while it cleans up: one presses again
            parent.send_signal(how)
            if ended(parent.pid, 1.0):
                break
        parent.kill()
    assert ended(child)
    assert parent.returncode in (-how, 1, 130)


def test_a_reading_that_is_left_in_the_middle_leaves_nothing_running():
    with Children(OBEY, jobs=2) as children:
        results = children.do((number, [("sleep", 30 if number else 0)]) for number in range(9))
        next(results)
        results.close()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("child")]
