"""What a page says of itself in JSON-LD (schema.org): its articles, hostile scripts survived."""

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

Thing = dict[str, Any]

_ARTICLES = ("newsarticle", "article", "blogposting", "report", "pressrelease", "techarticle")
_PAGES = ("webpage", "itempage", "aboutpage", "contactpage")
_MAX_SCRIPT = 500_000  # characters
_MAX_THINGS = 200


def described(root: etree._Element) -> list[Thing]:
    """The things that describe the page itself, articles before web pages; comments, images and the site left out."""
    things = [thing for script in root.iter("script") for thing in _things(script)]
    ranked = [(rank, thing) for thing in things if (rank := _rank(thing)) is not None]
    return [thing for _, thing in sorted(ranked, key=lambda pair: pair[0])]


def is_article(thing: Thing) -> bool:
    """Whether it is news, an article, a post."""
    return any(name in _ARTICLES for name in _names(thing))


def _things(script: etree._Element) -> Iterator[Thing]:
    source = script.text or ""
    if "ld+json" not in (script.get("type") or "").lower() or not source or len(source) > _MAX_SCRIPT:
        return
    try:
        queue = [json.loads(source, strict=False)]
    except (ValueError, RecursionError):
        return
    seen = 0
    while queue and seen < _MAX_THINGS:
        item = queue.pop(0)
        seen += 1
        if isinstance(item, list):
            queue.extend(item[:_MAX_THINGS])
        elif isinstance(item, dict):
            yield item
            queue.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if item.get(key))


def _rank(thing: Thing) -> int | None:
    order = (*_ARTICLES, *_PAGES)
    return min((order.index(name) for name in _names(thing) if name in order), default=None)


def _names(thing: Thing) -> list[str]:
    kinds = thing.get("@type")
    return [str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]
