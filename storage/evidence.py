"""The chain of evidence: each capture is tied by a hash to its site's capture before, so that alterations show."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage.engine import Store, stream
from storage.records import Capture
from storage.rows import Row, capture_row
from storage.tables import captures, micros, runs, sites, storable

_HEAD = update(sites).where(sites.c.key == bindparam("key_")).values(chain=bindparam("chain_"))


class Evidence(Store):
    """Questions about whether the record of captures is as it was written."""

    def broken_links(self, site: str) -> Iterator[int]:
        """Ids of captures that do not fit the one before: altered themselves, or something before them was taken out.

        The last capture's id comes where captures after it were taken out; 0 where all of them were.
        """
        before, last = "", 0
        for row in stream(self, select(captures).where(captures.c.site == site), captures.c.id):
            if chain_link(before, row) != row["chain"]:
                yield row["id"]
            before, last = row["chain"], row["id"]
        with self.reading() as connection:
            head = connection.execute(select(sites.c.chain).where(sites.c.key == site)).scalar()
        if (head or "") != before:
            yield last


def chain_link(before: str, row: Row) -> str:
    """The hash (sha256, hex) that ties a capture's row to the site's capture before it.

    Over the previous hash and the row's columns as JSON with sorted keys, ``id`` and ``chain`` aside, times as
    microseconds since 1970.
    """
    parts = {name: _plain(value) for name, value in row.items() if name not in ("id", "chain")}
    parts["fetched_at"] = micros(row["fetched_at"])
    return hashlib.sha256((before + json.dumps(parts, sort_keys=True)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def chained(connection: Connection, every: Sequence[Capture]) -> list[dict[str, Any]]:
    """Rows of new captures, each tied to its site's capture before. The caller has locked the sites."""
    site_of = sites_of_runs(connection, {capture.run_id for capture in every})
    known = select(sites.c.key, sites.c.chain).where(sites.c.key.in_(set(site_of.values())))
    head = {key: before or "" for key, before in connection.execute(known)}
    rows = []
    for capture in every:
        site = site_of[capture.run_id]
        row = {**capture_row(capture), "site": site}
        head[site] = row["chain"] = chain_link(head[site], row)
        rows.append(row)
    connection.execute(_HEAD, [{"key_": key, "chain_": link} for key, link in head.items()])
    return rows


def sites_of_runs(connection: Connection, run_ids: set[int]) -> Mapping[int, str]:
    """The site of each run."""
    return dict(connection.execute(select(runs.c.id, runs.c.site).where(runs.c.id.in_(run_ids))).all())
