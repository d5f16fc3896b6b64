"""The text index of all versions: filling it, and asking it.

It takes and holds stems that the caller makes, the same on both databases. A row's id is the page's and the version's
number in one, so that matches are gathered by page without reading anything but the index.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from storage.engine import Store
from storage.locks import lock_sites
from storage.records import Outcome, PageKind, PageState
from storage.records_search import Found, Hit, Places, Stemmed, Stems, Term, Unindexed
from storage.tables import captures, changes, pages, sites, versions
from storage.tables_search import marks

NUMBERS = 20  # bits of a row's id that hold the version's number
MAX_LEXEMES = 900_000  # bytes of one tsvector: PostgreSQL takes less than a megabyte
MAX_PLACE = 16_383  # PostgreSQL's last word position; words behind it are found, phrases there are not
MAX_PLACES = 255  # positions that PostgreSQL keeps of one word

_GOOD = [one.value for one in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.NOT_MODIFIED)]

_stems = table("stems", column("rowid", BigInteger))


def _page_and_number(rowid: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The page and the version's number that a row's id is made of."""
    return rowid.op(">>")(literal_column(str(NUMBERS))), rowid.op("&")(literal_column(str((1 << NUMBERS) - 1)))


_PAGE, _NUMBER = _page_and_number(_stems.c.rowid)


class Search(Store):
    """Full text of all versions. Filling it is safe to repeat, to interrupt, and to do from several processes."""

    def unindexed(self, stemmer: str, limit: int = 200) -> list[Unindexed]:
        """Versions that the index does not have, oldest first. ``stemmer`` names what makes the stems."""
        chosen = (
            select(*(versions.c[name] for name in ("id", "page_id", "number", "language", "title", "text")))
            .where(versions.c.id > _upto(stemmer))
            .order_by(versions.c.id)
            .limit(limit)
        )
        with self.reading() as connection:
            return [Unindexed(**row) for row in connection.execute(chosen).mappings()]

    def index(self, stemmer: str, rows: Sequence[Stemmed]) -> int:
        """Takes versions into the index, as ``unindexed`` gave them; returns how many of them it did not have.

        All or nothing. Where the stems in the index were made by another stemmer, the index begins anew.
        """
        with self.writing() as connection:
            # with the sites' locks held no version with a lower id is still to be committed: ids are a true mark
            lock_sites(connection, connection.execute(select(sites.c.key)).scalars())
            _begin_anew(connection, stemmer)
            fresh = _next(connection, stemmer, rows)
            if fresh:
                _write(connection, fresh)
                connection.execute(delete(marks))
                connection.execute(insert(marks).values(stemmer=stemmer, upto=fresh[-1].id))
        return len(fresh)

    def search(self, asked: Stems, places: Places | None = None, *, offset: int = 0, limit: int = 20) -> Found:
        """Pages with versions that have what is asked, and how many there are.

        Those that have all of it in a title come first, lists of other pages last; of either kind the newest page
        first. Without a wanted term nothing is found. Searches what is indexed (see ``unindexed``).
        """
        if not asked.wanted:
            return Found(hits=(), total=0)
        with self.reading() as connection:
            matches = _matching(connection, asked)
            page_ids = set(connection.execute(_placed(matches, places or Places())).scalars())
            shown = _sorted(connection, asked, page_ids)[offset : offset + limit]
            found = _hits(connection, matches, places or Places(), shown) if shown else []
        return Found(hits=tuple(found), total=len(page_ids))


def at_an_end(connection: Connection, asked: Stems) -> ColumnElement[bool]:
    """The condition on changes that a version before or after has what is asked: of the page, or of its document."""
    found = select(_stems.c.rowid).where(_matching(connection, asked))
    subject = func.coalesce(changes.c.subject_id, changes.c.page_id)
    ends = (changes.c.to_version, changes.c.from_version)
    return or_(*(subject.op("<<")(literal_column(str(NUMBERS))).op("|")(end).in_(found) for end in ends))


def _upto(stemmer: str) -> ColumnElement[int]:
    found = select(marks.c.upto).where(marks.c.stemmer == stemmer).scalar_subquery()
    return func.coalesce(found, 0)


def _begin_anew(connection: Connection, stemmer: str) -> None:
    """Empties an index whose stems another stemmer has made."""
    if connection.execute(delete(marks).where(marks.c.stemmer != stemmer)).rowcount:
        empty = "INSERT INTO stems(stems) VALUES ('delete-all')" if _sqlite(connection) else "DELETE FROM stems"
        connection.execute(text(empty))


def _next(connection: Connection, stemmer: str, rows: Sequence[Stemmed]) -> list[Stemmed]:
    """Those of the rows that follow what is indexed, without a gap between them."""
    given = {row.id: row for row in rows}
    after = select(versions.c.id).where(versions.c.id > _upto(stemmer), versions.c.id <= max(given, default=0))
    fresh: list[Stemmed] = []
    for version_id in connection.execute(after.order_by(versions.c.id)).scalars():
        if version_id not in given:
            break
        fresh.append(given[version_id])
    return fresh


def _write(connection: Connection, rows: Sequence[Stemmed]) -> None:
    ids = [row.page_id << NUMBERS | row.number for row in rows]
    if _sqlite(connection):
        values = [{"id": i, "title": row.title, "body": row.text} for i, row in zip(ids, rows, strict=True)]
        connection.execute(text("INSERT INTO stems(rowid, title, body) VALUES (:id, :title, :body)"), values)
    else:
        values = [{"id": i, "words": _vector(row)} for i, row in zip(ids, rows, strict=True)]
        connection.execute(text("INSERT INTO stems(rowid, words) VALUES (:id, CAST(:words AS tsvector))"), values)


def _sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _vector(row: Stemmed) -> str:
    """A tsvector as PostgreSQL reads it, words of the title with weight A; what does not fit into one is left out."""
    places: dict[str, list[str]] = {}
    title, size = row.title.split(), 0
    for place, stem in enumerate([*title, "", *row.text.split()], start=1):  # a gap: no phrase spans title and text
        if stem and stem not in places:
            size += len(stem.encode()) + 8
        if size > MAX_LEXEMES:
            break
        if stem and len(stem) <= 500 and len(known := places.setdefault(stem, [])) < MAX_PLACES:
            size += 2
            known.append(f"{min(place, MAX_PLACE)}{'A' if place <= len(title) else ''}")
    return " ".join(f"{_quoted(stem, chr(39))}:{','.join(known)}" for stem, known in places.items())


def _quoted(stem: str, mark: str) -> str:
    return mark + stem.replace("\\", "").replace(mark, "") + mark


def _matching(connection: Connection, asked: Stems) -> ColumnElement[bool]:
    """The condition on rows of the index, in the language of either database; all stems are quoted in it."""
    if _sqlite(connection):
        query = " AND ".join(_fts5(term) for term in asked.wanted)
        query = "".join([f"({query})", *(f" NOT {_fts5(term)}" for term in asked.unwanted)])
        return literal_column("stems").op("MATCH", is_comparison=True)(query)
    parts = [*(_tsquery(term) for term in asked.wanted), *(f"!{_tsquery(term)}" for term in asked.unwanted)]
    return literal_column("words").op("@@", is_comparison=True)(cast(literal(" & ".join(parts)), TSQUERY))


def _fts5(term: Term) -> str:
    runs = " OR ".join(_quoted(" ".join(run), '"') for run in term.runs)
    return f"{'title : ' if term.title else ''}({runs})"


def _tsquery(term: Term) -> str:
    weight = ":A" if term.title else ""
    runs = (" <-> ".join(_quoted(stem, "'") + weight for stem in run) for run in term.runs)
    return "(" + " | ".join(f"({run})" for run in runs) + ")"


def _placed(matches: ColumnElement[bool], places: Places) -> Select[Any]:
    """Ids of pages with a match in these places. The pages are read only where something is asked of them."""
    of_page, of_version = _page_conditions(places), _version_conditions(places)
    if places.since is not None and places.until is None and not places.current:
        # a version stands no longer than the ones after it: of a page's matches the last one tells
        last = select(func.max(_stems.c.rowid).label("rowid")).select_from(_stems).where(matches).group_by(_PAGE)
        found: FromClause = last.subquery("found")
    else:
        found = _stems
    page, number = _page_and_number(found.c.rowid)
    chosen: Select[Any] = select(page.label("page_id")).select_from(found)
    if found is _stems:
        chosen = chosen.where(matches).distinct()
    if of_page or places.current:
        chosen = chosen.join(pages, pages.c.id == page).where(*of_page)
    if places.current:
        chosen = chosen.where(pages.c.version == number)
    if of_version:
        chosen = chosen.join(versions, and_(versions.c.page_id == page, versions.c.number == number))
        chosen = chosen.where(*of_version)
    return chosen


def _sorted(connection: Connection, asked: Stems, page_ids: set[int]) -> list[int]:
    """The pages in the order in which they are shown."""
    titles = replace(asked, terms=tuple(replace(term, title=term.title or not term.without) for term in asked.terms))
    named = set(connection.execute(_placed(_matching(connection, titles), Places())).scalars())
    lists = set(connection.execute(select(pages.c.id).where(pages.c.kind == PageKind.LISTING.value)).scalars())
    parts = (page_ids & named, page_ids - named - lists, (page_ids & lists) - named)
    return [page_id for part in parts for page_id in sorted(part, reverse=True)]


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
    later = versions.alias("later")
    asked: list[ColumnElement[bool]] = []
    if places.until is not None:
        asked.append(versions.c.first_seen < places.until)
    if places.since is not None:
        follows = later.c.number.between(versions.c.number + 1, versions.c.number + 1)  # not "=": by the lean index
        replaced = (later.c.page_id == versions.c.page_id) & follows
        asked.append(~select(literal(1)).where(replaced, later.c.first_seen <= places.since).exists())
    return asked


def _hits(connection: Connection, matches: ColumnElement[bool], places: Places, page_ids: Sequence[int]) -> list[Hit]:
    """The pages with all their versions that match, in the order of the ids."""
    of_page = _numbered(matches, places).where(_stems.c.rowid.between(bindparam("least"), bindparam("most")))
    numbers: dict[int, list[int]] = {}
    for page_id in page_ids:  # one small statement a page: the index seeks a range of ids, not a list of ranges
        least, most = _ids(page_id)
        for _, number in connection.execute(of_page, {"least": least, "most": most}):
            numbers.setdefault(page_id, []).append(number)
    sorted_numbers = {page_id: sorted(found) for page_id, found in numbers.items()}
    rows = connection.execute(_shown(sorted_numbers)).mappings()
    hits = {row["page_id"]: _hit(row, tuple(sorted_numbers[row["page_id"]])) for row in rows}
    return [hits[page_id] for page_id in page_ids if page_id in hits]


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
    first, later = versions.alias("first"), versions.alias("later")
    last = case({i: n[-1] for i, n in numbers.items()}, value=pages.c.id)
    earliest = case({i: n[0] for i, n in numbers.items()}, value=pages.c.id)
    seen = (
        select(captures.c.fetched_at)
        .where(captures.c.page_id == pages.c.id, captures.c.outcome.in_(_GOOD))
        .where(captures.c.id < later.c.capture_id)
        .order_by(captures.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *(pages.c[name] for name in ("site", "url", "section", "kind", "state", "last_seen")),
            *(versions.c[name] for name in ("page_id", "number", "title", "text", "language")),
            versions.c.first_seen.label("shown_seen"),
            first.c.first_seen.label("first_seen"),
            later.c.number.label("later"),
            case((later.c.number.is_not(None), seen), else_=pages.c.last_seen).label("end_seen"),
        )
        .select_from(pages)
        .join(versions, and_(versions.c.page_id == pages.c.id, versions.c.number == last))
        .join(first, and_(first.c.page_id == pages.c.id, first.c.number == earliest))
        .outerjoin(later, and_(later.c.page_id == pages.c.id, later.c.number == versions.c.number + 1))
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
