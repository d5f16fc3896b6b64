"""What feeds and sitemaps say of other pages, and how far a host's word can be trusted."""

from dataclasses import dataclass, replace

COVERED = 2 * 86_400.0  # seconds after its reading that a feed's silence is worth something: it is read daily at least
MEMORY = 400.0  # counts beyond which both are halved: a site's habits change


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What a feed or sitemap that covers a page says of it now."""

    modified: float | None  # UTC timestamp that it names; null: it covers the page and is silent
    precision: float  # share of its hints that a visit confirms
    recall: float  # share of the changes that it names


@dataclass(frozen=True, kw_only=True)
class HintTrust:
    """A host's record as a source of hints: two Beta posteriors that begin at Beta(4, 1), 80 %.

    >>> HintTrust().precision
    0.8
    """

    confirmed: float = 4.0  # hinted visits that found a change
    refuted: float = 1.0  # hinted visits that found none
    foretold: float = 4.0  # changes that a hint had named
    missed: float = 1.0  # changes of covered pages found without a hint

    @property
    def precision(self) -> float:
        """Chance that a page said to be modified is."""
        return self.confirmed / (self.confirmed + self.refuted)

    @property
    def recall(self) -> float:
        """Chance that a change of a covered page is named by a hint."""
        return self.foretold / (self.foretold + self.missed)

    def hint(self, modified: float | None) -> Hint:
        """What the host says of one page, with the trust that it has earned; None: covered, and silent."""
        return Hint(modified=modified, precision=self.precision, recall=self.recall)

    def after(self, *, hinted: bool, changed: bool) -> "HintTrust":
        """The record after a good visit of a covered page: was it said to be modified, and was it?

        A visit without hint that finds nothing says nothing of either.
        """
        trust = self
        if hinted:
            trust = replace(trust, confirmed=trust.confirmed + changed, refuted=trust.refuted + (not changed))
        if changed:
            trust = replace(trust, foretold=trust.foretold + hinted, missed=trust.missed + (not hinted))
        return trust._halved()

    def _halved(self) -> "HintTrust":
        trust = self
        if trust.confirmed + trust.refuted > MEMORY:
            trust = replace(trust, confirmed=trust.confirmed / 2, refuted=trust.refuted / 2)
        if trust.foretold + trust.missed > MEMORY:
            trust = replace(trust, foretold=trust.foretold / 2, missed=trust.missed / 2)
        return trust


def is_covered(hint_read: float | None, now: float) -> bool:
    """Whether a feed or sitemap that tells of edits would have named one of this page (timestamps)."""
    return hint_read is not None and now - hint_read <= COVERED


def is_hinted(hint_modified: float | None, last_visit: float | None, now: float) -> bool:
    """Whether a page is said to be modified since its last visit; a date ahead of ``now`` says nothing."""
    return hint_modified is not None and last_visit is not None and last_visit < hint_modified <= now
