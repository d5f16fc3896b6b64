"""Lists of pages as values: what is asked of them, and counts. Standard library only."""

from dataclasses import dataclass

from storage.records import PageKind, PageState


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which pages of a site. Empty conditions leave everything in."""

    site: str
    section: str | None = None  # "-": of no section
    kinds: tuple[PageKind, ...] = ()
    states: tuple[PageState, ...] = ()
    languages: tuple[str, ...] = ()
    words: str = ""  # each of them stands in the address or the title


@dataclass(frozen=True, kw_only=True)
class Count:
    """So many pages are alike in all four."""

    section: str | None
    kind: PageKind
    state: PageState
    language: str | None
    count: int
