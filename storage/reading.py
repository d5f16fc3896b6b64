"""Reading pages, versions and captures back."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from storage.engine import Store, chunks, stream
from storage.records import Alias, Capture, Page, PageKind, PageState, Version
from storage.rows import capture_of, page_of, version_of
from storage.tables import aliases, attachments, captures, pages, versions

KEPT = (PageState.LIVE, PageState.HELD, PageState.MISSING, PageState.GONE)

_MAX_HOPS = 5  # aliases of aliases; recording points them at their end, so that one is the rule
_PLACES = 50  # single versions asked for in one statement
_TEXTS = 100  # versions of a streamed reading held at a time

_LATEST = (versions.c.page_id == pages.c.id) & (versions.c.number == pages.c.version)


class Reading(Store):
    """Questions about what was found. Streams read in short transactions, so a slow reader never blocks a crawl."""

    def page(self, site: str, url: str) -> Page | None:
        """The page at this canonical URL, or the one that the URL is an alias of."""
        return self.pages_by_url(site, [url]).get(url)

    def pages_by_url(self, site: str, urls: Iterable[str]) -> dict[str, Page]:
        """As page(), for many; the key is the URL that was asked for. Unknown URLs are left out."""
        found: dict[str, Page] = {}
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(urls)):
                found |= _by_url(connection, site, chunk)
        return found

    def pages_by_id(self, page_ids: Iterable[int]) -> dict[int, Page]:
        """Pages by their ids, aliases as they are."""
        with self.reading() as connection:
            return _by_id(connection, page_ids)

    def pages(
        self,
        site: str | None = None,
        *,
        states: Sequence[PageState] | None = None,
        kinds: Sequence[PageKind] | None = None,
        section: str | None = None,
    ) -> Iterator[Page]:
        """Pages in the order in which they were found, streamed."""
        chosen = select(pages)
        if site is not None:
            chosen = chosen.where(pages.c.site == site)
        if states is not None:
            chosen = chosen.where(pages.c.state.in_([state.value for state in states]))
        if kinds is not None:
            chosen = chosen.where(pages.c.kind.in_([kind.value for kind in kinds]))
        if section is not None:
            chosen = chosen.where(pages.c.section == section)
        return (page_of(row) for row in stream(self, chosen, pages.c.id))

    def known(self, site: str, urls: Iterable[str]) -> set[str]:
        """Those of the URLs that are a page's or an alias."""
        found: set[str] = set()
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(urls)):
                for table in (pages, aliases):
                    chosen = select(table.c.url).where(table.c.site == site, table.c.url.in_(chunk))
                    found.update(connection.scalars(chosen).all())
        return found

    def aliases(self, page_ids: Iterable[int]) -> dict[int, list[Alias]]:
        """Other addresses of each page, in the order of their finding; pages without any are left out."""
        found: dict[int, list[Alias]] = {}
        with self.reading() as connection:
            for chunk in chunks(page_ids):
                chosen = select(aliases).where(aliases.c.page_id.in_(chunk)).order_by(aliases.c.id)
                for row in connection.execute(chosen):
                    found.setdefault(row.page_id, []).append(Alias(url=row.url, page_id=row.page_id, how=row.how))
        return found

    def latest_versions(self, page_ids: Iterable[int]) -> dict[int, Version]:
        """The latest version of each page that has one."""
        found: dict[int, Version] = {}
        with self.reading() as connection:
            for chunk in chunks(page_ids):
                chosen = select(versions).join(pages, _LATEST).where(pages.c.id.in_(chunk))
                found |= {row["page_id"]: version_of(row) for row in connection.execute(chosen).mappings().all()}
        return found

    def origins(self, page_ids: Iterable[int]) -> dict[int, Capture]:
        """The capture that each page's latest version was made from: what a revisit refers to."""
        made_from = captures.c.id == versions.c.capture_id
        found: dict[int, Capture] = {}
        with self.reading() as connection:
            for chunk in chunks(page_ids):
                chosen = select(captures).join(versions, made_from).join(pages, _LATEST).where(pages.c.id.in_(chunk))
                found |= {row["page_id"]: capture_of(row) for row in connection.execute(chosen).mappings().all()}
        return found

    def versions(self, page_id: int) -> list[Version]:
        """All versions of a page, oldest first."""
        chosen = select(versions).where(versions.c.page_id == page_id).order_by(versions.c.number)
        with self.reading() as connection:
            return [version_of(row) for row in connection.execute(chosen).mappings().all()]

    def version(self, page_id: int, number: int) -> Version | None:
        chosen = select(versions).where(versions.c.page_id == page_id, versions.c.number == number)
        with self.reading() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return version_of(row) if row else None

    def versions_at(self, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Version]:
        """Versions by page id and number; those that are not there are left out."""
        found: dict[tuple[int, int], Version] = {}
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(places), _PLACES):
                # not one list of pairs: SQLite would read all versions for it
                each = (and_(versions.c.page_id == page_id, versions.c.number == number) for page_id, number in chunk)
                rows = connection.execute(select(versions).where(or_(*each))).mappings().all()
                found |= {(row["page_id"], row["number"]): version_of(row) for row in rows}
        return found

    def all_versions(self, site: str | None = None) -> Iterator[tuple[Page, Version]]:
        """Every version with its page, in the order of their writing, streamed."""
        chosen = select(versions)
        if site is not None:
            chosen = chosen.join(pages, pages.c.id == versions.c.page_id).where(pages.c.site == site)
        for batch in chunks(stream(self, chosen, versions.c.id, _TEXTS), _TEXTS):
            with self.reading() as connection:
                of_id = _by_id(connection, {row["page_id"] for row in batch})
            yield from ((of_id[row["page_id"]], version_of(row)) for row in batch)

    def twins(self, site: str, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Page]]:
        """Pages of the site, kept ones, whose latest version has these (text, title) digests; none: left out."""
        found: dict[tuple[str, str], list[Page]] = {}
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(keys)):
                for row in connection.execute(_twins(site, chunk)).mappings():
                    found.setdefault((row["digest_text"], row["digest_title"]), []).append(page_of(row))
        asked = set(keys)
        return {key: pages_of_key for key, pages_of_key in found.items() if key in asked}

    def held(self, page_ids: Iterable[int]) -> dict[int, list[Page]]:
        """HELD pages by the page that has to be looked at before they are reported; none: left out."""
        found: dict[int, list[Page]] = {}
        with self.reading() as connection:
            for chunk in chunks(page_ids):
                waiting = pages.c.twin_of.in_(chunk) & (pages.c.state == PageState.HELD.value)
                for row in connection.execute(select(pages).where(waiting).order_by(pages.c.id)).mappings():
                    found.setdefault(row["twin_of"], []).append(page_of(row))
        return found

    def newest_found(self, site: str, sections: Collection[str]) -> dict[str, datetime]:
        """When the newest article or document of each section was found; sections without any are left out."""
        lists = [kind.value for kind in (PageKind.LISTING, PageKind.FEED)]
        chosen = (
            select(pages.c.section, func.max(pages.c.found_at).label("found_at"))
            .where(pages.c.site == site, pages.c.section.in_(sections))
            .where(pages.c.version.is_not(None), pages.c.kind.not_in(lists))
            .where(pages.c.state.in_([state.value for state in KEPT]))
            .group_by(pages.c.section)
        )
        with self.reading() as connection:
            return {row.section: row.found_at for row in connection.execute(chosen)}

    def parents(self, site: str, document_url: str) -> list[Page]:
        """Pages whose latest version links to the document at this canonical URL."""
        chosen = (
            select(pages)
            .join(attachments, attachments.c.page_id == pages.c.id)
            .where(attachments.c.url == document_url, pages.c.site == site)
            .order_by(pages.c.id)
        )
        with self.reading() as connection:
            return [page_of(row) for row in connection.execute(chosen).mappings().all()]

    def captures(
        self,
        *,
        site: str | None = None,
        page_id: int | None = None,
        run_id: int | None = None,
        after: int = 0,
    ) -> Iterator[Capture]:
        """Captures in the order of their recording, those behind the id ``after``, streamed."""
        asked = {captures.c.site: site, captures.c.page_id: page_id, captures.c.run_id: run_id}
        chosen = select(captures).where(*(column == value for column, value in asked.items() if value is not None))
        chosen = chosen.where(captures.c.id > after) if after else chosen
        return (capture_of(row) for row in stream(self, chosen, captures.c.id))

    def capture(self, capture_id: int) -> Capture | None:
        with self.reading() as connection:
            row = connection.execute(select(captures).where(captures.c.id == capture_id)).mappings().one_or_none()
        return capture_of(row) if row else None


def _twins(site: str, keys: Sequence[tuple[str, str]]) -> Select[Any]:
    """Latest versions with one of the texts and one of the titles; the caller picks the pairs.

    A condition on pairs would be exact, but makes SQLite walk through all pages.
    """
    texts, titles = {text for text, _ in keys}, {title for _, title in keys}
    return (
        select(pages, versions.c.digest_text, versions.c.digest_title)
        .join(versions, _LATEST)
        .where(
            versions.c.digest_text.in_(texts),
            versions.c.digest_title.in_(titles),
            pages.c.site == site,
            pages.c.state.in_([state.value for state in KEPT]),
        )
        .order_by(pages.c.id)
    )


def _by_id(connection: Connection, page_ids: Iterable[int]) -> dict[int, Page]:
    found: dict[int, Page] = {}
    for chunk in chunks(page_ids):
        rows = connection.execute(select(pages).where(pages.c.id.in_(chunk))).mappings().all()
        found |= {row["id"]: page_of(row) for row in rows}
    return found


def _by_url(connection: Connection, site: str, urls: Sequence[str]) -> dict[str, Page]:
    """Pages at the URLs, aliases followed; a page's own row wins over an alias of the same URL."""
    of_alias = select(aliases.c.url, aliases.c.page_id).where(aliases.c.site == site, aliases.c.url.in_(urls))
    leads = dict(connection.execute(of_alias).all())
    own = connection.execute(select(pages).where(pages.c.site == site, pages.c.url.in_(urls))).mappings()
    found = {row["url"]: page_of(row) for row in own}
    leads |= {url: page.alias_of for url, page in found.items() if page.alias_of is not None}
    leads = {url: page_id for url, page_id in leads.items() if url not in found or found[url].alias_of is not None}
    return found | _followed(connection, leads)


def _followed(connection: Connection, leads: Mapping[str, int]) -> dict[str, Page]:
    reached: dict[int, Page] = {}
    ahead = set(leads.values())
    for _ in range(_MAX_HOPS):
        reached |= _by_id(connection, ahead - set(reached))
        ahead = {page.alias_of for page in reached.values() if page.alias_of is not None} - set(reached)
        if not ahead:
            break
    return {url: _end(reached, page_id) for url, page_id in leads.items() if page_id in reached}


def _end(reached: Mapping[int, Page], page_id: int) -> Page:
    page = reached[page_id]
    for _ in range(_MAX_HOPS):
        if page.alias_of is None or page.alias_of not in reached:
            break
        page = reached[page.alias_of]
    return page
