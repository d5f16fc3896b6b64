"""The spider that one writes first: Scrapy, its link extractor, trafilatura on every page, an ORM session.

It is written as its parts' tutorials have it, with nothing done to slow it down: links by LxmlLinkExtractor, a
Request for each (Scrapy's own filter drops those seen before), trafilatura for Markdown and metadata in the process
of the spider, one commit an item. It keeps no raw bytes and no versions and compares nothing.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import scrapy
import trafilatura
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from sqlalchemy import Text, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

_NOT_PAGES = (r"/banner/", r"/comment/", r"/print/", r"/user", r"/search", r"/filter/")


class Base(DeclarativeBase):
    pass


class Article(Base):
    """One page as it was read."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    status: Mapped[int]
    title: Mapped[str | None]
    markdown: Mapped[str] = mapped_column(Text)


class NaiveSpider(scrapy.Spider):
    """Follows all links of its host and yields an item a page."""

    name = "naive"

    def __init__(self, seeds: list[str], **options: Any) -> None:
        super().__init__(**options)
        self.start_urls = seeds
        self.links = LinkExtractor(allow_domains=[urlsplit(seeds[0]).netloc], deny=_NOT_PAGES)

    def parse(self, response: Response) -> Iterator[Any]:
        if not isinstance(response, TextResponse):
            return
        # One call: Markdown, headed by title, author, date and the other metadata.
        markdown = trafilatura.extract(
            response.text, url=response.url, output_format="markdown", with_metadata=True, include_links=True
        )
        title = response.css("title::text").get()
        yield {"url": response.url, "status": response.status, "title": title, "markdown": markdown or ""}
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url, callback=self.parse)


class OrmPipeline:
    """An item, a row, a commit."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._session = Session(self._engine)

    @classmethod
    def from_crawler(cls, crawler: Any) -> "OrmPipeline":
        return cls(crawler.settings["NAIVE_DATABASE"])

    def open_spider(self) -> None:
        Base.metadata.create_all(self._engine)

    def close_spider(self) -> None:
        self._session.close()
        self._engine.dispose()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        self._session.add(Article(**item))
        self._session.commit()
        return item


def settings(database: str, *, items: int) -> dict[str, Any]:
    """Scrapy's settings: its defaults, no pauses, an end after so many items."""
    return {
        "NAIVE_DATABASE": database,
        "ITEM_PIPELINES": {OrmPipeline: 300},
        "CLOSESPIDER_ITEMCOUNT": items,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
