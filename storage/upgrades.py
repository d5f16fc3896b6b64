"""Old captures read anew: their texts become versions without a visit, and without a change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.engine import Store, chunks, upsert
from storage.locks import lock_sites
from storage.records import PageKind, Version
from storage.rows import version_row
from storage.tables import attachments, fits_index, pages, versions

_PAGE = (
    update(pages)
    .where(pages.c.id == bindparam("id_"))
    .values({name: bindparam(f"{name}_") for name in ("version", "title", "language", "kind")})
)

_STAMP = (
    update(versions)
    .where(versions.c.page_id == bindparam("page_id_"), versions.c.number == bindparam("number_"))
    .values({name: bindparam(f"{name}_") for name in ("extractor_version", "profile_version")})
)


class Upgrades(Store):
    """The way by which re-extraction comes into the archive."""

    def upgrade(
        self,
        site: str,
        made: Sequence[Version],
        attachments: Mapping[int, Sequence[str]] | None = None,
        *,
        confirmed: Sequence[Version] = (),
    ) -> set[int]:
        """Stores upgrades as their pages' latest versions, all in one transaction; returns ids of the pages stored.

        A page that has another latest version meanwhile (a visit was faster) is left as it is. ``attachments`` as in
        ``record``. ``confirmed``: stored versions that came out the same; they get the stamps of their new readers.
        Raises ValueError for a version that is no upgrade or names no capture.
        """
        if any(not version.upgrade or version.capture_id is None for version in made):
            raise ValueError("an upgrade is marked as one and names the capture that it was read from")
        with self.writing() as connection:
            lock_sites(connection, {site})
            kinds = _awaiting(connection, made)
            fresh = [version for version in made if version.page_id in kinds]
            _write(connection, fresh, kinds)
            if confirmed:
                connection.execute(_STAMP, [_stamps(version) for version in confirmed])
            _link(connection, {v.page_id: (attachments or {}).get(v.page_id) for v in fresh})
        return {version.page_id for version in fresh}


def _awaiting(connection: Connection, made: Sequence[Version]) -> dict[int, str]:
    """The kinds of those pages, by id, whose latest version is the one before the upgrade."""
    before = {version.page_id: version.number - 1 for version in made}
    found: dict[int, str] = {}
    for ids in chunks(before):
        chosen = select(pages.c.id, pages.c.version, pages.c.kind).where(pages.c.id.in_(ids))
        found |= {row.id: row.kind for row in connection.execute(chosen) if row.version == before[row.id]}
    return found


def _write(connection: Connection, fresh: Sequence[Version], kinds: Mapping[int, str]) -> None:
    if not fresh:
        return
    statement = upsert(connection, versions).on_conflict_do_nothing(index_elements=["page_id", "number"])
    connection.execute(statement, [version_row(version) for version in fresh])
    connection.execute(_PAGE, [_page(version, kinds[version.page_id]) for version in fresh])


def _page(version: Version, kind: str) -> dict[str, Any]:
    document = version.document
    return {
        "id_": version.page_id,
        "version_": version.number,
        "title_": document.title,
        "language_": document.language,
        "kind_": kind if document.kind is PageKind.OTHER else document.kind.value,
    }


def _stamps(version: Version) -> dict[str, Any]:
    names = ("page_id", "number", "extractor_version", "profile_version")
    return {f"{name}_": getattr(version, name) for name in names}


def _link(connection: Connection, linked: Mapping[int, Sequence[str] | None]) -> None:
    told = {page_id: urls for page_id, urls in linked.items() if urls is not None}
    if told:
        connection.execute(delete(attachments).where(attachments.c.page_id.in_(list(told))))
    rows = [{"page_id": i, "url": u} for i, urls in told.items() for u in dict.fromkeys(urls) if fits_index(u)]
    if rows:
        connection.execute(insert(attachments), rows)
