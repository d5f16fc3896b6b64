"""What kind of page it is, by the profile's rules."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

from lxml import etree

from config.site import Kind, Site
from crawler.core.selectors import Tree, alternatives
from crawler.core.structured import described, is_article
from crawler.core.urls import BadUrl, canonical
from storage.records import PageKind


def kind_of(tree: Tree, *, site: Site | None, addresses: tuple[str, ...], body_class: str) -> PageKind:
    """The first of the profile's kinds whose conditions all hold; without a profile, what the page says of itself.

    `addresses`: the page's declared canonical URL and the one it was fetched from; either may match. A pattern is
    searched in path + "?" + query, the language prefix stripped.
    """
    if site is None or not site.kinds:
        return _self_declared(tree.root)
    keys = tuple(dict.fromkeys(address_key(url, site) for url in addresses))
    for kind in site.kinds:
        if _holds(kind, tree, keys, body_class):
            return PageKind(kind.name)
    return PageKind.OTHER


def address_key(url: str, site: Site) -> str:
    """Path + "?" + query of the URL's canonical form, without its language prefix and trailing slash.

    For the ministry, "https://mpt.gov.by/be/news/?page=2" gives "/news?page=2".
    """
    with suppress(BadUrl):
        url = canonical(url, site)
    parts = urlsplit(url)
    head, _, rest = parts.path.lstrip("/").partition("/")
    path = "/" + (rest if head.lower() in site.scope.prefixes else parts.path.lstrip("/"))
    return (path.rstrip("/") or "/") + ("?" + parts.query if parts.query else "")


def _holds(kind: Kind, tree: Tree, keys: tuple[str, ...], body_class: str) -> bool:
    when = kind.when
    if when.url is None and when.body_class is None and when.css is None:
        return False
    return (
        (when.url is None or any(re.search(when.url, key) for key in keys))
        and (when.body_class is None or re.search(when.body_class, body_class) is not None)
        and (when.css is None or any(tree.select(css) for css in alternatives(when.css)))
    )


def _self_declared(root: etree._Element) -> PageKind:
    for meta in root.iter("meta"):
        if meta.get("property") == "og:type" and (meta.get("content") or "").strip().lower() == "article":
            return PageKind.NEWS
    if any(is_article(thing) for thing in described(root)):
        return PageKind.NEWS
    return PageKind.PAGE
