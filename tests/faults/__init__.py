"""Faults by seed: whatever is killed, filled, refused or set wrong, the end is that of an undisturbed season.

    python -m tests.faults --runs 200 --seed 1 --jobs 2 [--only kill.crawl,mail.slow]

A small season (world.py) is played once undisturbed. A run takes a copy of its home before one of its days, meets one
fault (kinds.py) on that day, goes on without one until nothing is due, and is compared (kept.py).
"""
