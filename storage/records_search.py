"""Search as values: what is asked, what is found. Standard library only."""

from dataclasses import dataclass
from datetime import datetime

from storage.records import PageKind, PageState


@dataclass(frozen=True, kw_only=True)
class Term:
    """One part of a query: any of these runs of stems, one after the other in the text."""

    runs: tuple[tuple[str, ...], ...]
    title: bool = False  # in the title only
    without: bool = False  # pages' versions that have it are left out


@dataclass(frozen=True, kw_only=True)
class Stems:
    """A query as it is asked of the index: all its terms hold. Without a wanted term it finds nothing."""

    terms: tuple[Term, ...] = ()

    @property
    def wanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.without)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.without)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where is searched. Empty conditions leave everything in."""

    site: str | None = None
    section: str | None = None
    languages: tuple[str, ...] = ()
    kinds: tuple[PageKind, ...] = ()
    since: datetime | None = None  # versions that stood at some time in [since, until)
    until: datetime | None = None
    current: bool = False  # only what stands there now


@dataclass(frozen=True, kw_only=True)
class Unindexed:
    """A version that the index does not have yet."""

    id: int
    page_id: int
    number: int
    language: str | None
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Stemmed:
    """A version as it goes into the index: stems parted by single blanks, in the order of the words."""

    id: int
    page_id: int
    number: int
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A page with versions that have what was asked for."""

    page_id: int
    site: str
    url: str
    section: str | None
    kind: PageKind
    state: PageState
    language: str | None
    title: str  # of the version that is shown, as are the next two
    version: int  # the last one that has it
    text: str
    numbers: tuple[int, ...]  # all versions that have it
    first_seen: datetime  # first seen of the first one
    last_seen: datetime  # when the last one was last seen
    still: bool  # it stands there as far as we know: in the latest version of a page that is there


@dataclass(frozen=True, kw_only=True)
class Found:
    """One page of results: pages in the order of showing, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int
