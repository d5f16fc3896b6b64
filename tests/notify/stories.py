"""Deliveries, subscriptions and changes for tests of messages, given by what matters in each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.core.compare import compare
from crawler.core.messages import Links, Message, message_for
from crawler.core.report import Entry
from crawler.core.significance import of_comparison
from storage.records import Change, ChangeKind, PageKind, Problem, What
from storage.records_outbox import Delivery, DeliveryKind, DeliveryState, Subscription
from tests.core.versions import version

NOON = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
LINKS = Links(public_url="https://letapis.example", unsubscribe="https://letapis.example/unsubscribe/3/token")
ROWS = "Услуга\tПлата\nЛиния\t12,40\nКанал\t148"
BEFORE = f"Порядок расчётов.\n\n{ROWS}\n\nОператор обязан уведомить абонента за 10 дней.\n\nРаз.\n\nДва.\n\nТри."
AFTER = BEFORE.replace("12,40", "15,10").replace("10 дней", "5 дней") + "\n\nПриём граждан по средам."


def subscription(**fields: Any) -> Subscription:
    base = Subscription(id=3, name="Тарифы", channel="mailto:reader@example.org", created_at=NOON)
    return replace(base, **fields)


def delivery(kind: DeliveryKind = DeliveryKind.CHANGE, **fields: Any) -> Delivery:
    base = Delivery(
        id=11,
        subscription_id=3,
        key="s3-c7",
        kind=kind,
        state=DeliveryState.PENDING,
        channel="mailto:reader@example.org",
        created_at=NOON,
        not_before=NOON,
    )
    return replace(base, **fields)


def edit(number: int = 7, **fields: Any) -> Entry:
    """An edited page: a price, a deadline, a new paragraph, a file."""
    before = version(BEFORE, attachments=(("Форма", "https://mpt.gov.by/form.pdf"),))
    after = version(AFTER, attachments=(("Форма заявления", "https://mpt.gov.by/form.pdf"),), number=2)
    comparison = compare(before, after)
    change = Change(
        id=number,
        site="mpt",
        page_id=1,
        url="https://mpt.gov.by/ru/tariffs",
        kind=ChangeKind.EDITED,
        title="Тарифы",
        page_kind=PageKind.DOCUMENT,
        section="Документы",
        language="ru",
        last_seen=NOON - timedelta(days=1),
        first_seen=NOON,
        significance=of_comparison(comparison).value,
        what=comparison.what,
        summary=comparison.summary,
        from_version=1,
        to_version=2,
        run_id=1,
    )
    return Entry(change=replace(change, **fields), before=before, after=after)


def added(number: int, title: str, significance: float = 0.5) -> Entry:
    found = edit(number).change
    change = replace(
        found, kind=ChangeKind.ADDED, title=title, last_seen=None, significance=significance, from_version=None,
        what=(What.TEXT,), summary=f"new page: «{title}»",
    )  # fmt: skip
    return Entry(change=change, after=version("Первый абзац.\n\nВторой абзац.", title=title))


def problem(**fields: Any) -> Problem:
    base = Problem(
        id=5, site="mpt", kind="blocked", subject="site", evidence="4 of 5 requests were turned away",
        opened_at=NOON, seen_at=NOON,
    )  # fmt: skip
    return replace(base, **fields)


def message(*entries: Entry, kind: DeliveryKind = DeliveryKind.CHANGE, **fields: Any) -> Message:
    from zoneinfo import ZoneInfo

    given: dict[str, Any] = {"links": LINKS, "zone": ZoneInfo("Europe/Minsk")} | fields
    about = given.pop("problem", None)
    return message_for(
        given.pop("delivery", delivery(kind)), entries, about, given.pop("subscription", subscription()), **given
    )
