"""Recording visits: a batch of settlements in one transaction, so that a crash leaves whole batches only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.discovering import discover_in
from storage.engine import Store, chunks, upsert
from storage.evidence import chained, sites_of_runs
from storage.locks import lock_sites
from storage.owed import Tell, active_in, let_go_in, owe_in
from storage.records import Alias, Change, ChangeKind, HintMark, Page, PageState, Settlement, Version
from storage.rows import change_row, page_row, version_row
from storage.tables import (
    EPOCH,
    aliases,
    attachments,
    captures,
    changes,
    fits_index,
    pages,
    versions,
)

Attachments = Mapping[int, Sequence[str]]

_FIXED = ("id", "site", "url")  # a page's identity is never rewritten
_OF_OTHERS = ("lease_until", "hint_modified", "hint_read")  # a visit of the page knows them as they were before it
_UPDATE = (
    update(pages)
    .where(pages.c.id == bindparam("id_"))
    .values({c.name: bindparam(f"{c.name}_") for c in pages.c if c.name not in (*_FIXED, *_OF_OTHERS)})
)
_FREE = update(pages).where(pages.c.id == bindparam("id_")).values(lease_until=None)


class Visits(Store):
    """The one way by which visits come into the archive."""

    def record(
        self,
        settlements: Sequence[Settlement],
        attachments: Attachments | None = None,
        owed: Tell | None = None,
    ) -> list[Change]:
        """Writes a batch of settlements whole or not at all; returns the changes that are new, with their ids.

        ``attachments`` holds, by page id, the canonical URLs of the documents that a page's latest version links
        to; pages it does not name keep theirs. Recorded again, a batch doubles no version and no change.

        ``owed`` says of a new change, with its id, to whom it is owed: written with the change, or neither is. A
        change that another one absorbs is owed no more, unless its message is out.

        A settlement is stale when another worker has meanwhile stored a different version of that number: of it
        only the captures are kept, and its page stays due for a look that starts from what is there now.
        """
        with self.writing() as connection:
            batch = _Batch(connection, settlements, owed)
            return batch.write(attachments or {})


class _Batch:
    def __init__(self, connection: Connection, settlements: Sequence[Settlement], owed: Tell | None) -> None:
        self.connection = connection
        self.settlements = settlements
        self.owed = owed
        self.sites = _lock(connection, settlements)
        tells = any(one.changes or one.absorb for one in settlements)
        self.active = active_in(connection) if tells else {}
        self.stale: set[int] = set()  # ids of pages that another worker has given a version meanwhile

    def write(self, linked: Attachments) -> list[Change]:
        last = self._captures()
        fresh = list(self._fresh())
        self._versions(fresh, last)
        self._attachments({page_id: urls for page_id, urls in linked.items() if page_id not in self.stale})
        self._pages(fresh)
        self._aliases([alias for one in fresh for alias in one.aliases])
        recorded = [change for one in fresh for change in self._changes(one)]
        self._discover(fresh)
        self._due_now(fresh)
        self._hints([hint for one in fresh for hint in one.hints])
        return recorded

    def _captures(self) -> list[int | None]:
        """Writes all captures; returns the id of each settlement's last one."""
        every = [capture for one in self.settlements for capture in one.captures]
        if not every:
            return [None] * len(self.settlements)
        rows = chained(self.connection, every)
        statement = insert(captures).returning(captures.c.id, sort_by_parameter_order=True)
        ids = iter(self.connection.execute(statement, rows).scalars().all())
        written = [[next(ids) for _ in one.captures] for one in self.settlements]
        return [ids_of_one[-1] if ids_of_one else None for ids_of_one in written]

    def _fresh(self) -> Iterator[Settlement]:
        """Settlements whose versions nobody else has numbered; stale ones are given back."""
        stored = _stored_digests(self.connection, [v for one in self.settlements for v in one.versions])
        for one in self.settlements:
            clash = any(stored.get((v.page_id, v.number), v.digests.content) != v.digests.content for v in one.versions)
            if not clash:
                yield one
                continue
            self.stale.update(version.page_id for version in one.versions)
            self.connection.execute(_FREE, [{"id_": page_id} for page_id in _visited(one)])

    def _versions(self, fresh: Sequence[Settlement], last: Sequence[int | None]) -> None:
        captured = dict(zip(map(id, self.settlements), last, strict=True))
        rows = [
            version_row(replace(v, capture_id=v.capture_id or captured[id(one)])) for one in fresh for v in one.versions
        ]
        if rows:
            statement = upsert(self.connection, versions).on_conflict_do_nothing(index_elements=["page_id", "number"])
            self.connection.execute(statement, rows)

    def _attachments(self, linked: Attachments) -> None:
        rows = [{"page_id": i, "url": u} for i, urls in linked.items() for u in dict.fromkeys(urls) if fits_index(u)]
        if linked:
            self.connection.execute(delete(attachments).where(attachments.c.page_id.in_(list(linked))))
        if rows:
            self.connection.execute(insert(attachments), rows)

    def _pages(self, fresh: Sequence[Settlement]) -> None:
        rows = [page for one in fresh for page in one.pages]
        if rows:
            self.connection.execute(_UPDATE, [_suffixed(page) for page in rows])
        visited = [{"id_": page_id} for one in fresh for page_id in _visited(one)]
        if visited:
            self.connection.execute(_FREE, visited)
        for page in rows:
            if page.state is PageState.ALIAS and page.alias_of is not None:
                _repoint(self.connection, page.id, page.alias_of)

    def _aliases(self, found: Sequence[Alias]) -> None:
        rows = [
            {"site": self.sites[alias.page_id], "url": alias.url, "page_id": alias.page_id, "how": alias.how}
            for alias in found
            if fits_index(alias.url)
        ]
        if not rows:
            return
        statement = upsert(self.connection, aliases)
        newer = {"page_id": statement.excluded.page_id, "how": statement.excluded.how}
        self.connection.execute(statement.on_conflict_do_update(index_elements=["site", "url"], set_=newer), rows)
        self.connection.execute(_SUPERSEDE, [{f"{k}_": v for k, v in row.items()} for row in rows])

    def _changes(self, one: Settlement) -> Iterator[Change]:
        """Writes a settlement's changes, after taking back those that they replace."""
        for page_id, kind in one.absorb:
            self._absorb(page_id, kind, _run_id(one))
        for change in one.changes:
            change_id = insert_change(self.connection, change_row(change))
            if change_id is not None:
                written = replace(change, id=change_id)
                owe_in(self.connection, written, self.owed(written) if self.owed else (), self.active)
                yield written

    def _absorb(self, page_id: int, kind: ChangeKind, run_id: int | None) -> None:
        same = (changes.c.page_id == page_id) & (changes.c.kind == kind.value) & (changes.c.run_id == run_id)
        absorbed = update(changes).where(same).values(absorbed=True).returning(changes.c.id)
        let_go_in(self.connection, self.connection.execute(absorbed).scalars().all())

    def _discover(self, fresh: Sequence[Settlement]) -> None:
        found = [discovery for one in fresh for discovery in one.discoveries]
        if found:
            times = [time for one in fresh if (time := seen_at(one))]
            discover_in(self.connection, found, max(times, default=None))

    def _due_now(self, fresh: Sequence[Settlement]) -> None:
        rows = [{"id_": page_id, "now_": seen_at(one) or EPOCH} for one in fresh for page_id in one.due_now]
        if rows:
            self.connection.execute(_DUE, rows)

    def _hints(self, found: Sequence[HintMark]) -> None:
        rows = [{"id_": one.page_id, "modified_": one.modified, "read_": one.read} for one in found]
        if rows:
            self.connection.execute(_HINT, rows)
        sooner = [{"id_": one.page_id, "now_": one.due} for one in found if one.due is not None]
        if sooner:
            self.connection.execute(_SOONER, sooner)


# A page that fails keeps its back-off, whoever waits for it.
_DUE = (
    update(pages)
    .where(pages.c.id == bindparam("id_"), pages.c.state != PageState.ALIAS.value, pages.c.failure_count == 0)
    .values(next_visit=bindparam("now_"))
)

_HINT = (
    update(pages)
    .where(pages.c.id == bindparam("id_"))
    .values(hint_modified=bindparam("modified_"), hint_read=bindparam("read_"))
)
_SOONER = (
    update(pages)
    .where(pages.c.id == bindparam("id_"), pages.c.next_visit > bindparam("now_"))
    .values(next_visit=bindparam("now_"))
)

# A page that nobody has visited yet, at an address that turned out to be another page's.
_SUPERSEDE = (
    update(pages)
    .where(
        pages.c.site == bindparam("site_"),
        pages.c.url == bindparam("url_"),
        pages.c.state == PageState.NEW.value,
        pages.c.id != bindparam("page_id_"),
    )
    .values(state=PageState.ALIAS.value, alias_of=bindparam("page_id_"), next_visit=None, lease_until=None)
)


def seen_at(one: Settlement) -> datetime | None:
    """When the settlement's visit was: the time of its last capture; null without one."""
    return max((capture.fetched_at for capture in one.captures), default=None)


def insert_change(connection: Connection, row: Mapping[str, Any]) -> int | None:
    """Writes one change; returns its id, or null when it is there already."""
    statement = upsert(connection, changes).on_conflict_do_nothing(index_elements=["page_id", "kind", "key"])
    found: int | None = connection.execute(statement.returning(changes.c.id), row).scalar()
    return found


def _lock(connection: Connection, settlements: Sequence[Settlement]) -> dict[int, str]:
    """Locks the sites concerned; returns the site of each page."""
    site_of: dict[int, str] = {}
    for ids in chunks(_page_ids(settlements)):
        site_of.update(connection.execute(select(pages.c.id, pages.c.site).where(pages.c.id.in_(ids))).all())
    of_runs = sites_of_runs(connection, {capture.run_id for one in settlements for capture in one.captures})
    found = {discovery.site for one in settlements for discovery in one.discoveries}
    lock_sites(connection, {*site_of.values(), *of_runs.values(), *found})
    return site_of


def _page_ids(settlements: Iterable[Settlement]) -> set[int]:
    ids: set[int] = set()
    for one in settlements:
        ids.update(page.id for page in one.pages)
        for rows in (one.captures, one.versions, one.changes, one.aliases):
            ids.update(row.page_id for row in rows)
        ids.update(one.due_now)
    return ids


def _stored_digests(connection: Connection, wanted: Sequence[Version]) -> dict[tuple[int, int], str]:
    ids = {version.page_id for version in wanted}
    least = min((version.number for version in wanted), default=0)
    if not ids:
        return {}
    chosen = select(versions.c.page_id, versions.c.number, versions.c.digest_content).where(
        versions.c.page_id.in_(ids), versions.c.number >= least
    )
    return {(page_id, number): digest for page_id, number, digest in connection.execute(chosen)}


def _visited(one: Settlement) -> set[int]:
    """Pages whose visit ends with this settlement, not those that it settles besides."""
    return {capture.page_id for capture in one.captures} or {page.id for page in one.pages}


def _run_id(one: Settlement) -> int | None:
    return next((row.run_id for rows in (one.captures, one.changes) for row in rows), None)


def _suffixed(page: Page) -> dict[str, Any]:
    return {f"{name}_": value for name, value in page_row(page).items() if name not in ("site", "url")}


def _repoint(connection: Connection, page_id: int, target: int) -> None:
    """What led to a page that became an alias leads to its target from now on."""
    connection.execute(update(aliases).where(aliases.c.page_id == page_id).values(page_id=target))
    connection.execute(update(pages).where(pages.c.alias_of == page_id).values(alias_of=target))
