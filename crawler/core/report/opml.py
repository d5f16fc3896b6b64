"""All feeds of a service as one OPML 2.0 list, for readers that take them in at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from crawler.core.report.atom import xml_text


@dataclass(frozen=True, kw_only=True)
class Feed:
    group: str  # heading that it stands under: a site, "Subscriptions"
    title: str
    url: str  # of the Atom feed
    page: str  # address that people open


def render_opml(feeds: Iterable[Feed], *, title: str, made: datetime) -> str:
    """The list as XML text, feeds under their groups' headings in the order of their coming."""
    document = etree.Element("opml", {"version": "2.0"})
    head = etree.SubElement(document, "head")
    etree.SubElement(head, "title").text = xml_text(title)
    etree.SubElement(head, "dateCreated").text = made.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    body, groups = etree.SubElement(document, "body"), dict[str, etree._Element]()
    for feed in feeds:
        if feed.group not in groups:
            groups[feed.group] = etree.SubElement(body, "outline", {"text": xml_text(feed.group)})
        attributes = {"text": feed.title, "title": feed.title, "type": "rss", "version": "ATOM"}
        attributes |= {"xmlUrl": feed.url, "htmlUrl": feed.page}
        etree.SubElement(groups[feed.group], "outline", {key: xml_text(value) for key, value in attributes.items()})
    if not groups:  # OPML asks for one outline at least
        etree.SubElement(body, "outline", {"text": xml_text(title)})
    return '<?xml version="1.0"?>\n' + etree.tostring(document, encoding="unicode", pretty_print=True)
