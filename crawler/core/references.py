"""What a page points at - links, images, attachments - and what differs between two sets of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.core.canonical import canonical_text, canonical_url
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


def compare_references(
    before: Iterable[Reference],
    after: Iterable[Reference],
    *,
    fold_url: Callable[[str], str] = canonical_url,
    fold: Callable[[str], str] = canonical_text,
) -> References:
    """What was added, removed, led elsewhere, named otherwise; addresses and labels compared folded."""
    old = {(fold_url(item.url), fold(item.label)): item for item in before}
    new = {(fold_url(item.url), fold(item.label)): item for item in after}
    lost = {key: item for key, item in old.items() if key not in new}
    found = {key: item for key, item in new.items() if key not in old}
    retargeted = _pairs(lost, found, by=1)
    relabelled = _pairs(lost, found, by=0)
    old_urls, new_urls = {url for url, _ in old}, {url for url, _ in new}
    return References(
        added=tuple(item for (url, _), item in found.items() if url not in old_urls),
        removed=tuple(item for (url, _), item in lost.items() if url not in new_urls),
        retargeted=retargeted,
        relabelled=relabelled,
    )


Keyed = dict[tuple[str, str], Reference]


def _pairs(lost: Keyed, found: Keyed, *, by: int) -> tuple[tuple[Reference, Reference], ...]:
    """Takes pairs with the same address (`by` 0) or label (1) out of both, where it is clear which belongs to which."""
    olds, news = _by_part(lost, by), _by_part(found, by)
    pairs = []
    for part, keys in olds.items():
        if part and len(keys) == len(news.get(part, ())):
            pairs += [(lost.pop(key), found.pop(other)) for key, other in zip(keys, news[part], strict=True)]
    return tuple(pairs)


def _by_part(items: Keyed, part: int) -> dict[str, list[tuple[str, str]]]:
    groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in items:
        groups[key[part]].append(key)
    return groups
