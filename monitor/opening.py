"""How a digest begins: its subject, its numbers, and whom to call today."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from monitor.judge import Judgement, Status
from monitor.news import Digest
from monitor.phones import Phone
from monitor.settings import Language
from monitor.wording import Words

MOST_CALLS = 15       # townships one by one; of more than so many a line for each county
MOST_COUNTIES = 40    # such lines
MOST_PREHEADER = 110  # letters that a list of mails shows


@dataclass(frozen=True, slots=True)
class Total:
    """One number at the head of a digest. `tone` is its colour: bad, late, doubt, or none for 0."""

    number: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call today: a township, or those of a county in a line. `begins` where a county's first one stands."""

    county: str
    names: str
    what: str = ""
    phone: Phone | None = None
    begins: bool = True


class Opening(Words):
    """The head of one digest in one language; `sheet` where a table is attached."""

    def __init__(self, digest: Digest, language: Language, *, sheet: bool) -> None:
        super().__init__(digest, language)
        self.sheet = sheet

    def subject(self) -> str:
        """The numbers that matter, the first one first: a phone shows thirty letters."""
        digest = self.digest
        counted = (
            ("n_call", self.called()), ("n_missing", digest.missing),
            ("n_late", digest.late), ("n_withdrawn", digest.withdrawn), ("n_to_confirm", digest.to_confirm),
        )
        numbers = [(key, len(items)) for key, items in counted]
        numbers += [("n_unknown", self.unseen()), ("n_findings", len(digest.new_findings))]
        parts = [self.fill(key, n=number) for key, number in numbers if number]
        if digest.quiet and digest.since is not None:
            parts.insert(0, self.word("n_quiet"))
        if not digest.missing and (there := self.published()):
            parts.append(self.fill("n_published", n=there, of=len(digest.duties)))
        return self.fill("subject", summary=self.comma.join(parts or [self.word("n_none")]), about=self.titled("about"))

    def preheader(self) -> str:
        """What a list of mails shows behind the subject: whom to call."""
        said = self.semicolon.join(self.county_lines()) or self.word("call_nobody")
        return said if len(said) <= MOST_PREHEADER else f"{said[:MOST_PREHEADER - 1]}…"

    def lead(self) -> str:
        since = self.say("since", self.digest.since) if self.digest.since else self.word("first_digest")
        return self.say("stand", self.digest.as_of) + self.semicolon + since + ("。" if self.language == "zh" else ".")

    def quiet(self) -> str | None:
        """That nothing has changed, and when the next digest comes."""
        told = self.digest.quiet and self.digest.since is not None
        return self.say("nothing_new", self.digest.next_digest) if told else None

    def totals(self) -> Iterator[Total]:
        """How things stand in numbers, also where they are 0."""
        digest = self.digest
        for key, tone, count in (
            ("now_missing", "bad", len(digest.missing)), ("now_late", "late", len(digest.late)),
            ("now_withdrawn", "bad", len(digest.withdrawn)), ("to_confirm_total", "doubt", len(digest.to_confirm)),
            ("not_checked", "doubt", self.unseen()),
        ):
            if count or key != "now_withdrawn":
                yield Total(str(count), self.word(key), tone if count else "doubt" if self.unseen() else "none")
        yield Total(str(self.published()), self.fill("published_total", of=len(digest.duties)), "plain")

    def unseen(self) -> int:
        """How many townships could not be checked."""
        return sum(len(one.townships) for one in self.digest.unchecked)

    def mood(self) -> str:
        """Whether there is somebody to call, nobody, or nobody as far as could be seen."""
        return "call" if self.accused() else "unsure" if self.unseen() or not self.digest.duties else "calm"

    def published(self) -> int:
        """How many reports of the year were seen, in time or not."""
        return sum(one.published for one in self.digest.duties)

    def called(self) -> list[Judgement]:
        """The duties of the report year that are accused for the first time; earlier years can wait for tomorrow."""
        new = (*self.digest.new_missing, *self.digest.new_withdrawn)
        return [one for one in new if one.duty.report_year == self.digest.year]

    def accused(self) -> dict[str, list[Judgement]]:
        """Those to call, by county."""
        found: dict[str, list[Judgement]] = defaultdict(list)
        for one in self.called():
            found[one.duty.county_name].append(one)
        return dict(found)

    def call_title(self) -> str:
        """`To call today: 6 not published`, so that nobody has to look up why."""
        gone = sum(one.status is Status.WITHDRAWN for one in self.called())
        counted = (("n_missing", len(self.called()) - gone), ("n_withdrawn", gone))
        why = self.comma.join(self.fill(key, n=number) for key, number in counted if number)
        return self.fill("call_why", why=why) if why else self.word("call_today")

    def calls(self) -> Iterator[Call]:
        """Whom to call today: each township, or a line for each county where there are too many."""
        accused = self.accused()
        if sum(map(len, accused.values())) > MOST_CALLS:
            for county, ones in islice(accused.items(), MOST_COUNTIES):
                many = self.fill("call_many", n=len(ones)) if len(ones) > 1 else ""
                yield Call(county, many + self.listed([_name(one) for one in ones]))
            return
        for county, ones in accused.items():
            for number, one in enumerate(ones):
                yield Call(county, _name(one), self.briefly(one), self.digest.phones.get(one.duty.township),
                           number == 0)

    def spoken(self) -> Iterator[str]:
        """Whom to call, a line for each, for where there are no tables."""
        for call in self.calls():
            said = [call.what] + ([f"{call.phone.number} ({call.phone.year})"] if call.phone else [])
            where = f"{call.county} {call.names}" if call.what else call.county
            yield self.fill("call_line", county=where, names=self.semicolon.join(said) if call.what else call.names)

    def after_calls(self) -> Iterator[str]:
        """What stands below those to call: who is left out, where the numbers come from, who was told before."""
        accused = self.accused()
        if not accused:
            yield self.word("call_nobody")
            if unseen := self.unseen():
                yield self.fill("call_unseen", n=unseen)
        if len(accused) > MOST_COUNTIES:
            yield self.fill("more_counties", n=len(accused) - MOST_COUNTIES)
        if any(call.phone for call in self.calls()):
            yield self.word("phones_note")
        elif self.sheet and any(one.duty.township in self.digest.phones for ones in accused.values() for one in ones):
            yield self.word("phones_sheet")
        new = {one.duty.key for one in (*self.digest.new_missing, *self.digest.new_withdrawn)}
        before = sum(one.duty.key not in new for one in (*self.digest.missing, *self.digest.withdrawn))
        for key, number in (("call_earlier", len(new) - len(self.called())), ("call_before", before)):
            if number:
                yield self.fill(key, n=number)

    def county_lines(self) -> Iterator[str]:
        """Whom to call in few words: a line for each county."""
        accused = self.accused()
        for county, ones in islice(accused.items(), MOST_COUNTIES):
            yield self.fill("call_line", county=county, names=self.listed([_name(one) for one in ones]))
        if len(accused) > MOST_COUNTIES:
            yield self.fill("more_counties", n=len(accused) - MOST_COUNTIES)


def _name(one: Judgement) -> str:
    return one.duty.township_name
