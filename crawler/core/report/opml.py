"""All feeds of a service as one OPML 2.0 list, for readers that take them in at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from lxml import etree

from config.site import Site
from crawler.core.phrases import Catalogue
from crawler.core.report.atom import xml_text
from storage.records_outbox import Subscription


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


def feeds_of(
    sites: Iterable[Site], subscriptions: Iterable[Subscription], public_url: str, catalogue: Catalogue
) -> Iterator[Feed]:
    """Every feed that the service has: of all sites, of each, of its sections, of each subscription."""
    everything = catalogue.gettext("all changes")
    yield Feed(
        group=catalogue.gettext("All sites"),
        title=f"Letapis: {everything}",
        url=f"{public_url}/feeds/all.atom",
        page=f"{public_url}/changes",
    )
    for site in sites:
        name, page = site.title or site.key, f"{public_url}/changes?site={site.key}"
        yield Feed(group=name, title=f"{name}: {everything}", url=f"{public_url}/feeds/{site.key}.atom", page=page)
        for part in site.sections:
            url = f"{public_url}/feeds/{site.key}/{quote(part.name, safe='')}.atom"
            title = f"{name}: {part.title or part.name}"
            yield Feed(group=name, title=title, url=url, page=f"{page}&section={quote(part.name, safe='')}")
    for one in subscriptions:
        url, page = f"{public_url}/feeds/subscription/{one.id}.atom", f"{public_url}/subscriptions/{one.id}"
        yield Feed(group=catalogue.gettext("Subscriptions"), title=one.name, url=url, page=page)
