"""What a run has done so far, and how it ended."""

from collections import Counter
from collections.abc import Callable
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
        if capture.outcome in (Outcome.ERROR, Outcome.BLOCKED):
            self.failures.append((capture.url, capture.error or "failed"))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a run ended."""

    run: Run
    tally: Tally
    changes: tuple[Change, ...]
    drained: bool  # nothing due was left
    interrupted: bool  # a signal ended it early
