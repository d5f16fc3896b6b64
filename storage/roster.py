"""Lists that people leaf through: a site's pages, runs and what failed in one, messages, how late the visits are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, func, literal, or_, select

from storage.engine import Store
from storage.records import Capture, ChangeKind, Outcome, Page, PageKind, PageState, Run
from storage.records_outbox import Delivery, DeliveryState
from storage.records_roster import Asked, Count
from storage.rows import capture_of, page_of, run_of
from storage.rows_outbox import delivery_of
from storage.tables import attachments, captures, changes, pages, runs, versions
from storage.tables_outbox import deliveries

FAILED = (Outcome.ERROR, Outcome.BLOCKED)
NO_SECTION = "-"  # asks for the pages that are in none

_CHANGED = (ChangeKind.ADDED.value, ChangeKind.EDITED.value, ChangeKind.RESTORED.value, ChangeKind.MOVED.value)
_WANTED: BindParameter[Any] = bindparam("ids", expanding=True)
_document = pages.alias("document")
_parents = (  # pages that link to one of the wanted ones, which is a document
    select(attachments.c.page_id)
    .join(_document, _document.c.url == attachments.c.url)
    .where(_document.c.id.in_(_WANTED))
)
_BRINGING = (  # changes of the pages themselves, and of pages that link to them where they are documents
    select(
        changes.c.id,
        func.coalesce(changes.c.subject_id, changes.c.page_id).label("subject"),
        changes.c.to_version,
    )
    .where(or_(changes.c.page_id.in_(_WANTED), changes.c.page_id.in_(_parents) & changes.c.subject_id.in_(_WANTED)))
    .where(changes.c.kind.in_(_CHANGED), changes.c.absorbed.is_(False))
    .where(changes.c.to_version.in_(bindparam("numbers", expanding=True)))
    .order_by(changes.c.id.desc())  # the first of several wins: it is taken last
)


class Roster(Store):
    """Questions of who leafs through what is known: each answer is bounded."""

    def page_list(self, asked: Asked, *, after: int = 0, limit: int = 50) -> list[Page]:
        """The site's pages in the order of their finding, those behind the page with the id ``after``."""
        chosen = select(pages).where(pages.c.id > after, *_conditions(asked)).order_by(pages.c.id).limit(limit)
        with self.reading() as connection:
            return [page_of(row) for row in connection.execute(chosen).mappings().all()]

    def page_counts(self, site: str) -> list[Count]:
        """How many pages there are of each section, kind, state and language."""
        named = (pages.c.section, pages.c.kind, pages.c.state, pages.c.language)
        chosen = select(*named, func.count().label("count")).where(pages.c.site == site).group_by(*named)
        with self.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
            return [Count(**{**row, "kind": PageKind(row["kind"]), "state": PageState(row["state"])}) for row in rows]

    def site_counts(self) -> dict[str, dict[PageState, int]]:
        """How many pages of each state every site has."""
        chosen = select(pages.c.site, pages.c.state, func.count().label("n")).group_by(pages.c.site, pages.c.state)
        found: dict[str, dict[PageState, int]] = {}
        with self.reading() as connection:
            for row in connection.execute(chosen):
                found.setdefault(row.site, {})[PageState(row.state)] = row.n
        return found

    def run_list(
        self, *, site: str | None = None, kind: str | None = None, state: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> list[Run]:  # fmt: skip
        """Runs, the latest first; ``before``: those with lower ids."""
        asked = {runs.c.site: site, runs.c.kind: kind, runs.c.state: state}
        chosen = select(runs).where(*(column == value for column, value in asked.items() if value is not None))
        if before is not None:
            chosen = chosen.where(runs.c.id < before)
        with self.reading() as connection:
            return [
                run_of(row) for row in connection.execute(chosen.order_by(runs.c.id.desc()).limit(limit)).mappings()
            ]

    def failures(self, run_id: int, *, after: int = 0, limit: int = 100) -> list[Capture]:
        """What a run asked for in vain, in the order of its asking; ``after``: the id of the last one of the list."""
        bad = captures.c.outcome.in_([outcome.value for outcome in FAILED])
        of_run = select(captures).where(captures.c.run_id == run_id, captures.c.id > after, bad)
        with self.reading() as connection:
            found = connection.execute(of_run.order_by(captures.c.id).limit(limit)).mappings()
            return [capture_of(row) for row in found]

    def roots_lately(self, site: str, most: int = 200) -> dict[tuple[str, str | None], int]:
        """How often each (extractor, content root) was read by in the latest texts of the pages found last.

        At most so many texts are looked at: which roots match now, not ever.
        """
        newest = (
            select(pages.c.id, pages.c.version)
            .where(pages.c.site == site, pages.c.version.is_not(None))
            .order_by(pages.c.id.desc())
            .limit(most)
            .subquery()
        )
        latest = and_(versions.c.page_id == newest.c.id, versions.c.number == newest.c.version)
        root = (versions.c.extractor, versions.c.root)
        chosen = select(*root, func.count().label("n")).join(newest, latest).group_by(*root)
        with self.reading() as connection:
            return {(row.extractor, row.root): row.n for row in connection.execute(chosen)}

    def delivery_list(
        self, *, subscriptions: Collection[int] | None = None, state: DeliveryState | None = None,
        before: int | None = None, limit: int = 50,
    ) -> list[Delivery]:  # fmt: skip
        """Messages, the newest first, of these subscriptions (null: of all); ``before``: those with lower ids."""
        chosen = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
        if subscriptions is not None:
            chosen = chosen.where(deliveries.c.subscription_id.in_(sorted(subscriptions)))
        if state is not None:
            chosen = chosen.where(deliveries.c.state == state.value)
        if before is not None:
            chosen = chosen.where(deliveries.c.id < before)
        with self.reading() as connection:
            return [delivery_of(row) for row in connection.execute(chosen).mappings().all()]

    def lateness(self, site: str, now: datetime, edges: Sequence[timedelta]) -> list[int]:
        """How many visits lie in each stretch between the edges, which are times from now, the earliest first.

        One more than there are edges: before the first one, between each two, from the last one on. A negative edge is
        a visit that is overdue for so long.
        """
        steps = ((pages.c.next_visit < now + edge, index) for index, edge in enumerate(edges))
        stretch: ColumnElement[int] = case(*steps, else_=literal(len(edges)))
        planned = select(stretch.label("stretch"), func.count().label("n"))
        chosen = planned.where(pages.c.site == site, pages.c.next_visit.is_not(None)).group_by(stretch)
        with self.reading() as connection:
            found: dict[int, int] = dict(connection.execute(chosen).all())
        return [found.get(index, 0) for index in range(len(edges) + 1)]

    def brought_by(self, wanted: Mapping[int, int]) -> dict[int, int]:
        """Ids of the changes that brought a version of a page: page id to change id, for page id to number.

        Of a document: the change of a page that links to it. Left out: what the baseline brought, and upgrades.
        """
        if not wanted:
            return {}
        with self.reading() as connection:
            rows = connection.execute(_BRINGING, {"ids": list(wanted), "numbers": sorted(set(wanted.values()))}).all()
        return {row.subject: row.id for row in rows if wanted.get(row.subject) == row.to_version}


def _conditions(asked: Asked) -> Iterable[ColumnElement[bool]]:
    yield pages.c.site == asked.site
    if asked.section is not None:
        yield pages.c.section.is_(None) if asked.section == NO_SECTION else pages.c.section == asked.section
    listed: dict[ColumnElement[Any], Collection[Any]] = {
        pages.c.kind: [kind.value for kind in asked.kinds],
        pages.c.state: [state.value for state in asked.states],
        pages.c.language: asked.languages,
    }
    for column, values in listed.items():
        if values:
            yield column.in_(values)
    if asked.words:
        for word in asked.words.split()[:10]:
            spelt = {word, word.lower(), word.upper(), word.capitalize()}  # SQLite's own folding knows ASCII alone
            titled = (pages.c.title.contains(one, autoescape=True) for one in sorted(spelt))
            yield or_(pages.c.url.icontains(word, autoescape=True), *titled)
