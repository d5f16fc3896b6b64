"""What feeds and sitemaps say of other pages, and how far a host's word can be trusted."""

from dataclasses import dataclass, replace

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
