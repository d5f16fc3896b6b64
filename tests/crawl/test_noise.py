"""A real crawl under a noise rule: what it hides is noise when the run closes, is owed to nobody, and can be found."""

from collections.abc import Callable
from datetime import UTC, datetime

from crawler.hiding import apply_rule, try_rule
from crawler.search import search
from storage.records_outbox import Subscription
from storage.records_queue import ChangeFilter
from storage.records_review import NoiseRule, ReviewState
from tests.crawl.conftest import Crawls, whole
from tests.site import Markup

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_what_a_rule_hides_is_owed_to_nobody(once: Callable[..., Crawls]) -> None:
    known = once(whole, markup=Markup.MIXED)
    archive = known.archive
    known.replica.apply()
    site = next(archive.pages()).site
    asked = Subscription(name="all", channel="mailto:a@example.org", created_at=NOW)
    subscription = archive.add_subscription(asked, actor="boss")
    rule = archive.add_rule(
        NoiseRule(site=site, what=("attachments",), reason="перазаліваюць", created_at=NOW, created_by="anna")
    )
    known.crawl()
    changes = archive.changes(site=site)
    noise = {change.id for change in changes if [part.value for part in change.what] == ["attachments"]}
    assert noise
    assert set(archive.hidden_by(change.id or 0 for change in changes)) == noise
    assert {row.change.id for row in archive.queue(ChangeFilter(), limit=500).rows} == {c.id for c in changes} - noise
    owed = {change.id for _, change in archive.owed_to(subscription.id or 0)}
    assert owed == {change.id for change in changes} - noise
    # the index was brought up to date when the runs closed
    assert search(archive, changes[0].title, most=0).total

    another = archive.add_rule(NoiseRule(site=site, url=".", reason="усё", created_at=NOW, created_by="anna"))
    first = next(change.id for change in changes if change.id not in noise) or 0
    archive.decide([first], state=ReviewState.CONFIRMED, actor="anna", now=NOW)
    tried = try_rule(archive, another)
    assert (len(tried.hidden), tried.confirmed_hidden) == (len(changes), (first,))
    assert set(apply_rule(archive, another, NOW)) == {change.id for change in changes} - noise - {first}
    assert rule.id != another.id
