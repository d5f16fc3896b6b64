"""Asking the text index of all versions (``storage.indexing``), by the stems of what people have typed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from storage.engine import Store
from storage.indexing import NUMBERS, quoted, sqlite
from storage.records import Outcome, PageKind, PageState
from storage.records_search import Found, Hit, Places, Stems, Term
from storage.tables import captures, changes, pages, versions

NEAR = 200  # pages between two that cost less to pass over than another statement

_GOOD = [one.value for one in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.NOT_MODIFIED)]

_stems = table("stems", column("rowid", BigInteger))


def _page_and_number(rowid: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The page and the version's number that a row's id is made of."""
    return rowid.op(">>")(literal_column(str(NUMBERS))), rowid.op("&")(literal_column(str((1 << NUMBERS) - 1)))


def _row_of(page: ColumnElement[Any], number: ColumnElement[Any]) -> ColumnElement[int]:
    """The id of a version's row."""
    return page.op("<<")(literal_column(str(NUMBERS))).op("|")(number)


_PAGE, _NUMBER = _page_and_number(_stems.c.rowid)
_first, _later = versions.alias("first"), versions.alias("later")


class Search(Store):
    """Full text of all versions."""

    def search(self, asked: Stems, places: Places | None = None, *, offset: int = 0, limit: int = 20) -> Found:
        """Pages with versions that have what is asked, and how many there are.

        Those that have all of it in a title come first, lists of other pages last; of either kind the newest page
        first. Without a wanted term nothing is found. Searches what is indexed (see ``unindexed``).
        """
        if not asked.wanted:
            return Found(hits=(), total=0)
        with self.reading() as connection:
            matches = _matching(connection, asked)
            sorted_pages = _sorted(connection, asked, _placed(matches, places or Places()))
            shown = connection.execute(sorted_pages.limit(limit).offset(offset)).all()
            if not shown and offset:  # behind the last one
                shown_first = connection.execute(sorted_pages.limit(1)).first()
                return Found(hits=(), total=shown_first.total if shown_first else 0)
            found = _hits(connection, matches, places or Places(), [row.page_id for row in shown]) if shown else []
        return Found(hits=tuple(found), total=shown[0].total if shown else 0)


def at_an_end(connection: Connection, asked: Stems) -> ColumnElement[bool]:
    """The condition on changes that a version before or after has what is asked: of the page, or of its document."""
    found = select(_stems.c.rowid).where(_matching(connection, asked))
    subject = func.coalesce(changes.c.subject_id, changes.c.page_id)
    ends = (changes.c.to_version, changes.c.from_version)
    return or_(*(_row_of(subject, end).in_(found) for end in ends))


def _matching(connection: Connection, asked: Stems) -> ColumnElement[bool]:
    """The condition on rows of the index, in the language of either database; all stems are quoted in it."""
    if sqlite(connection):
        query = " AND ".join(_fts5(term) for term in asked.wanted)
        query = "".join([f"({query})", *(f" NOT {_fts5(term)}" for term in asked.unwanted)])
        return literal_column("stems").op("MATCH", is_comparison=True)(query)
    parts = [*(_tsquery(term) for term in asked.wanted), *(f"!{_tsquery(term)}" for term in asked.unwanted)]
    return literal_column("words").op("@@", is_comparison=True)(cast(literal(" & ".join(parts)), TSQUERY))


def _fts5(term: Term) -> str:
    runs = " OR ".join(quoted(" ".join(run), '"') for run in term.runs)
    return f"{'title : ' if term.title else ''}({runs})"


def _tsquery(term: Term) -> str:
    weight = ":A" if term.title else ""
    runs = (" <-> ".join(quoted(stem, "'") + weight for stem in run) for run in term.runs)
    return "(" + " | ".join(f"({run})" for run in runs) + ")"


def _placed(matches: ColumnElement[bool], places: Places) -> Select[Any]:
    """Ids of pages with a match in these places. The pages are read only where something is asked of them."""
    of_page = _page_conditions(places)
    if places.until is not None:
        chosen = select(_PAGE.label("page_id")).select_from(_stems).where(matches).distinct()
        if of_page or places.current:
            chosen = chosen.join(pages, pages.c.id == _PAGE).where(*of_page)
        if places.current:
            chosen = chosen.where(pages.c.version == _NUMBER)
        return chosen.join(versions, _same_version()).where(*_version_conditions(places))
    if places.current or places.since is not None:
        standing: ColumnElement[bool] = _row_of(pages.c.id, pages.c.version).in_(select(_stems.c.rowid).where(matches))
        if not places.current:  # the last one stands to this day, the ones before it until they were replaced
            standing = or_(standing, _stood(matches, places.since))
        return select(pages.c.id.label("page_id")).where(*of_page, standing)
    if of_page:
        return select(pages.c.id.label("page_id")).where(*of_page, pages.c.id.in_(select(_PAGE).where(matches)))
    return select(_PAGE.label("page_id")).where(matches).distinct()


def _stood(matches: ColumnElement[bool], since: datetime | None) -> ColumnElement[bool]:
    """The condition on pages that a match was replaced after a moment."""
    replaced = _row_of(_later.c.page_id, _later.c.number - 1).in_(select(_stems.c.rowid).where(matches))
    return select(literal(1)).where(_later.c.page_id == pages.c.id, _later.c.first_seen > since, replaced).exists()


def _sorted(connection: Connection, asked: Stems, placed: Select[Any]) -> Select[Any]:
    """The pages in the order in which they are shown, and how many there are."""
    titles = replace(asked, terms=tuple(replace(term, title=term.title or not term.without) for term in asked.terms))
    named = _placed(_matching(connection, titles), Places())
    lists = select(pages.c.id).where(pages.c.kind == PageKind.LISTING.value)
    page_id = placed.subquery().c.page_id
    part = case((page_id.in_(named), 0), (page_id.in_(lists), 2), else_=1)
    return select(page_id, func.count().over().label("total")).order_by(part, page_id.desc())


def _page_conditions(places: Places) -> list[ColumnElement[bool]]:
    asked = [
        pages.c.site == places.site if places.site is not None else None,
        pages.c.section == places.section if places.section is not None else None,
        pages.c.language.in_(places.languages) if places.languages else None,
        pages.c.kind.in_([kind.value for kind in places.kinds]) if places.kinds else None,
        pages.c.state.in_([PageState.LIVE.value, PageState.HELD.value]) if places.current else None,
    ]
    return [condition for condition in asked if condition is not None]


def _same_version() -> ColumnElement[bool]:
    return and_(versions.c.page_id == _PAGE, versions.c.number == _NUMBER)


def _version_conditions(places: Places) -> list[ColumnElement[bool]]:
    """A version stands from its first sight to the next one's."""
    asked: list[ColumnElement[bool]] = []
    if places.until is not None:
        asked.append(versions.c.first_seen < places.until)
    if places.since is not None:
        follows = _later.c.number.between(versions.c.number + 1, versions.c.number + 1)  # not "=": by the lean index
        replaced = (_later.c.page_id == versions.c.page_id) & follows
        asked.append(~select(literal(1)).where(replaced, _later.c.first_seen <= places.since).exists())
    return asked


def _hits(connection: Connection, matches: ColumnElement[bool], places: Places, page_ids: Sequence[int]) -> list[Hit]:
    """The pages with all their versions that match, in the order of the ids."""
    between = _stems.c.rowid.between(bindparam("least"), bindparam("most"))
    of_pages = _numbered(matches, places).where(between, _PAGE.in_(bindparam("page_ids", expanding=True)))
    numbers: dict[int, list[int]] = {}
    for near in _neighbourhoods(page_ids):  # the index seeks a range of ids, not a list of ranges
        (least, _), (_, most) = _ids(near[0]), _ids(near[-1])
        for page_id, number in connection.execute(of_pages, {"least": least, "most": most, "page_ids": near}).all():
            numbers.setdefault(page_id, []).append(number)
    sorted_numbers = {page_id: sorted(found) for page_id, found in numbers.items()}
    rows = connection.execute(_shown(sorted_numbers)).mappings().all()
    hits = {row["page_id"]: _hit(row, tuple(sorted_numbers[row["page_id"]])) for row in rows}
    return [hits[page_id] for page_id in page_ids if page_id in hits]


def _neighbourhoods(page_ids: Sequence[int]) -> list[list[int]]:
    """The ids in order, parted where many pages lie between them."""
    parts: list[list[int]] = []
    for page_id in sorted(page_ids):
        if parts and page_id - parts[-1][-1] <= NEAR:
            parts[-1].append(page_id)
        else:
            parts.append([page_id])
    return parts


def _ids(page_id: int) -> tuple[int, int]:
    """The least and the greatest id that a version of the page can have in the index."""
    return page_id << NUMBERS, (page_id + 1 << NUMBERS) - 1


def _numbered(matches: ColumnElement[bool], places: Places) -> Select[Any]:
    columns: list[Any] = [_PAGE.label("page_id"), _NUMBER.label("number")]
    chosen = select(*columns).select_from(_stems).where(matches)
    of_version = _version_conditions(places)
    if of_version:
        chosen = chosen.join(versions, _same_version()).where(*of_version)
    if places.current:
        chosen = chosen.join(pages, pages.c.id == _PAGE).where(pages.c.version == _NUMBER)
    return chosen


def _shown(numbers: dict[int, list[int]]) -> Select[Any]:
    """The last matching version of each page, with the bounds of the interval in which it and the first one stood."""
    last = case({i: n[-1] for i, n in numbers.items()}, value=pages.c.id)
    earliest = case({i: n[0] for i, n in numbers.items()}, value=pages.c.id)
    seen = (
        select(captures.c.fetched_at)
        .where(captures.c.page_id == pages.c.id, captures.c.outcome.in_(_GOOD))
        .where(captures.c.id < _later.c.capture_id)
        .order_by(captures.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *(pages.c[name] for name in ("site", "url", "section", "kind", "state", "last_seen")),
            *(versions.c[name] for name in ("page_id", "number", "title", "text", "language")),
            versions.c.first_seen.label("shown_seen"),
            _first.c.first_seen.label("first_seen"),
            _later.c.number.label("later"),
            case((_later.c.number.is_not(None), seen), else_=pages.c.last_seen).label("end_seen"),
        )
        .select_from(pages)
        .join(versions, and_(versions.c.page_id == pages.c.id, versions.c.number == last))
        .join(_first, and_(_first.c.page_id == pages.c.id, _first.c.number == earliest))
        .outerjoin(_later, and_(_later.c.page_id == pages.c.id, _later.c.number == versions.c.number + 1))
        .where(pages.c.id.in_(list(numbers)))
    )


def _hit(row: Any, numbers: tuple[int, ...]) -> Hit:
    there = row["state"] in (PageState.LIVE.value, PageState.HELD.value)
    return Hit(
        kind=PageKind(row["kind"]),
        state=PageState(row["state"]),
        version=row["number"],
        numbers=numbers,
        last_seen=max(row["end_seen"] or row["shown_seen"], row["shown_seen"]),
        still=there and row["later"] is None,
        **{
            name: row[name] for name in ("page_id", "site", "url", "section", "language", "title", "text", "first_seen")
        },
    )
