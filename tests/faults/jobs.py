"""Runs side by side: each job is a process that plays seasons of its own."""

import contextlib
import multiprocessing
import queue

from tests.faults.seasons import Player


def played(wanted, folder, jobs):
    """Results as they come; each job is a process with seasons of its own."""
    context = multiprocessing.get_context("spawn")
    asked, told = context.Queue(), context.Queue()
    for order in [*wanted, *[None] * jobs]:
        asked.put(order)
    workers = [context.Process(target=work, args=(folder / f"job-{number}", asked, told)) for number in range(jobs)]
    for worker in workers:
        worker.start()
    for _ in wanted:
        while True:
            with contextlib.suppress(queue.Empty):
                yield told.get(timeout=5)
                break
            if not any(worker.is_alive() for worker in workers):
                raise RuntimeError("every job died")
    for worker in workers:
        worker.join()


def work(folder, asked, told):
    player = Player(folder)
    try:
        while (order := asked.get()) is not None:
            told.put(player.play(order))
    finally:
        player.close()
