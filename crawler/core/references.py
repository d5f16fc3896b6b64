"""What a page points at - links, images, attachments - and what differs between two sets of it."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from storage.records import Document


class Reference(NamedTuple):
    label: str  # text of the link, alt of the image; may be empty
    url: str

    @property
    def name(self) -> str:
        """What to call it: its label, else its file name, else its address."""
        return self.label.strip() or unquote(urlsplit(self.url).path.rstrip("/").rpartition("/")[2]) or self.url


@dataclass(frozen=True, kw_only=True)
class References:
    """Differences; order on the page is none."""

    added: tuple[Reference, ...] = ()
    removed: tuple[Reference, ...] = ()
    retargeted: tuple[tuple[Reference, Reference], ...] = ()  # the same label, another address
    relabelled: tuple[tuple[Reference, Reference], ...] = ()  # the same address, another label

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retargeted or self.relabelled)


def links_of(document: Document) -> list[Reference]:
    """Its links, without those that are attachments."""
    files = {attachment.url for attachment in document.attachments}
    return [Reference(link.text, link.url) for link in document.links if link.url not in files]


def images_of(document: Document) -> list[Reference]:
    return [Reference(image.alt, image.url) for image in document.images]


def attachments_of(document: Document) -> list[Reference]:
    return [Reference(attachment.text, attachment.url) for attachment in document.attachments]


def fold_address(url: str) -> str:
    """An address without scheme, ``www.`` and trailing slash."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url


def compare_references(
    before: Iterable[Reference],
    after: Iterable[Reference],
    *,
    fold_url: Callable[[str], str] = fold_address,
    fold: Callable[[str], str] = str.strip,
) -> References:
    """What was added, removed, led elsewhere, named otherwise; addresses and labels compared folded."""
    old = {(fold_url(item.url), fold(item.label)): item for item in before}
    new = {(fold_url(item.url), fold(item.label)): item for item in after}
    old_urls, new_urls = {url for url, _ in old}, {url for url, _ in new}
    removed = [(label, item) for (url, label), item in old.items() if url not in new_urls]
    added = [(label, item) for (url, label), item in new.items() if url not in old_urls]
    retargeted = _pairs([pair for pair in removed if pair[0]], added)
    kept_old = [(url, item) for (url, label), item in old.items() if url in new_urls and (url, label) not in new]
    kept_new = [(url, item) for (url, label), item in new.items() if url in old_urls and (url, label) not in old]
    return References(
        added=_without(added, {after for _, after in retargeted}),
        removed=_without(removed, {before for before, _ in retargeted}),
        retargeted=tuple(retargeted),
        relabelled=tuple(_pairs(kept_old, kept_new)),
    )


Keyed = Sequence[tuple[str, Reference]]


def _pairs(before: Keyed, after: Keyed) -> list[tuple[Reference, Reference]]:
    """Pairs with the same key, first come first served."""
    waiting: defaultdict[str, deque[Reference]] = defaultdict(deque)
    for key, item in after:
        waiting[key].append(item)
    return [(item, waiting[key].popleft()) for key, item in before if waiting[key]]


def _without(items: Keyed, taken: set[Reference]) -> tuple[Reference, ...]:
    return tuple(dict.fromkeys(item for _, item in items if item not in taken))
