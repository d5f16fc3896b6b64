"""Feeds and sitemaps of every kind, whole, broken and hostile."""

import gzip
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from crawler.core.feeds import MAX_ENTRIES, BadFeed, Entry, FeedKind, read_date, read_feed

URL = "https://mpt.gov.by/ru/rss.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xml:base="https://mpt.gov.by/ru/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Лента</title><link>https://mpt.gov.by/ru</link>
 <atom:link href="https://mpt.gov.by/ru/rss.xml" rel="self"/>
 <image><url>/logo.png</url><link>https://mpt.gov.by/</link></image>
 <item><title>Кабель &amp; связь</title><link>https://mpt.gov.by/ru/news/05-05-2024-1</link>
  <description>&lt;a href="/x"&gt;анонс&lt;/a&gt;</description>
  <pubDate>Sun, 05 May 2024 10:00:00 +0300</pubDate><guid isPermaLink="false">1 at mpt</guid></item>
 <item><link>news/04-05-2024-2</link><dc:date>2024-05-04T09:00:00+03:00</dc:date></item>
 <item><title>Без даты</title><guid>https://mpt.gov.by/node/3</guid><pubDate>вчера</pubDate></item>
 <item><title>Без адреса</title><guid isPermaLink="false">4</guid></item>
 <item><link>javascript:alert(1)</link></item>
 <item><link>https://mpt.gov.by/ru/news/05-05-2024-1</link><title>второй раз</title></item>
</channel></rss>""".encode()

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/en/"><title>All</title><link href="/" rel="alternate"/>
<entry><title type="html">One</title><link rel="enclosure" href="/f.pdf"/>
<link rel="alternate" href="one"/><id>tag:1</id>
<updated>2024-05-06T07:08:09Z</updated><published>2024-05-01T00:00:00Z</published></entry>
<entry xml:base="two/"><link href="x?a=1&amp;b=2"/></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="/"><link>https://mpt.gov.by/</link></channel>
<item rdf:about="/a"><title>A</title><link>https://mpt.gov.by/a</link></item></rdf:RDF>"""

SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://mpt.gov.by/a </loc><lastmod>2024-05-06</lastmod>
<image:image><image:loc>https://mpt.gov.by/i.jpg</image:loc></image:image></url>
<url><loc>https://mpt.gov.by/b</loc><lastmod>2024-13-40</lastmod></url></urlset>"""

INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://mpt.gov.by/sitemap.xml?page=1</loc><lastmod>2024-05-06T07:08+03:00</lastmod></sitemap></sitemapindex>"""


def test_rss_as_drupal_writes_it() -> None:
    feed = read_feed(RSS, URL)
    assert feed.kind is FeedKind.RSS
    assert feed.whole
    first, second, third = feed.entries
    moment = datetime(2024, 5, 5, 7, 0, tzinfo=UTC)
    assert first == Entry(
        url="https://mpt.gov.by/ru/news/05-05-2024-1",
        title="Кабель & связь",
        updated=moment,
        published=moment,
        id="1 at mpt",
    )
    assert (second.url, second.updated) == (
        "https://mpt.gov.by/ru/news/04-05-2024-2",
        datetime(2024, 5, 4, 6, 0, tzinfo=UTC),
    )
    assert (third.url, third.updated) == ("https://mpt.gov.by/node/3", None)


def test_atom() -> None:
    one, two = read_feed(ATOM, URL).entries
    assert (one.url, one.title, one.id) == ("https://mpt.gov.by/en/one", "One", "tag:1")
    assert one.updated == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert one.published == datetime(2024, 5, 1, tzinfo=UTC)
    assert two.url == "https://mpt.gov.by/en/two/x?a=1&b=2"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        pytest.param(RDF, FeedKind.RDF, [("https://mpt.gov.by/a", None)], id="RDF"),
        pytest.param(
            SITEMAP,
            FeedKind.SITEMAP,
            [("https://mpt.gov.by/a", datetime(2024, 5, 6, tzinfo=UTC)), ("https://mpt.gov.by/b", None)],
            id="sitemap",
        ),
        pytest.param(
            INDEX,
            FeedKind.SITEMAP_INDEX,
            [("https://mpt.gov.by/sitemap.xml?page=1", datetime(2024, 5, 6, 4, 8, tzinfo=UTC))],
            id="sitemap index",
        ),
        pytest.param(
            b'<rss><channel><item><link>/1</link></item></channel></rss>',
            FeedKind.RSS,
            [("https://mpt.gov.by/1", None)],
            id="bare RSS",
        ),
        pytest.param(b"<rss/>", FeedKind.RSS, [], id="empty feed"),
    ],
)  # fmt: skip
def test_other_kinds(body: bytes, kind: FeedKind, expected: list[tuple[str, datetime | None]]) -> None:
    for form in (body, gzip.compress(body), b"\n " + body):
        feed = read_feed(form, URL)
        assert feed.kind is kind
        assert feed.whole
        assert [(entry.url, entry.updated) for entry in feed.entries] == expected


def test_windows_1251_is_read_as_declared() -> None:
    item = "<item><title>Связь</title><link>/1</link></item>"
    body = f'<?xml version="1.0" encoding="windows-1251"?><rss><channel>{item}</channel></rss>'
    assert read_feed(body.encode("cp1251"), URL).entries[0].title == "Связь"


def test_a_cut_feed_yields_what_is_whole_of_it() -> None:
    feed = read_feed(b"<rss><channel><item><link>/1</link></item><item><link>/234", URL)
    assert [entry.url for entry in feed.entries] == ["https://mpt.gov.by/1"], "/234 may be the half of /2345"
    assert not feed.whole


def test_a_broken_feed_yields_what_can_be_read() -> None:
    items = b"<item><title>A & B&nbsp;C</title><link>/1?a=1&b=2</link></item><item><title></b></title></item>"
    feed = read_feed(b"<rss><channel>" + items + b"<item><link>/2</link></item></channel></rss>", URL)
    assert (feed.entries[0].url, feed.entries[0].title) == ("https://mpt.gov.by/1?a=1&b=2", "A & B\xa0C")
    assert not feed.whole


def test_bare_ampersands_alone_are_mended() -> None:
    feed = read_feed(b"<rss><channel><item><link>/1?a=1&b=2&amp;c=3</link></item></channel></rss>", URL)
    assert [entry.url for entry in feed.entries] == ["https://mpt.gov.by/1?a=1&b=2&c=3"]
    assert feed.whole


def test_a_cut_gzip_yields_what_is_whole_of_it() -> None:
    items = b"".join(b"<item><link>/%d</link></item>" % n for n in range(5000))
    packed = gzip.compress(b"<rss><channel>" + items + b"</channel></rss>")
    feed = read_feed(packed[: len(packed) // 2], URL)
    assert 100 < len(feed.entries) < 5000
    assert not feed.whole


ITEM = b"<rss><channel><item><title>&a;</title></item></channel></rss>"
BOMB = b'<!DOCTYPE rss [<!ENTITY b "ha"><!ENTITY a "&b;&b;&b;">]>' + ITEM
READS_FILE = b'<!DOCTYPE rss [<!entity a SYSTEM "file:///etc/passwd">]>' + ITEM


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "no feed", id="nothing"),
        pytest.param(b"\x00\x01\x02", "no feed", id="bytes"),
        pytest.param(b"hello", "no feed", id="words"),
        pytest.param(b"<!DOCTYPE html><html><body><item><link>/1</link></item></body></html>", "<html>", id="HTML"),
        pytest.param(b"\x1f\x8bno", "gzip", id="no gzip"),
        pytest.param(BOMB, "entities", id="a billion laughs"),
        pytest.param(READS_FILE, "entities", id="external entity"),
        pytest.param(BOMB.decode().encode("utf-16"), "entities", id="entities in UTF-16"),
    ],
)
def test_refused(body: bytes, reason: str) -> None:
    with pytest.raises(BadFeed, match=reason) as caught:
        read_feed(body, URL)
    assert str(caught.value).isprintable()


def test_a_document_type_alone_is_no_harm_and_is_not_fetched() -> None:
    body = b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss.dtd">' + b"<rss/>"
    assert read_feed(body).whole


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("b'<rss><channel>' + b'<x/>' * 5_000_000 + b'</channel></rss>'", id="elements outside of entries"),
        pytest.param("b'<rss><channel><item>' + b'<x/>' * 5_000_000", id="elements in one entry"),
        pytest.param("gzip.compress(b'<rss><channel>' + b' ' * 200_000_000)", id="gzip bomb"),
        pytest.param("b'<rss>' + b'<a>' * 5_000_000", id="deep"),
        pytest.param("b'<rss ' + b' '.join(b'a%d=\"\"' % n for n in range(1_000_000)) + b'/>'", id="attributes"),
    ],
)
def test_memory_stays_bounded(body: str) -> None:
    """In a process of its own that may have 600 MB of addresses all told, the body's making included."""
    script = f"""if True:
        import gzip, resource
        from contextlib import suppress
        from crawler.core.feeds import BadFeed, read_feed
        body = {body}
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
        with suppress(BadFeed):
            assert not read_feed(body).entries
    """
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_entries_are_counted() -> None:
    urls = b"".join(b"<url><loc>http://a.example/%d</loc></url>" % n for n in range(MAX_ENTRIES + 1))
    feed = read_feed(b"<urlset>" + urls + b"</urlset>")
    assert len(feed.entries) == MAX_ENTRIES
    assert not feed.whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Mon, 06 May 2024 07:08:09 GMT", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), id="RFC 822"),
        pytest.param("06 May 24 10:08 +0300", datetime(2024, 5, 6, 7, 8, tzinfo=UTC), id="two-digit year"),
        pytest.param("Mon, 06 May 2024 07:08:09 -0000", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), id="unknown zone"),
        pytest.param("2024-05-06T10:08:09.5+03:00", datetime(2024, 5, 6, 7, 8, 9, 500000, tzinfo=UTC), id="fraction"),
        pytest.param("2024-05-06T07:08Z", datetime(2024, 5, 6, 7, 8, tzinfo=UTC), id="minutes"),
        pytest.param("2024-05-06 07:08:09", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), id="no zone is UTC"),
        pytest.param("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC), id="day"),
        pytest.param("2024-05", datetime(2024, 5, 1, tzinfo=UTC), id="month"),
        pytest.param("2024", datetime(2024, 1, 1, tzinfo=UTC), id="year"),
        pytest.param("", None, id="nothing"),
        pytest.param("2024-02-30", None, id="no such day"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before time"),
        pytest.param("1970-01-01T00:00:00Z", None, id="a clock that was never set"),
        pytest.param("Mon, 99 May 2024 07:08:09 GMT", None, id="day 99"),
        pytest.param("вчера", None, id="words"),
        pytest.param("9" * 5000, None, id="digits"),
    ],
)
def test_read_date(text: str, expected: datetime | None) -> None:
    assert read_date(text) == expected
