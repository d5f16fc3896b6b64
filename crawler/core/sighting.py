"""What one fetch of a page shows of its site's template, small enough to be handed from process to process."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from crawler.core.learnt import digest
from crawler.core.leaves import Leaf, leaves, numberless

MAX_SPOTS = 5_000  # of one page


class Spot(NamedTuple):
    """One leaf block: its place, and digests of what it says."""

    path: str
    text: str
    length: int  # characters
    plain: str  # of the text without its numbers


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """The leaf blocks of one fetch."""

    identity: str  # the same for a page under two addresses
    spots: tuple[Spot, ...]


def sighting(root: etree._Element) -> Sighting:
    """What there is to learn from a page's tree."""
    found = leaves(root)
    return Sighting(identity=_identity(found), spots=tuple(_spot(leaf) for leaf in found[:MAX_SPOTS]))


def plain_digest(text: str) -> str:
    """The digest of a text without its numbers."""
    return digest(numberless(text))


def _spot(leaf: Leaf) -> Spot:
    return Spot(path=leaf.path, text=digest(leaf.text), length=len(leaf.text), plain=plain_digest(leaf.text))


def _identity(found: Iterable[Leaf]) -> str:
    """By the headings and the three longest texts."""
    texts = [leaf.text for leaf in found]
    headings = [leaf.text for leaf in found if leaf.element.tag in ("h1", "h2")]
    return digest("\n".join([*headings[:5], *sorted(texts, key=len)[-3:]]))
