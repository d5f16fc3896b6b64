"""The change queue: changes with what people have decided about them, filtered, counted, walked page by page."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, literal, or_, select

from storage.audit import BY_RULE
from storage.engine import Store
from storage.records import What
from storage.records_queue import ChangeFilter, Cursor, Facets, Neighbours, Order, QueuePage, QueueRow
from storage.records_review import Review, ReviewState
from storage.records_search import Stems
from storage.rows import change_of
from storage.rows_review import review_of
from storage.search import at_an_end
from storage.tables import changes
from storage.tables_review import reviews

_STATE = func.coalesce(reviews.c.state, ReviewState.NEW.value)
_SIGNIFICANCE = func.coalesce(reviews.c.significance, changes.c.significance)
_JOINED = changes.outerjoin(reviews, reviews.c.change_id == changes.c.id)
_SORTED_BY: dict[Order, ColumnElement[Any]] = {
    Order.SIGNIFICANCE: _SIGNIFICANCE,
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
        counted: bool = True,
    ) -> QueuePage:
        """The changes that the filter wants, sorted as it says, from behind the cursor on.

        Left out unless asked for: those of formatting only, those that a noise rule hides. Parts of a site-wide event
        are shown by their lead, absorbed changes never. Who asks for ``facets`` too has the total from there, and need
        not have it ``counted``.
        """
        with self.reading() as connection:
            conditions = _conditions(connection, wanted, stems)
            count = select(func.count()).select_from(_JOINED).where(*conditions)
            total = connection.execute(count).scalar_one() if counted else 0
            behind = [_behind(wanted.order, after)] if after else []
            ids = _sorted(_key(wanted.order).where(*conditions, *behind), wanted.order).limit(limit + 1)
            keys = connection.execute(ids).all()
            rows = tuple(_rows(connection, [key.id for key in keys[:limit]]))
        last = keys[limit - 1] if len(keys) > limit else None
        return QueuePage(rows=rows, next=Cursor(value=last.value, id=last.id) if last else None, total=total)

    def facets(self, wanted: ChangeFilter, *, stems: Stems | None = None) -> Facets:
        """How many changes there are by site, section, kind and state, the filter's other conditions holding."""
        lifted = ("site", "section", "kinds", "states")
        columns = (changes.c.site, changes.c.section, changes.c.kind, _STATE.label("state"))
        with self.reading() as connection:
            conditions = _conditions(connection, wanted, stems, lifted=lifted)
            chosen = select(*columns, func.count().label("n")).select_from(_JOINED).where(*conditions)
            # the site last: in its order SQLite would read the changes by an index that has less of them
            rows = connection.execute(chosen.group_by(*columns[::-1])).all()
        return _facets(wanted, [(row[:4], row.n) for row in rows])

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
            own = _shown(changes.c.page_id == here.page_id)
            cursor = Cursor(value=here.value, id=change_id)
            before, after = _around(connection, Order.TIME, cursor, own)
            above, below = None, None
            if wanted is not None:
                cursor = Cursor(value=_value(connection, wanted.order, change_id), id=change_id)
                above, below = _around(connection, wanted.order, cursor, _conditions(connection, wanted, stems))
        # the queue's latest is first, a page's history is told from the earliest on
        return Neighbours(page_before=after, page_after=before, queue_before=above, queue_after=below)


def _conditions(
    connection: Connection, wanted: ChangeFilter, stems: Stems | None, *, lifted: tuple[str, ...] = ()
) -> list[ColumnElement[bool]]:
    asked: dict[str, ColumnElement[bool] | None] = {
        "site": changes.c.site == wanted.site if wanted.site is not None else None,
        "section": changes.c.section == wanted.section if wanted.section is not None else None,
        "kinds": changes.c.kind.in_([kind.value for kind in wanted.kinds]) if wanted.kinds else None,
        "states": _STATE.in_([state.value for state in wanted.states]) if wanted.states else None,
        "languages": changes.c.language.in_(wanted.languages) if wanted.languages else None,
        "what": or_(*(changes.c.what.like(f"%,{part.value},%") for part in wanted.what)) if wanted.what else None,
        "min_significance": wanted.min_significance <= _SIGNIFICANCE if wanted.min_significance else None,
        "assignee": _assigned(wanted.assignee),
        "since": changes.c.first_seen >= wanted.since if wanted.since else None,
        "until": changes.c.first_seen < wanted.until if wanted.until else None,
        "page_id": changes.c.page_id == wanted.page_id if wanted.page_id is not None else None,
        "formatting": None if _wants_formatting(wanted) else changes.c.what != f",{What.FORMATTING.value},",
        "hidden": None if wanted.hidden else ~_hidden_by_rule(),
        "words": _with_words(connection, wanted.words, stems) if wanted.words.strip() else None,
    }
    return _shown(*(one for name, one in asked.items() if one is not None and name not in lifted))


def _shown(*conditions: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [changes.c.absorbed.is_(False), changes.c.group_id.is_(None), *conditions]


def _wants_formatting(wanted: ChangeFilter) -> bool:
    return wanted.include_formatting or What.FORMATTING in wanted.what


def _assigned(assignee: str | None) -> ColumnElement[bool] | None:
    if assignee is None:
        return None
    return reviews.c.assignee == assignee if assignee else reviews.c.assignee.is_(None)


def _hidden_by_rule() -> ColumnElement[bool]:
    by_rule = reviews.c.updated_by.like(f"{BY_RULE}%")
    return func.coalesce(and_(reviews.c.state == ReviewState.NOISE.value, by_rule), false())


def _with_words(connection: Connection, words: str, stems: Stems | None) -> ColumnElement[bool]:
    """The query holding for a version at either end of the change, or all words in one of the change's own texts."""
    pieces = [piece for piece in words.replace('"', " ").split() if piece.strip("-")]
    sqlite = connection.dialect.name == "sqlite"
    told = [or_(*_contained(piece, sqlite)) for piece in pieces]
    at_end = at_an_end(connection, stems) if stems is not None and stems.wanted else false()
    return or_(at_end, and_(*told) if told else false())


def _contained(piece: str, sqlite: bool) -> list[ColumnElement[bool]]:
    """Whatever the case: SQLite's LIKE knows that for ASCII letters only, other words are asked in usual forms."""
    texts = (changes.c.title, changes.c.summary, changes.c.url)
    if not sqlite or piece.isascii():
        return [(text.contains if sqlite else text.icontains)(piece, autoescape=True) for text in texts]
    forms = sorted({piece, piece.lower(), piece.capitalize()})
    return [text.contains(form, autoescape=True) for text in texts[:2] for form in forms]


def _key(order: Order, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(changes.c.id, _SORTED_BY[order].label("value"), *columns).select_from(_JOINED)


def _sorted(chosen: Select[Any], order: Order, *, backwards: bool = False) -> Select[Any]:
    by = (_SORTED_BY[order], changes.c.id)
    return chosen.order_by(*(column.asc() if backwards else column.desc() for column in by))


def _behind(order: Order, cursor: Cursor, *, backwards: bool = False) -> ColumnElement[bool]:
    value, by = literal(cursor.value, type_=_SORTED_BY[order].type), _SORTED_BY[order]
    if backwards:
        return or_(by > value, and_(by == value, changes.c.id > cursor.id))
    return or_(by < value, and_(by == value, changes.c.id < cursor.id))


def _around(
    connection: Connection, order: Order, cursor: Cursor, conditions: list[ColumnElement[bool]]
) -> tuple[int | None, int | None]:
    """The rows above and below one."""

    def next_to(backwards: bool) -> int | None:
        there = _key(order).where(*conditions, _behind(order, cursor, backwards=backwards))
        row = connection.execute(_sorted(there, order, backwards=backwards).limit(1)).first()
        return row.id if row else None

    return next_to(True), next_to(False)


def _value(connection: Connection, order: Order, change_id: int) -> Any:
    return connection.execute(_key(order).where(changes.c.id == change_id)).one().value


def _rows(connection: Connection, ids: list[int]) -> Iterator[QueueRow]:
    chosen = select(changes, *_REVIEW).select_from(_JOINED).where(changes.c.id.in_(ids))
    of_id = {row["id"]: row for row in connection.execute(chosen).mappings()}
    for change_id in ids:
        if change_id in of_id:
            row = of_id[change_id]
            change = change_of(row)
            review = Review(change_id=change_id)
            if row["review_change_id"] is not None:
                review = review_of(row, "review_")
            yield QueueRow(change=change, review=review, group=change.count)


def _facets(wanted: ChangeFilter, rows: list[tuple[Any, int]]) -> Facets:
    """The counts of each value, from the counts of all combinations of them."""
    sections = () if wanted.section is None else (wanted.section,)
    sites = () if wanted.site is None else (wanted.site,)
    asked: tuple[tuple[Any, ...], ...] = (sites, sections, wanted.kinds, wanted.states)
    counts: tuple[Counter[Any], ...] = tuple(Counter() for _ in asked)
    total = 0
    for values, count in rows:
        fits = [not any_of or value in any_of for any_of, value in zip(asked, values, strict=True)]
        total += count if all(fits) else 0
        for place, value in enumerate(values):
            if all(fits[:place] + fits[place + 1 :]):
                counts[place][value] += count
    of_site, of_section, of_kind, of_state = (dict(counter) for counter in counts)
    return Facets(total=total, sites=of_site, sections=of_section, kinds=of_kind, states=of_state)
