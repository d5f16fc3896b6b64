"""The audit log on both databases: written with what it tells of, read by its indexes; and figures of the whole."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crawler.core.query import STEMMER
from crawler.search import bring_up_to_date
from storage.archive import Archive
from storage.migrations import HEAD
from storage.records_accounts import Role
from storage.records_review import AuditAsked, AuditEntry, Report, ReportEntry
from storage.records_service import OrderKind, Totals
from storage.tables import captures, versions
from tests.storage.making import DAY, MINUTE, NOON, SITE
from tests.storage.plans import explained
from tests.storage.test_outbox import subscribed
from tests.storage.test_reviews import reported
from tests.storage.test_search import put


def test_what_alters_an_account_is_written_with_it_and_what_alters_nothing_is_not(archive: Archive) -> None:
    boss = archive.add_user("boss", Role.ADMIN, "hash", NOON, actor="the service", first=True)
    anna = archive.add_user("anna", Role.READER, "hash", NOON, actor="boss")
    assert boss
    assert anna
    assert archive.add_user("anna", Role.READER, "hash", NOON, actor="boss") is None
    assert not archive.set_role(boss.id, Role.READER, NOON, actor="boss")
    for _ in range(2):
        archive.set_role(anna.id, Role.REVIEWER, NOON, actor="boss")
        archive.enable(anna.id, NOON, actor="boss")
    archive.set_password(anna.id, "new hash", NOON, actor="boss", one_time=True)
    token = archive.add_token(anna.id, "ci", "digest", ["read"], NOON, actor="anna")
    for _ in range(2):
        archive.revoke_token(token.id, NOON, actor="boss")
    told = [(one.actor, one.action, one.subject, one.detail) for one in reversed(archive.audit())]
    assert told == [
        ("the service", "user.create", "user boss", {"role": "admin"}),
        ("boss", "user.create", "user anna", {"role": "reader"}),
        ("boss", "user.role", "user anna", {"before": "reader", "after": "reviewer"}),
        ("boss", "user.password", "user anna", {"one_time": True}),
        ("anna", "token.create", "token 1", {"user": "anna", "name": "ci", "scopes": ["read"]}),
        ("boss", "token.revoke", "token 1", {"user": "anna", "name": "ci"}),
    ]


def test_orders_pauses_and_subscriptions_tell_who_wanted_them(archive: Archive) -> None:
    archive.order(SITE, OrderKind.RUN, NOON, actor="command line anna")
    archive.pause(SITE, NOON, "moves", actor="boss")
    for _ in range(2):
        archive.resume(SITE, NOON, actor="boss")
    assert [one.action for one in archive.audit(f"site {SITE}")] == ["site.resume", "site.pause", "site.run"]
    one = subscribed(archive, "ann")
    for _ in range(2):
        archive.end_subscription(one.id or 0, NOON, actor="boss")
    actions = [(entry.action, entry.detail) for entry in archive.audit(f"subscription {one.id}")]
    assert actions == [("subscription.end", {"name": "ann"}), ("subscription.add", {"name": "ann"})]


def test_a_report_is_deleted_for_good_unless_it_went_out(archive: Archive) -> None:
    first, *_ = reported(archive)
    one = Report(
        title="Март", entries=(ReportEntry(change_id=first),), created_at=NOON, created_by="anna", updated_at=NOON
    )
    draft, published = (archive.save_report(one, actor="anna", now=NOON).id or 0 for _ in range(2))
    archive.publish(published, actor="anna", now=NOON)
    assert [archive.was_published(each) for each in (draft, published)] == [False, True]
    assert archive.drop_report(draft, actor="anna", now=NOON)
    assert not archive.drop_report(published, actor="anna", now=NOON)
    assert archive.report(published)
    assert archive.drop_report(published, actor="boss", now=NOON, published=True)
    assert archive.reports() == []
    with pytest.raises(KeyError):
        archive.drop_report(draft, actor="anna", now=NOON)
    detail = archive.audit(f"report {draft}")[0].detail
    assert detail == {"title": "Март", "changes": [first], "published": False}


def many(archive: Archive, count: int = 40) -> None:
    """Rows whose moments do not quite follow their ids."""
    for n in range(count):
        at = NOON + (n // 10) * DAY + (n % 10) * MINUTE - (30 * MINUTE if n == 25 else timedelta())
        entry = AuditEntry(at=at, actor=f"a{n % 2}", action=f"site.{n % 4}", subject=f"site {n}")
        archive.note_audit(entry)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(AuditAsked(since=NOON + DAY, until=NOON + 2 * DAY), [25, *range(10, 20)], id="a day"),
        pytest.param(AuditAsked(since=NOON + 3 * DAY), range(30, 40), id="since"),
        pytest.param(AuditAsked(until=NOON + 5 * MINUTE), range(5), id="until"),
        pytest.param(AuditAsked(action="site.3", since=NOON + 3 * DAY), [31, 35, 39], id="an action since"),
        pytest.param(AuditAsked(actor="a1", until=NOON + 4 * MINUTE), [1, 3], id="somebody's until"),
        pytest.param(AuditAsked(since=NOON + 9 * DAY), [], id="nothing"),
        pytest.param(AuditAsked(until=NOON - DAY), [], id="nothing before"),
    ],
)
def test_the_log_is_narrowed_by_days_and_all_of_it_comes_in_parts(
    archive: Archive, asked: AuditAsked, expected: list[int]
) -> None:
    many(archive)
    wanted = sorted((f"site {n}" for n in expected), key=lambda name: -int(name[5:]))
    assert [one.subject for one in archive.audit_list(asked)] == wanted
    assert [one.subject for one in archive.audit_rows(asked, size=3)] == wanted


def test_a_narrowed_log_is_read_by_its_indexes(archive: Archive) -> None:
    """Never sorted, never read from one end to the other: there may be millions of rows."""
    many(archive)
    asked = [
        AuditAsked(since=NOON + DAY, until=NOON + 2 * DAY),
        AuditAsked(action="site.3", since=NOON + DAY),
        AuditAsked(actor="a1"),
        AuditAsked(subject="site 7"),
    ]
    if archive.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads so small a table whole, rightly")
    for one in asked:
        with explained(archive) as plans:
            archive.audit_list(one, limit=10)
        plan = "\n".join(plans)
        assert "TEMP B-TREE" not in plan, (one, plan)
        assert "SCAN audit" not in plan.replace("SCAN audit USING COVERING INDEX ix_audit_at", ""), (one, plan)


def test_figures_of_the_whole(archive: Archive) -> None:
    assert archive.totals("stemmer", most=9) == Totals(versions=0, captures=0, changes=0, unindexed=0)
    for number in range(3):
        put(archive, f"/{number}", "пошлина 5 рублей", "пошлина 6 рублей")
    with archive.reading() as connection:
        counted = [connection.execute(select(func.count()).select_from(of)).scalar_one() for of in (versions, captures)]
    totals = archive.totals("stemmer", most=5)
    assert [totals.versions, totals.captures] == counted
    assert (totals.versions, totals.unindexed) == (6, 5)
    bring_up_to_date(archive)
    assert archive.totals(STEMMER, most=5).unindexed == 0
    kept = archive.database()
    assert (kept.kind, kept.revision) == (archive.engine.dialect.name, HEAD)
    assert kept.size > 10_000
