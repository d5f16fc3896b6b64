"""The words that a report says beside its changes, in one language: kinds, sections, times, counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from crawler.core.phrases import ENGLISH, N_, Catalogue, told
from crawler.core.report.entries import Entry
from crawler.core.report.order import KINDS, counts, moment, seen
from crawler.core.report.tell import score_in, summary_in
from crawler.core.significance import Point
from storage.records import Change, ChangeKind, What

_KINDS = {
    ChangeKind.ADDED: N_("added"),
    ChangeKind.EDITED: N_("edited"),
    ChangeKind.REMOVED: N_("removed"),
    ChangeKind.RESTORED: N_("restored"),
    ChangeKind.MOVED: N_("moved"),
}
_WHAT = {
    What.TITLE: N_("title"),
    What.TEXT: N_("text"),
    What.NUMBERS: N_("numbers"),
    What.DATES: N_("dates"),
    What.LINKS: N_("links"),
    What.IMAGES: N_("images"),
    What.ATTACHMENTS: N_("attachments"),
    What.FORMATTING: N_("formatting"),
}
_BLIND = {
    "blocked": N_("access was blocked"),
    "down": N_("the site was down"),
    "robots": N_("robots.txt forbade visits"),
}


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Says things in the catalogue's language, with times in `zone` as `language` writes them."""

    zone: tzinfo
    language: str = "en"
    catalogue: Catalogue = ENGLISH
    sections: Mapping[str, str] = field(default_factory=dict)  # titles of sections by name; others go by their name

    def phrase(self, message: str, **values: object) -> str:
        return self.catalogue.gettext(message).format(**values)

    def told(self, text: str) -> str:
        """A sentence that was kept, said in this language; a plain text as it is."""
        return told(text, self.catalogue)

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        return self.catalogue.ngettext(one, many, n).format(n=n, **values)

    def weight(self, value: float) -> str:
        """A significance with two decimals: ``0.70``, in Russian and Belarusian with a comma."""
        told = f"{value:.2f}"
        return told.replace(".", ",") if self.language.startswith(("ru", "be")) else told

    def kind(self, kind: ChangeKind) -> str:
        return self.phrase(_KINDS[kind])

    def what(self, parts: Iterable[What]) -> str:
        """``text, numbers``."""
        return ", ".join(self.phrase(_WHAT[part]) for part in parts)

    def section(self, name: str | None) -> str:
        """A section's title, or its name where it has none; pages of no section have a name, too."""
        return self.sections.get(name, name) if name else self.phrase("Other pages")

    def moment(self, at: datetime) -> str:
        return moment(at, self.zone, self.language)

    def summary(self, entry: Entry) -> str:
        return summary_in(entry, self.catalogue)

    def points(self, entry: Entry) -> tuple[Point, ...]:
        """Why the change weighs what it weighs."""
        return score_in(entry, self.catalogue).points

    def counted(self, entries: Sequence[Entry]) -> str:
        """``3 changes: 1 added, 2 edited``."""
        found: Counter[ChangeKind] = counts(entries)
        kinds = ", ".join(
            self.phrase("{n} {kind}", n=found[kind], kind=self.kind(kind)) for kind in KINDS if found[kind]
        )
        told = self.plural("{n} change", "{n} changes", len(entries))
        return f"{told}: {kinds}"

    def pages(self, n: int) -> str:
        return self.plural("{n} page", "{n} pages", n)

    def seen(self, change: Change) -> Iterator[tuple[str, datetime]]:
        """The observation interval as (what was seen, when)."""
        for what, at in seen(change):
            yield self.phrase(what), at

    def interval(self, change: Change) -> str:
        """``last seen as before 2 Mar 2026, 09:30 — first seen as after 3 Mar 2026, 09:31``."""
        return " — ".join(f"{what} {self.moment(at)}" for what, at in self.seen(change))

    def blind(self, kind: str) -> str:
        """Why we could not see."""
        return self.phrase(_BLIND[kind]) if kind in _BLIND else kind

    def period(self, since: datetime | None, until: datetime | None) -> str:
        """``From 2 Mar 2026, 00:00 to now. Times in Europe/Minsk.``"""
        start = self.phrase("From {time}", time=self.moment(since)) if since else self.phrase("From the beginning")
        end = self.phrase("to {time}", time=self.moment(until)) if until else self.phrase("to now")
        return f"{start} {end}. " + self.phrase("Times in {zone}.", zone=self.zone)
