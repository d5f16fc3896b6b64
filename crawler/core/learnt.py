"""What has been learnt of a site's template: a bounded value that is kept as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1  # of the stored state
TRUSTED_AFTER = 10  # pages; before that nothing is pruned
SETTLED_AFTER = 80  # pages; after that the template hardly changes any more
MAX_PAGES = 400  # after so many nothing more is learnt, unless the site gets another template


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The statistics of one path. Texts are a sample: those with the smallest digests, so that counts are exact."""

    pages: int = 0
    total: int = 0  # texts, one a page and text
    texts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # digest: (pages, length)
    common: Mapping[str, int] = field(default_factory=dict)  # texts without their numbers: lower bounds of their counts


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What is known of a site's template. A value: every observation gives a new one; it is kept as JSON."""

    pages: int = 0
    seen: frozenset[str] = frozenset()  # digests of addresses and of contents, so that a page counts once
    places: Mapping[str, Place] = field(default_factory=dict)
    pairs: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # path: (double fetches, of which differed)
    numbers: Mapping[str, int] = field(default_factory=dict)  # texts of which only numbers differed: in how many pairs
    template: frozenset[str] = frozenset()  # as decided last
    strangers: int = 0  # pages in a row that the template does not fit

    @property
    def trusted(self) -> bool:
        """Whether enough pages were seen to prune by."""
        return self.pages >= TRUSTED_AFTER

    @property
    def version(self) -> str:
        """Changes when pages are pruned otherwise: then a text may differ without an edit."""
        numbers = sorted(text for text, count in self.numbers.items() if count >= 3)
        return digest("\n".join([*sorted(self.template), *numbers])) if self.trusted else ""


def to_read_by(learnt: Learnt) -> Learnt:
    """What reading a page needs of it, without the statistics: small enough to go along with each page."""
    numbers = {text: count for text, count in learnt.numbers.items() if count >= 3}
    places = dict.fromkeys(learnt.places, Place())
    return Learnt(pages=learnt.pages, places=places, numbers=numbers, template=learnt.template)


def digest(text: str) -> str:
    """A short name of a text (8 hex digits): to count by, not to prove by."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()


def to_json(learnt: Learnt) -> str:
    """The state as text, for keeping; some hundred kilobytes at most."""
    places = {path: [p.pages, p.total, dict(p.texts), dict(p.common)] for path, p in learnt.places.items()}
    return json.dumps(
        {
            "format": FORMAT,
            "pages": learnt.pages,
            "seen": sorted(learnt.seen),
            "places": places,
            "pairs": dict(learnt.pairs),
            "numbers": dict(learnt.numbers),
            "template": sorted(learnt.template),
            "strangers": learnt.strangers,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_json(text: str) -> Learnt:
    """The state as kept. Of another format, or unreadable: an empty one, and the site is learnt anew."""
    try:
        state = json.loads(text)
        return _restored(state) if state["format"] == FORMAT else Learnt()
    except (ValueError, KeyError, TypeError, AttributeError):
        return Learnt()


def _restored(state: dict[str, Any]) -> Learnt:
    return Learnt(
        pages=int(state["pages"]),
        seen=frozenset(state["seen"]),
        places={path: _place(*kept) for path, kept in state["places"].items()},
        pairs={path: (count, differed) for path, (count, differed) in state["pairs"].items()},
        numbers={text: int(count) for text, count in state["numbers"].items()},
        template=frozenset(state["template"]),
        strangers=int(state["strangers"]),
    )


def _place(pages: int, total: int, texts: dict[str, list[int]], common: dict[str, int]) -> Place:
    return Place(
        pages=pages, total=total, texts={key: (pair[0], pair[1]) for key, pair in texts.items()}, common=common
    )
