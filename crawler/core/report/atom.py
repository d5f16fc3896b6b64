"""Changes as an Atom feed (RFC 4287), paged as RFC 5005 says: one entry a change, with the difference as content."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlsplit

from lxml import etree

from crawler.core.phrases import ENGLISH, Catalogue, shortened
from crawler.core.report.entries import Entry
from crawler.core.report.fragment import render_fragment
from crawler.core.report.marks import shown
from crawler.core.report.order import safe_href
from crawler.core.report.voice import Voice

ATOM = "http://www.w3.org/2005/Atom"
FOUNDED = "2026"  # of our tag URIs (RFC 4151): a year in which the host was already ours to name things with
_TITLE = 200  # characters
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0, 2.2, has no place for


def render_atom(
    entries: Iterable[Entry],
    *,
    title: str,
    self_url: str,
    site_url: str,
    updated: datetime,
    zone: tzinfo,
    language: str = "en",
    catalogue: Catalogue = ENGLISH,
    next_url: str | None = None,
    sections: Mapping[str, str] | None = None,
) -> str:
    """The feed as XML text, entries in the order in which they are given (newest first is the custom).

    `site_url`: the service's address; an entry leads to its review page there, and to the page that it is about as
    "related". `updated`: used where there is no entry. `next_url`: the page of the feed with older entries. An
    entry's id is a tag URI of the service's host and the change's number: the same for ever. Words from the web are
    text in it, never markup.
    """
    voice = Voice(zone=zone, language=language, catalogue=catalogue, sections=sections or {})
    told = list(entries)
    feed = etree.Element(_in("feed"), {f"{_XML}lang": language}, nsmap={None: ATOM})  # type: ignore[dict-item]  # the stubs forget the default namespace
    _text(feed, "id", _tag(site_url, f"feed:{urlsplit(self_url).path}"))
    _text(feed, "title", title)
    _text(feed, "updated", _moment(max((entry.change.first_seen for entry in told), default=updated)))
    _text(etree.SubElement(feed, _in("author")), "name", "Letapis")
    _text(feed, "generator", "Letapis")
    _link(feed, "self", self_url, "application/atom+xml")
    _link(feed, "alternate", site_url, "text/html")
    if next_url:
        _link(feed, "next", next_url, "application/atom+xml")
    for entry in told:
        _entry(feed, entry, site_url, voice)
    return '<?xml version="1.0"?>\n' + etree.tostring(feed, encoding="unicode", pretty_print=True)


def _entry(feed: etree._Element, entry: Entry, site_url: str, voice: Voice) -> None:
    change = entry.change
    found = etree.SubElement(feed, _in("entry"))
    review = f"{site_url.rstrip('/')}/changes/{change.id}"
    _text(found, "id", _tag(site_url, f"change:{change.id}"))
    _text(found, "title", f"{voice.kind(change.kind)}: {shortened(change.title or change.url, _TITLE)}")
    _text(found, "updated", _moment(change.first_seen))
    _text(found, "published", _moment(change.first_seen))
    _text(etree.SubElement(found, _in("author")), "name", change.site)
    for term, label in (
        (f"kind:{change.kind.value}", voice.kind(change.kind)),
        (f"section:{change.section or ''}", voice.section(change.section)),
    ):
        etree.SubElement(found, _in("category"), {"term": xml_text(term), "label": xml_text(label)})
    _link(found, "alternate", review, "text/html")
    if safe_href(change.url):
        _link(found, "related", change.url)
    _text(found, "summary", voice.summary(entry))
    _text(found, "content", render_fragment(entry, voice), type="html")


def _in(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _text(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    etree.SubElement(parent, _in(name), attributes).text = xml_text(text)


def _link(parent: etree._Element, rel: str, url: str, media_type: str | None = None) -> None:
    attributes = {"rel": rel, "href": xml_text(url)} | ({"type": media_type} if media_type else {})
    etree.SubElement(parent, _in("link"), attributes)


def xml_text(text: str) -> str:
    """Text that may stand in XML: without characters that it has no place for, or that steer a screen."""
    return _NO_XML.sub("", shown(text))


def _tag(site_url: str, what: str) -> str:
    """A name for ever (RFC 4151): it doesn't change with the scheme, the port or the address of a review page."""
    return f"tag:{urlsplit(site_url).hostname or 'localhost'},{FOUNDED}:{what}"


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC, without parts of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
