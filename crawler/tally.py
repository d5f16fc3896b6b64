"""What a run has done so far, and how it ended."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crawler.core.signs import Signs
from crawler.pipelines import Brought
from storage.records import Change, Outcome, Run, Settlement

Told = Callable[[Brought, Settlement], None]


@dataclass(kw_only=True)
class Tally:
    """What a run has done so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # (URL, what went wrong)
    last: tuple[Brought, Settlement] | None = None
    signs: Signs = field(default_factory=Signs)
    minds_due: bool = False  # keeps what visits name and make due: a run over feeds goes on with that
    _found: set[str] = field(default_factory=set)  # URLs that visits have named since somebody asked
    _due: set[int] = field(default_factory=set)  # pages that visits have made due since then

    @property
    def counts(self) -> dict[str, int]:
        return {**self.outcomes, "changes": self.changes}

    @property
    def tells_the_site(self) -> bool:
        """Enough has answered to say what is there; what a broken listing hides would be reported as new later."""
        failed = len(self.failures)
        well = self.outcomes.total() - failed
        return failed < well and failed <= max(3, well / 10)

    def take(self, brought: Brought, settlement: Settlement) -> None:
        capture = settlement.captures[-1]
        self.outcomes[capture.outcome.value] += 1
        self.changes += len(settlement.changes)
        self.last = (brought, settlement)
        self.signs.take(brought.visit, settlement)
        if self.minds_due:
            self._found.update(one.url for one in settlement.discoveries)
            self._due.update(settlement.due_now, (hint.page_id for hint in settlement.hints if hint.due))
        if capture.outcome in (Outcome.ERROR, Outcome.BLOCKED):
            self.failures.append((capture.url, capture.error or "failed"))

    def made_due(self) -> tuple[set[str], set[int]]:
        """URLs that visits have named, and ids of pages that they have made due, since this was last asked."""
        (found, due), self._found, self._due = (self._found, self._due), set(), set()
        return found, due

    def keep_due(self, page_ids: Iterable[int]) -> None:
        """Gives back what there was no room for."""
        self._due.update(page_ids)

    def waits(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self._found or self._due)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a run ended."""

    run: Run
    tally: Tally
    changes: tuple[Change, ...]
    drained: bool  # nothing due was left
    interrupted: bool  # a signal ended it early
