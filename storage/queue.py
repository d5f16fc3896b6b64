"""The change queue: changes with what people have decided about them, filtered, counted, walked page by page."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from storage.engine import Store
from storage.queue_conditions import LIFTED, REVIEWED, SIGNIFICANCE, STATE, conditions, lifted_conditions, shown
from storage.queue_counts import PLACES, counts, facets_of
from storage.records_queue import ChangeFilter, Cursor, Facets, Neighbours, Order, QueuePage, QueueRow
from storage.records_review import Review
from storage.records_search import Stems
from storage.rows import change_of
from storage.rows_review import review_of
from storage.tables import Id, changes
from storage.tables_review import reviews

_SORTED_BY: dict[Order, ColumnElement[Any]] = {
    Order.SIGNIFICANCE: SIGNIFICANCE,
    Order.TIME: changes.c.first_seen,
}
_REVIEW = [column.label(f"review_{column.name}") for column in reviews.c]


class Queue(Store):
    """Questions of the review screens about changes. ``stems`` are the filter's words as the text index wants them."""

    def queue(
        self,
        wanted: ChangeFilter,
        *,
        after: Cursor | None = None,
        limit: int = 50,
        stems: Stems | None = None,
    ) -> QueuePage:
        """The changes that the filter wants, sorted as it says, from behind the cursor on.

        Left out unless asked for: those of formatting only, those that a noise rule hides. Parts of a site-wide event
        are shown by their lead, absorbed changes never.
        """
        with self.reading() as connection:
            wanting = conditions(connection, wanted, stems)
            count = select(func.count()).select_from(REVIEWED).where(*wanting)
            total = connection.execute(count).scalar_one()
            return _page(connection, _keys(connection, wanted, after, limit, wanting), limit, total)

    def listing(
        self,
        wanted: ChangeFilter,
        *,
        after: Cursor | None = None,
        limit: int = 50,
        stems: Stems | None = None,
    ) -> tuple[QueuePage, Facets]:
        """The same page as ``queue`` with the counts beside it, as ``facets``."""
        with self.reading() as connection:
            if wanted.words.strip():  # texts are looked through once for both
                rows = connection.execute(_listing(connection, wanted, after, limit, stems)).all()
                facets = facets_of(wanted, [row for row in rows if row.id is None])
                keys: Sequence[Any] = [row for row in rows if row.id is not None]
            else:
                facets = facets_of(wanted, _counted(connection, wanted, stems))
                keys = _keys(connection, wanted, after, limit, conditions(connection, wanted, stems))
            return _page(connection, keys, limit, facets.total), facets

    def facets(self, wanted: ChangeFilter, *, stems: Stems | None = None) -> Facets:
        """How many changes there are by site, section, kind and state, the filter's other conditions holding."""
        with self.reading() as connection:
            return facets_of(wanted, _counted(connection, wanted, stems))

    def queue_row(self, change_id: int) -> QueueRow | None:
        """One change as the queue shows it, whatever hides it there."""
        with self.reading() as connection:
            return next(iter(_rows(connection, [change_id])), None)

    def neighbours(
        self, change_id: int, wanted: ChangeFilter | None = None, *, stems: Stems | None = None
    ) -> Neighbours:
        """The changes around one: of the same page in time, and in the queue that a filter makes."""
        with self.reading() as connection:
            here = connection.execute(
                _key(Order.TIME, changes.c.page_id).where(changes.c.id == change_id)
            ).one_or_none()
            if here is None:
                return Neighbours()
            own = shown(changes.c.page_id == here.page_id)
            cursor = Cursor(value=here.value, id=change_id)
            before, after = _around(connection, Order.TIME, cursor, own)
            above, below = None, None
            if wanted is not None:
                cursor = Cursor(value=_value(connection, wanted.order, change_id), id=change_id)
                above, below = _around(connection, wanted.order, cursor, conditions(connection, wanted, stems))
        # the queue's latest is first, a page's history is told from the earliest on
        return Neighbours(page_before=after, page_after=before, queue_before=above, queue_after=below)


def _keys(
    connection: Connection,
    wanted: ChangeFilter,
    after: Cursor | None,
    limit: int,
    wanting: list[ColumnElement[bool]],
) -> Sequence[Any]:
    """Ids and values of a page's rows, and of one more where the queue goes on."""
    behind = [_behind(_by(wanted.order), after)] if after else []
    ids = _key(wanted.order).where(*wanting, *behind)
    return connection.execute(_sorted(ids, wanted.order).limit(limit + 1)).all()


def _counted(connection: Connection, wanted: ChangeFilter, stems: Stems | None) -> Sequence[Any]:
    chosen = counts(PLACES, STATE).select_from(REVIEWED).where(*conditions(connection, wanted, stems, lifted=LIFTED))
    return connection.execute(chosen).all()


def _listing(
    connection: Connection, wanted: ChangeFilter, after: Cursor | None, limit: int, stems: Stems | None
) -> CompoundSelect[Any]:
    """The sorted keys of a page, then the counts, whose ids are null."""
    wanting = conditions(connection, wanted, stems, lifted=LIFTED)
    value = _SORTED_BY[wanted.order].label("value")
    chosen = select(*PLACES, STATE.label("state"), changes.c.id, value).select_from(REVIEWED)
    found = chosen.where(*wanting).cte("found")
    places, by = [found.c[column.name] for column in PLACES], (found.c.value, found.c.id)
    fitting = lifted_conditions(wanted, places[0], places[1], places[2], found.c.state).values()
    behind = [_behind(by, after)] if after else []
    counted = counts(places, found.c.state).add_columns(cast(null(), Id), cast(null(), found.c.value.type))
    keys = select(
        *(cast(null(), column.type).label(column.name) for column in counted.selected_columns[:-2]), *by[::-1]
    )
    keys = keys.where(*(condition for condition in fitting if condition is not None), *behind)
    keys = keys.order_by(*(column.desc() for column in by)).limit(limit + 1)
    return union_all(select(keys.subquery()), counted)


def _key(order: Order, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(changes.c.id, _SORTED_BY[order].label("value"), *columns).select_from(REVIEWED)


def _by(order: Order) -> tuple[ColumnElement[Any], ...]:
    return (_SORTED_BY[order], changes.c.id)


def _sorted(chosen: Select[Any], order: Order, *, backwards: bool = False) -> Select[Any]:
    return chosen.order_by(*(column.asc() if backwards else column.desc() for column in _by(order)))


def _behind(by: tuple[ColumnElement[Any], ...], cursor: Cursor, *, backwards: bool = False) -> ColumnElement[bool]:
    """What stands behind the cursor where the rows are sorted by a value and an id."""
    value, (sorted_by, row_id) = literal(cursor.value, type_=by[0].type), by
    if backwards:
        return or_(sorted_by > value, and_(sorted_by == value, row_id > cursor.id))
    return or_(sorted_by < value, and_(sorted_by == value, row_id < cursor.id))


def _around(
    connection: Connection, order: Order, cursor: Cursor, wanting: list[ColumnElement[bool]]
) -> tuple[int | None, int | None]:
    """The rows above and below one."""

    def next_to(backwards: bool) -> int | None:
        there = _key(order).where(*wanting, _behind(_by(order), cursor, backwards=backwards))
        row = connection.execute(_sorted(there, order, backwards=backwards).limit(1)).first()
        return row.id if row else None

    return next_to(True), next_to(False)


def _value(connection: Connection, order: Order, change_id: int) -> Any:
    return connection.execute(_key(order).where(changes.c.id == change_id)).one().value


def _rows(connection: Connection, ids: list[int]) -> Iterator[QueueRow]:
    chosen = select(changes, *_REVIEW).select_from(REVIEWED).where(changes.c.id.in_(ids))
    of_id = {row["id"]: row for row in connection.execute(chosen).mappings().all()}
    for change_id in ids:
        if change_id in of_id:
            row = of_id[change_id]
            change = change_of(row)
            review = Review(change_id=change_id)
            if row["review_change_id"] is not None:
                review = review_of(row, "review_")
            yield QueueRow(change=change, review=review, group=change.count)


def _page(connection: Connection, keys: Sequence[Any], limit: int, total: int) -> QueuePage:
    """The rows of the keys, of which there is one more than wanted where the queue goes on."""
    rows = tuple(_rows(connection, [key.id for key in keys[:limit]]))
    last = keys[limit - 1] if len(keys) > limit else None
    return QueuePage(rows=rows, next=Cursor(value=last.value, id=last.id) if last else None, total=total)
