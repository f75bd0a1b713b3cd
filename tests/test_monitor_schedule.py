"""The scheduler in its own process: at once, again and again, over failures, to the end of the work in hand."""

import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import sys, time
from datetime import timedelta
from pathlib import Path
from monitor.schedule import serve

told, kind = Path(sys.argv[1]), sys.argv[2]

def job():
    with told.open("a") as file:
        print("start", file=file, flush=True)
        if kind == "fails":
            raise OSError("the disk is full")
        time.sleep(1.0 if kind == "slow" else 0)
        print("end", file=file, flush=True)

serve(job, every=timedelta(seconds=float(sys.argv[3])))
"""


@pytest.fixture
def serving(tmp_path):
    """Start a scheduler; gives the process and the file that its job writes."""
    started = []

    def start(kind, every):
        told = tmp_path / "told"
        told.touch()
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, told, kind, str(every)], stderr=subprocess.PIPE,
                                   text=True)
        started.append(process)
        return process, told

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(told, lines, seconds=20):
    end = time.monotonic() + seconds
    while told.read_text().count("\n") < lines:
        assert time.monotonic() < end, told.read_text()
        time.sleep(0.05)


def test_it_works_at_once_and_then_at_intervals(serving):
    _, told = serving("quick", 0.3)
    wait_for(told, 6)
    assert told.read_text().split()[:6] == ["start", "end"] * 3


def test_a_run_that_fails_is_told_and_the_next_one_starts(serving):
    process, told = serving("fails", 0.3)
    wait_for(told, 3)
    process.send_signal(signal.SIGTERM)
    assert "the disk is full" in process.communicate(timeout=20)[1]
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_the_work_in_hand_finish(serving, number):
    process, told = serving("slow", 3600)
    wait_for(told, 1)
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    assert told.read_text().split() == ["start", "end"]


def test_runs_never_overlap(serving):
    _, told = serving("slow", 0.1)
    wait_for(told, 4)
    assert told.read_text().split()[:4] == ["start", "end"] * 2
