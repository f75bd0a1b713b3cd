"""What a mail server does: busy, refusing, slow, gone, hanging up at every place, and gone for a day."""

from functools import partial

from tests.faults.mailbox import ANSWERS, GREY, ODD, SLOW, STALL


def mood(name, scene):
    """The server behaves so for a while, through one or two runs."""
    odd = scene.chance.random() < 0.4 and name in ANSWERS
    scene.box.be(f"{ODD}{name}" if odd else name)
    times = scene.chance.randint(1, 2)
    for _ in range(times):
        scene.run()
    scene.note("send", f"{'every second mail ' if odd else ''}{name}, {times} runs")
    scene.box.be("kind")


def away(scene):
    """Nobody answers."""
    scene.box.go()
    scene.run()
    scene.box.come()
    scene.note("send", "nobody there")


def away_for_a_day(scene):
    """Nobody answers all day, the next day's first run included."""
    scene.box.go()
    scene.run()
    scene.resting = scene.away = True
    scene.note("send", "nobody there for a day")


def refused_for_good(scene):
    """A refusal is tried again a day later, not before."""
    scene.box.be(scene.chance.choice(("refused.rcpt", "refused.data", "refused.mail")))
    scene.run()
    scene.box.be("kind")
    taken = len(scene.box.taken())
    scene.run()
    scene.note("send", "refused for good")
    if len(scene.box.taken()) != taken:
        scene.note("WRONG", "a refused mail was sent again the same day")
    scene.resting = True


KINDS = (
    *((f"mail.{name}", "made", 3, partial(mood, name))
      for name in ANSWERS if not name.startswith("refused")),
    *((f"mail.{name}", "made", 3, partial(mood, name)) for name in (GREY, SLOW, STALL)),
    ("mail.refused", "made", 6, refused_for_good),
    ("mail.away", "made", 3, away),
    ("mail.away.day", "made", 4, away_for_a_day),
)
