"""What one visit means, told as stories: a page is found, edited, taken down, moved, found twice."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from config.site import Policy
from crawler.core.schedule import first_state
from crawler.core.settle import settle
from crawler.core.visit import Found, Known, Terms, Visit
from storage.records import (
    Capture,
    Change,
    Digests,
    Document,
    Extractor,
    Outcome,
    Page,
    PageKind,
    PageState,
    Run,
    RunKind,
    RunState,
    Settlement,
    Version,
)

T0 = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LONG = "Министерство сообщает о новых тарифах на услуги почтовой связи для населения и организаций области. "


def document(
    text: str, *, title: str = "Тарифы", kind: PageKind = PageKind.NEWS, published: str | None = None
) -> Document:
    return Document(
        title=title,
        language="ru",
        published=published,
        kind=kind,
        markdown=text,
        text=text,
        extractor=Extractor.PROFILE,
    )


def digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def digests(made: Document) -> Digests:
    plain = made.text.replace("**", "")
    numbers = digest(*(char for char in plain if char.isdigit()))
    return Digests(
        content=digest(made.title, plain),
        title=digest(made.title),
        text=digest(plain),
        links=digest(""),
        images=digest(""),
        numbers=numbers,
        dates=digest(""),
        attachments=digest(""),
        formatting=digest(made.markdown),
    )


@dataclass
class World:
    """An archive in miniature: keeps what settlements decide, and answers what ``settle`` asks."""

    gone_after: float = 3600.0
    confirm: bool = True
    now: datetime = T0
    baseline: bool = False
    pages: dict[str, Page] = field(default_factory=dict)
    versions: dict[int, list[Version]] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    run: int = 1
    started: datetime = T0
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def page(self, path: str, *, kind: PageKind = PageKind.NEWS, group: str | None = None, depth: int = 1) -> Page:
        url = f"https://a.example{path}"
        if url not in self.pages:
            self.pages[url] = Page(
                id=next(self.ids),
                site="a",
                url=url,
                address=url,
                group=f"https://a.example{group or path}",
                kind=kind,
                found_at=self.now,
                found_on="https://a.example/" if depth else None,
                depth=depth,
                revisit=first_state("news", self.now.timestamp()),
            )
        return self.pages[url]

    def next_run(self, after: timedelta = timedelta(hours=2)) -> None:
        self.now += after
        self.run += 1
        self.started = self.now
        self.baseline = False

    def known(self) -> Known:
        by_id = {page.id: page for page in self.pages.values()}
        by_url = dict(self.pages) | {url: by_id[number] for url, number in self.aliases.items()}
        latest = {number: versions[-1] for number, versions in self.versions.items()}
        known = Known(by_url=by_url, by_id=by_id, latest=latest)
        for page in self.pages.values():
            if version := latest.get(page.id):
                known.twins.setdefault((version.digests.text, version.digests.title), []).append(page)
            if page.state is PageState.HELD and page.twin_of is not None:
                known.held.setdefault(page.twin_of, []).append(page)
        return known

    def visit(self, path: str, found: Found, made: Document | None = None, **more: object) -> Settlement:
        page = self.page(path)
        capture = Capture(
            run_id=self.run, page_id=page.id, url=page.url, fetched_at=self.now, status=200, outcome=Outcome.NEW
        )
        visit = Visit(
            page=page,
            capture=capture,
            found=found,
            address=page.url,
            document=made,
            digests=digests(made) if made else None,
        )
        visit = replace(visit, **more)  # type: ignore[arg-type]
        return self.take(settle(visit, self.known(), self.terms()))

    def terms(self) -> Terms:
        run = Run(
            id=self.run,
            site="a",
            kind=RunKind.CRAWL,
            state=RunState.RUNNING,
            started_at=self.started,
            baseline=self.baseline,
        )
        policy = Policy(gone_after=self.gone_after, confirm=self.confirm)
        return Terms(run=run, policy=policy, now=self.now, multiplier=0.1, extractor_version="1", profile_version="1")

    def take(self, settlement: Settlement) -> Settlement:
        for page in settlement.pages:
            self.pages[page.url] = page
        for version in settlement.versions:
            self.versions.setdefault(version.page_id, []).append(version)
        for alias in settlement.aliases:
            self.aliases[alias.url] = alias.page_id
        absorbed = set(settlement.absorb)
        self.changes = [c for c in self.changes if c.run_id != self.run or (c.page_id, c.kind) not in absorbed]
        self.changes += settlement.changes
        return settlement

    def shows(self, path: str, text: str = LONG, **more: object) -> Settlement:
        return self.visit(path, Found.DOCUMENT, document(text, **more))  # type: ignore[arg-type]

    def told(self) -> list[tuple[str, str]]:
        return [(change.kind.value, change.url.removeprefix("https://a.example")) for change in self.changes]

    def state(self, path: str) -> PageState:
        return self.pages[f"https://a.example{path}"].state


@pytest.fixture
def world() -> World:
    """A site whose baseline has one article, /news/1."""
    made = World(baseline=True)
    made.shows("/news/1")
    made.next_run()
    return made


def test_the_first_crawl_reports_nothing() -> None:
    world = World(baseline=True)
    assert world.shows("/news/1").captures[0].outcome is Outcome.NEW
    assert world.told() == []


def test_a_page_found_later_is_added(world: World) -> None:
    world.shows("/news/2", LONG + "Второе.")
    assert world.told() == [("added", "/news/2")]


def test_the_same_text_is_unchanged(world: World) -> None:
    settled = world.shows("/news/1")
    assert (settled.captures[0].outcome, settled.versions, world.told()) == (Outcome.UNCHANGED, (), [])


def test_one_digit_is_an_edit_between_two_looks(world: World) -> None:
    settled = world.shows("/news/1", LONG + "12")
    (change,) = settled.changes
    assert (change.kind.value, change.last_seen, change.first_seen) == ("edited", T0, world.now)
    assert (change.from_version, change.to_version) == (1, 2)


def test_only_marks_changed_is_a_version_and_a_formatting_change(world: World) -> None:
    settled = world.shows("/news/1", LONG.replace("новых", "**новых**"))
    (change,) = settled.changes
    assert [what.value for what in change.what] == ["formatting"]
    assert settled.captures[0].outcome is Outcome.UNCHANGED


def test_gone_needs_a_second_look_an_hour_later(world: World) -> None:
    world.visit("/news/1", Found.MISSING)
    assert (world.told(), world.state("/news/1")) == ([], PageState.MISSING)
    first_look = world.now
    world.next_run(timedelta(minutes=20))
    world.visit("/news/1", Found.MISSING)
    assert world.told() == []
    world.next_run(timedelta(minutes=50))
    world.visit("/news/1", Found.MISSING)
    assert world.told() == [("removed", "/news/1")]
    assert (world.changes[0].last_seen, world.changes[0].first_seen) == (T0, first_look)
    world.next_run()
    world.visit("/news/1", Found.MISSING)
    assert len(world.changes) == 1


def test_one_404_and_back_is_nothing(world: World) -> None:
    world.visit("/news/1", Found.MISSING)
    world.next_run()
    world.shows("/news/1")
    assert (world.told(), world.state("/news/1")) == ([], PageState.LIVE)


def test_without_confirmation_the_first_look_removes(world: World) -> None:
    world.confirm = False
    world.visit("/news/1", Found.MISSING)
    assert world.told() == [("removed", "/news/1")]


@pytest.mark.parametrize(("text", "what"), [(LONG, ()), (LONG + "7", ("text", "numbers"))], ids=["as it was", "edited"])
def test_a_removed_page_comes_back(world: World, text: str, what: Sequence[str]) -> None:
    for _ in range(2):
        world.visit("/news/1", Found.MISSING)
        world.next_run()
    world.shows("/news/1", text)
    assert world.told() == [("removed", "/news/1"), ("restored", "/news/1")]
    assert {part.value for part in world.changes[1].what} == set(what)


@pytest.mark.parametrize("found", [Found.BLOCKED, Found.FAILED])
def test_blocked_and_failed_say_nothing_of_the_page(world: World, found: Found) -> None:
    for _ in range(5):
        world.visit("/news/1", found)
        world.next_run()
    assert (world.told(), world.state("/news/1")) == ([], PageState.LIVE)


def test_moved_with_redirect_target_already_seen(world: World) -> None:
    world.shows("/about/1", LONG + "И ещё.", title="Тарифы")
    target = "https://a.example/about/1"
    world.visit("/news/1", Found.REDIRECT, target=target)
    assert world.told() == [("moved", "/news/1")]
    assert (world.changes[0].moved_to, world.state("/news/1")) == (target, PageState.ALIAS)


def test_moved_with_redirect_target_not_seen_yet(world: World) -> None:
    world.page("/about/1")
    waited = world.visit("/news/1", Found.REDIRECT, target="https://a.example/about/1")
    assert waited.due_now == (world.page("/about/1").id,)
    world.shows("/about/1")
    world.visit("/news/1", Found.REDIRECT, target="https://a.example/about/1")
    assert world.told() == [("moved", "/news/1")]


def test_moved_without_redirect_new_address_seen_first(world: World) -> None:
    held = world.shows("/about/1")
    assert (held.due_now, world.state("/about/1"), world.told()) == ((1,), PageState.HELD, [])
    world.visit("/news/1", Found.MISSING)
    assert (world.told(), world.state("/about/1")) == ([("moved", "/news/1")], PageState.LIVE)


def test_moved_without_redirect_old_address_seen_first(world: World) -> None:
    world.visit("/news/1", Found.MISSING)
    world.shows("/about/1")
    assert (world.told(), world.state("/news/1")) == ([("moved", "/news/1")], PageState.ALIAS)


def test_moved_without_redirect_after_the_old_address_was_looked_at_in_the_same_run(world: World) -> None:
    world.shows("/news/1")
    world.now += timedelta(minutes=5)
    held = world.shows("/about/1")
    assert (held.due_now, world.state("/about/1")) == ((1,), PageState.HELD)
    world.visit("/news/1", Found.MISSING)
    assert (world.told(), world.state("/about/1")) == ([("moved", "/news/1")], PageState.LIVE)


def test_a_second_address_that_was_known_when_the_article_was_looked_at_is_an_alias_at_once(world: World) -> None:
    world.page("/about/1")
    world.now += timedelta(minutes=5)
    world.shows("/news/1")
    world.shows("/about/1")
    assert (world.told(), world.state("/about/1")) == ([], PageState.ALIAS)


def test_a_second_address_of_a_living_article_is_an_alias(world: World) -> None:
    world.shows("/about/1")
    world.visit("/news/1", Found.SAME)
    assert (world.told(), world.state("/about/1")) == ([], PageState.ALIAS)
    assert world.aliases["https://a.example/about/1"] == 1


def test_a_copy_that_was_edited_apart_stands_by_itself(world: World) -> None:
    world.shows("/about/1")
    world.shows("/news/1", LONG + "Правка.")
    assert sorted(world.told()) == [("added", "/about/1"), ("edited", "/news/1")]


def test_two_short_pages_with_equal_texts_are_two_pages(world: World) -> None:
    world.shows("/a", "В разработке.", title="Раздел", kind=PageKind.PAGE)
    world.shows("/b", "В разработке.", title="Раздел", kind=PageKind.PAGE)
    assert world.told() == [("added", "/a"), ("added", "/b")]


def test_two_notices_with_equal_texts_and_other_dates_are_two_pages(world: World) -> None:
    world.shows("/news/5", LONG + "!", published="2026-03-01")
    world.shows("/news/6", LONG + "!", published="2026-03-08")
    assert world.told() == [("added", "/news/5"), ("added", "/news/6")]


def test_a_language_variant_with_the_same_text_is_an_alias(world: World) -> None:
    world.page("/be/news/1", group="/news/1")
    world.shows("/be/news/1")
    assert (world.told(), world.state("/be/news/1")) == ([], PageState.ALIAS)


def test_a_variant_that_is_looked_at_again_stays_an_alias_whatever_short_link_it_names(world: World) -> None:
    world.page("/be/news/1", group="/news/1")
    world.shows("/be/news/1")
    world.next_run(timedelta(days=40))
    node = world.page("/be/node/1")
    world.visit("/news/1", Found.SAME)
    world.visit("/be/news/1", Found.DOCUMENT, document(LONG), node=node.url)
    assert (world.told(), world.state("/be/news/1")) == ([], PageState.ALIAS)
    assert world.aliases["https://a.example/be/news/1"] == 1


def test_a_translation_is_a_page(world: World) -> None:
    world.page("/be/news/1", group="/news/1")
    world.shows("/be/news/1", "Міністэрства паведамляе аб новых тарыфах на паслугі паштовай сувязі для насельніцтва.")
    assert world.told() == [("added", "/be/news/1")]


def test_a_declared_canonical_that_lies_is_not_believed(world: World) -> None:
    world.visit("/news/9", Found.DOCUMENT, document(LONG + "Другое."), prefers="https://a.example/news/1")
    assert (world.told(), world.state("/news/9")) == ([("added", "/news/9")], PageState.LIVE)


def test_a_redirect_to_a_listing_is_a_deletion(world: World) -> None:
    world.page("/news", kind=PageKind.LISTING)
    world.shows("/news", "Список новостей", title="Новости", kind=PageKind.LISTING)
    for _ in range(2):
        world.visit("/news/1", Found.REDIRECT, target="https://a.example/news")
        world.next_run()
    assert world.told() == [("removed", "/news/1")]


def test_a_listing_shown_where_an_article_was_is_a_deletion(world: World) -> None:
    world.page("/news", kind=PageKind.LISTING)
    listing = document("Список новостей за месяц", title="Новости", kind=PageKind.LISTING)
    world.visit("/news", Found.DOCUMENT, listing)
    for _ in range(2):
        world.visit("/news/1", Found.DOCUMENT, listing)
        world.next_run()
    assert world.told() == [("removed", "/news/1")]


def test_an_address_that_shows_a_listing_is_no_page(world: World) -> None:
    world.page("/news", kind=PageKind.LISTING)
    listing = document("Список новостей за месяц", title="Новости", kind=PageKind.LISTING)
    world.visit("/news", Found.DOCUMENT, listing)
    world.visit("/news/404", Found.DOCUMENT, replace(listing, kind=PageKind.NEWS))
    assert (world.told(), world.state("/news/404")) == ([], PageState.EXCLUDED)


def test_listings_report_nothing(world: World) -> None:
    world.page("/news", kind=PageKind.LISTING)
    for text in ("Список", "Список длиннее"):
        world.shows("/news", text, kind=PageKind.LISTING)
    assert world.told() == []


def test_a_304_moves_no_last_seen(world: World) -> None:
    settled = world.visit("/news/1", Found.SAME, not_modified=True)
    assert (settled.pages[0].last_seen, settled.captures[0].outcome) == (T0, Outcome.NOT_MODIFIED)


def test_an_address_that_never_was_is_not_reported(world: World) -> None:
    world.visit("/nothing", Found.MISSING)
    assert (world.told(), world.state("/nothing")) == ([], PageState.EXCLUDED)


def test_a_second_look_that_was_under_way_when_the_move_was_seen_removes_nothing(world: World) -> None:
    world.visit("/news/1", Found.MISSING)
    claimed = world.page("/news/1")
    world.shows("/about/1")
    capture = Capture(
        run_id=world.run, page_id=claimed.id, url=claimed.url, fetched_at=world.now, status=404, outcome=Outcome.GONE
    )
    late = Visit(page=claimed, capture=capture, found=Found.MISSING, address=claimed.url)
    world.take(settle(late, world.known(), world.terms()))
    assert world.told() == [("moved", "/news/1")]
