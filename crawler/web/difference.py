"""A difference as the screens show it: side by side and inline, folded or whole, by what the address asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from crawler.core.compare import Comparison, compare, compare_files
from crawler.core.diff import Diff, Unchanged
from crawler.core.phrases import Catalogue
from crawler.core.report.entries import file_name
from crawler.core.report.marks import Shown, lines, tables
from crawler.core.report.sides import Pair, Part, sides
from storage.records import Extractor, Version

WHOLE = 5_000  # blocks shown when all are asked for
BOTH = 80_000  # characters: a longer text is sent once, inline, unless the address asks otherwise

View = Literal["auto", "sides", "inline"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs between two texts, and how it is asked for."""

    comparison: Comparison
    view: View = "auto"  # auto: side by side on a desk, inline on a phone
    whole: bool = False

    @property
    def diff(self) -> Diff:
        return self.comparison.diff

    @cached_property
    def sides(self) -> list[Part]:
        """The rows side by side; empty where they are not wanted."""
        if self.view == "inline" or (self.view == "auto" and self._long):
            return []
        found = list(sides(self.diff, whole=self.whole, limit=WHOLE) if self.whole else sides(self.diff))
        return found if self.view == "sides" or self._paired(found) else []

    @cached_property
    def inline(self) -> list[list[Shown]]:
        """The blocks one below the other, rows of one table together; empty where they are not wanted."""
        if self.view == "sides":
            return []
        return list(tables(lines(self.diff, whole=self.whole, limit=WHOLE) if self.whole else lines(self.diff)))

    @property
    def folded(self) -> int:
        """Unchanged paragraphs that the folded form leaves out."""
        return sum(item.blocks for item in self.diff.folded() if isinstance(item, Unchanged))

    @property
    def paired(self) -> bool:
        """Whether anything stands side by side: tables do not."""
        return self._paired(self.sides)

    def _paired(self, parts: list[Part]) -> bool:
        return any(isinstance(part, Pair) for part in parts)

    @property
    def _long(self) -> bool:
        shown = self.diff.blocks if self.whole else self.diff.changes
        return sum(len(block.before or "") + len(block.after or "") for block in shown) > BOTH

    def __bool__(self) -> bool:
        """Whether the texts differ, or all of them is wanted."""
        return bool(self.diff.changes) or (self.whole and bool(self.diff.blocks))


def asked(request: Request, comparison: Comparison) -> Difference:
    """The difference as ``view`` and ``all`` of the address want it; what they don't know is left alone."""
    views: dict[str | None, View] = {"sides": "sides", "inline": "inline"}
    view = views.get(request.query_params.get("view"), "auto")
    return Difference(comparison=comparison, view=view, whole=request.query_params.get("all") == "1")


def with_params(request: Request, without: Iterable[str] = (), **values: str | None) -> str:
    """This address with other values of its query; null takes one out."""
    names = {*values, *without}
    kept = [(name, value) for name, value in parse_qsl(request.url.query) if name not in names]
    query = urlencode([*kept, *((name, value) for name, value in values.items() if value is not None)])
    return request.url.path + (f"?{query}" if query else "")


def switches(request: Request, difference: Difference) -> dict[str, str]:
    """Where the same difference stands in its other forms."""
    return {
        "auto": with_params(request, view=None),
        "sides": with_params(request, view="sides"),
        "inline": with_params(request, view="inline"),
        "all": with_params(request, all=None if difference.whole else "1"),
    }


def compared(before: Version, after: Version, url: str, words: Catalogue) -> Comparison:
    """Two versions of a page or of a file, told in the reader's language."""
    if Extractor.FILE in (before.document.extractor, after.document.extractor):
        return compare_files(before, after, name=file_name(url), catalogue=words)
    return compare(before, after, catalogue=words)
