"""History by date: what stood when, version by version, language by language, and how much changed each day."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)

from storage.engine import Store
from storage.records import ChangeKind, Outcome, PageKind, PageState, RunKind, RunState
from storage.records_timeline import Health, Standing, Translation, VersionRow
from storage.rows import problem_of, run_of
from storage.tables import EPOCH, captures, changes, pages, problems, runs, versions

DAY = 86_400  # seconds
_EPOCH_DAY = date(1970, 1, 1)
_GOOD = [one.value for one in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.NOT_MODIFIED)]
_BAD = [one.value for one in (Outcome.ERROR, Outcome.BLOCKED, Outcome.GONE)]
_HERE = [PageState.LIVE.value, PageState.HELD.value, PageState.MISSING.value]


class Timeline(Store):
    """Questions about a site's past."""

    def as_on(
        self,
        site: str,
        at: datetime,
        *,
        kinds: Sequence[PageKind] = (),
        section: str | None = None,
        languages: Sequence[str] = (),
        after: int = 0,
        limit: int = 1_000,
    ) -> list[Standing]:
        """The pages that stood at that moment with the version that stood then, in the order of their finding.

        A page that was seen to be gone by then is left out. ``after``: the id of the last page of the list before.
        """
        number = (
            select(func.max(versions.c.number))
            .where(versions.c.page_id == pages.c.id, versions.c.first_seen <= at)
            .correlate(pages)
            .scalar_subquery()
        )
        asked: list[ColumnElement[bool]] = [pages.c.site == site, pages.c.id > after, ~_gone_by(at)]
        if kinds:
            asked.append(pages.c.kind.in_([kind.value for kind in kinds]))
        if section is not None:
            asked.append(pages.c.section == section)
        if languages:
            asked.append(versions.c.language.in_(languages))
        chosen = (
            select(
                pages.c.id.label("page_id"), pages.c.url, pages.c.section, pages.c.kind, versions.c.title,
                versions.c.number.label("version"), versions.c.language, versions.c.first_seen,
            )
            .join(versions, and_(versions.c.page_id == pages.c.id, versions.c.number == number))
            .where(*asked)
            .order_by(pages.c.id)
            .limit(limit)
        )  # fmt: skip
        with self.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
            return [Standing(**{**row, "kind": PageKind(row["kind"])}) for row in rows]

    def versions_of(self, page_id: int) -> list[VersionRow]:
        """A page's versions without their texts, oldest first."""
        later = versions.alias("later")
        seen = (
            select(captures.c.fetched_at)
            .where(captures.c.page_id == page_id, captures.c.outcome.in_(_GOOD), captures.c.id < later.c.capture_id)
            .order_by(captures.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        names = ("number", "first_seen", "title", "language", "upgrade", "capture_id")
        chosen = (
            select(
                *(versions.c[name] for name in names),
                versions.c.digest_content.label("digest"),
                func.length(versions.c.text).label("characters"),
                case((later.c.number.is_not(None), seen), else_=pages.c.last_seen).label("last_seen"),
            )
            .join(pages, pages.c.id == versions.c.page_id)
            .outerjoin(later, and_(later.c.page_id == page_id, later.c.number == versions.c.number + 1))
            .where(versions.c.page_id == page_id)
            .order_by(versions.c.number)
        )
        with self.reading() as connection:
            return [_version_row(row) for row in connection.execute(chosen).mappings().all()]

    def translations(self, page_id: int, now: datetime) -> list[Translation]:
        """The page and its other languages, the latest edited first, with how long each lags behind."""
        own = select(pages.c.site, pages.c.group).where(pages.c.id == page_id).subquery()
        edited = (
            select(func.max(versions.c.first_seen))
            .where(versions.c.page_id == pages.c.id, versions.c.upgrade.is_(False))
            .scalar_subquery()
        )
        names = ("url", "language", "title", "version")
        chosen = (
            select(pages.c.id, *(pages.c[name] for name in names), pages.c.state, edited.label("edited_at"))
            .join(own, and_(own.c.site == pages.c.site, own.c.group == pages.c.group))
            .where(or_(pages.c.state.in_([*_HERE, PageState.GONE.value]), pages.c.id == page_id))
        )
        with self.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
        newest = max((row["edited_at"] for row in rows if row["edited_at"] is not None), default=None)
        found = [_translation(row, _behind(row["edited_at"], newest, now)) for row in rows]
        return sorted(found, key=lambda one: (-(one.edited_at or EPOCH).timestamp(), one.page_id))

    def daily_changes(
        self, since: datetime, until: datetime, zone: tzinfo, *, site: str | None = None
    ) -> dict[tuple[date, str | None], int]:
        """How many changes were first seen on each day (of that zone) in each section; days without any are left out.

        Parts of a site-wide event, absorbed changes and those of formatting only are not counted.
        """
        with self.reading() as connection:
            day = _day(connection, since, until, zone)
            asked = [changes.c.first_seen >= since, changes.c.first_seen < until, changes.c.what != ",formatting,"]
            asked += [changes.c.absorbed.is_(False), changes.c.group_id.is_(None)]
            asked += [changes.c.site == site] if site is not None else []
            chosen = select(day.label("day"), changes.c.section, func.count().label("n")).where(*asked)
            rows = connection.execute(chosen.group_by(text("day"), changes.c.section)).all()
        return {(_EPOCH_DAY + timedelta(days=int(row.day)), row.section): row.n for row in rows}

    def health(self, site: str, now: datetime) -> Health:
        """How a site is doing: its last run, what failed in it, what is due, what troubles the monitoring."""
        crawls = select(runs).where(runs.c.site == site, runs.c.kind == RunKind.CRAWL.value).order_by(runs.c.id.desc())
        done = crawls.with_only_columns(runs.c.finished_at).where(runs.c.state == RunState.DONE.value).limit(1)
        states = select(pages.c.state, func.count()).where(pages.c.site == site).group_by(pages.c.state)
        overdue = select(func.count(), func.min(pages.c.next_visit)).where(
            pages.c.site == site, pages.c.next_visit <= now
        )
        trouble = select(problems).where(problems.c.site == site, problems.c.closed_at.is_(None))
        with self.reading() as connection:
            last = connection.execute(crawls.limit(1)).mappings().one_or_none()
            count: dict[str, int] = dict(connection.execute(states).all())
            due, latest = connection.execute(overdue).one()
            return Health(
                site=site,
                last_run=run_of(last) if last else None,
                last_done=connection.execute(done).scalar(),
                pages=sum(count.get(state, 0) for state in _HERE),
                gone=count.get(PageState.GONE.value, 0),
                waiting=count.get(PageState.NEW.value, 0),
                due=due,
                latest_due=latest,
                failures=_failures(connection, last["id"]) if last else {},
                problems=tuple(
                    problem_of(row)
                    for row in connection.execute(trouble.order_by(problems.c.opened_at.desc())).mappings()
                ),
            )


def _gone_by(at: datetime) -> ColumnElement[bool]:
    """Whether the page's last disappearance or move before the moment was followed by no return."""
    lost, back = changes.alias("lost"), changes.alias("back")
    away = lost.c.kind.in_([ChangeKind.REMOVED.value, ChangeKind.MOVED.value])
    returned = exists().where(
        back.c.page_id == lost.c.page_id,
        back.c.kind == ChangeKind.RESTORED.value,
        back.c.absorbed.is_(False),
        back.c.first_seen > lost.c.first_seen,
        back.c.first_seen <= at,
    )
    return (
        exists()
        .where(lost.c.page_id == pages.c.id, away, lost.c.absorbed.is_(False), lost.c.first_seen <= at, ~returned)
        .correlate(pages)
    )


def _version_row(row: Any) -> VersionRow:
    values = {**row, "last_seen": max(row["last_seen"] or row["first_seen"], row["first_seen"])}
    return VersionRow(**values)


def _behind(edited: datetime | None, newest: datetime | None, now: datetime) -> timedelta | None:
    if edited is None or newest is None or edited >= newest:
        return None
    return now - newest


def _translation(row: Any, behind: timedelta | None) -> Translation:
    named = {name: row[name] for name in ("url", "language", "title", "version", "edited_at")}
    return Translation(page_id=row["id"], state=PageState(row["state"]), behind=behind, **named)


def _day(connection: Connection, since: datetime, until: datetime, zone: tzinfo) -> ColumnElement[int]:
    """The zone's day, counted from 1970, on which a change was first seen: summer time and all."""
    offsets = list(_offsets(since, until, zone))
    seconds: ColumnElement[Any] = literal(offsets[-1][1])
    if len(offsets) > 1:
        seconds = case(*((changes.c.first_seen < end, offset) for end, offset in offsets[:-1]), else_=seconds)
    if connection.dialect.name == "sqlite":
        local: ColumnElement[int] = type_coerce(changes.c.first_seen, BigInteger) + seconds * 1_000_000
        return local // (DAY * 1_000_000)
    return cast(func.floor((func.extract("epoch", changes.c.first_seen) + seconds) / DAY), BigInteger)


def _offsets(since: datetime, until: datetime, zone: tzinfo) -> Iterator[tuple[datetime, int]]:
    """(end, seconds east of UTC) of each stretch of the period in which the zone's clocks are not put on or back."""

    def offset(at: datetime) -> int:
        return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())

    at, last = since.astimezone(UTC), until.astimezone(UTC)
    while at < last:
        step = min(at + timedelta(days=1), last)
        if offset(step) != offset(at):
            yield _turn(at, step, offset), offset(at)
        at = step
    yield last, offset(last)


def _turn(before: datetime, after: datetime, offset: Callable[[datetime], int]) -> datetime:
    """The second from which the offset is the one at the end."""
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if offset(middle) == offset(before) else (before, middle)
    return after.replace(microsecond=0)


def _failures(connection: Connection, run_id: int) -> dict[str, int]:
    bad = captures.c.outcome.in_(_BAD)
    chosen = select(captures.c.outcome, func.count()).where(captures.c.run_id == run_id, bad)
    return dict(connection.execute(chosen.group_by(captures.c.outcome)).all())
