"""Which changes concern a subscription, which words are found where, when a message may go, what is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.site import BUILT_IN, load_sites
from crawler.core.subscription_rules import BadSubscription, checked
from crawler.core.subscriptions import comparison_of, concerns_problem, match, quiet_until
from storage.records import Change, ChangeKind, PageKind, Problem, Version, What
from storage.records_outbox import Cadence, Subscription
from tests.core.versions import edited, version

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = Subscription(name="ann", channel="mailto:ann@example.org", created_at=NOW)

OLD = version(
    "Порядок регистрации\n\nПлата за лицензию составляет 12 рублей.\n\nСрок рассмотрения: месяц.",
    title="Услуги",
    links=(("Перечень операторов", "https://mpt.example/a"),),
    attachments=(("Тарыфы на паслугі", "https://mpt.example/files/tariffs.pdf"),),
)
RISE = edited(OLD, text=OLD.document.text.replace("12", "15"))


def told(kind: ChangeKind = ChangeKind.EDITED, **fields: Any) -> Change:
    usual: dict[str, Any] = {
        "site": "mpt",
        "page_id": 1,
        "url": "https://mpt.example/ru/documents/services",
        "title": "Услуги",
        "page_kind": PageKind.PAGE,
        "section": "documents",
        "language": "ru",
        "last_seen": NOW,
        "first_seen": NOW,
        "significance": 0.5,
        "what": (What.TEXT, What.NUMBERS) if kind is ChangeKind.EDITED else (),
        "summary": "number 12 became 15",
        "run_id": 1,
    }
    return Change(kind=kind, **(usual | fields))


def matched(
    one: Subscription, change: Change, before: Version | None = OLD, after: Version | None = RISE
) -> tuple[str, ...] | None:
    return match(one, change, comparison_of(change, before, after), before, after)


@pytest.mark.parametrize(
    ("conditions", "change", "wanted"),
    [
        pytest.param({}, {}, True, id="no conditions: everything"),
        pytest.param({}, {"what": (What.FORMATTING,)}, False, id="but formatting alone is nobody's"),
        pytest.param({"what": ("formatting",)}, {"what": (What.FORMATTING,)}, True, id="unless asked for"),
        pytest.param({"sites": ("mpt", "x")}, {}, True, id="one of the sites"),
        pytest.param({"sites": ("x",)}, {}, False, id="another site"),
        pytest.param({"sections": ("documents",)}, {}, True, id="the section"),
        pytest.param({"sections": ("documents",)}, {"section": None}, False, id="a page of no section"),
        pytest.param({"languages": ("be",)}, {}, False, id="another language"),
        pytest.param({"languages": ("be", "ru")}, {}, True, id="one of the languages"),
        pytest.param({"kinds": ("removed",)}, {}, False, id="another kind"),
        pytest.param({"kinds": ("removed", "edited")}, {}, True, id="one of the kinds"),
        pytest.param({"what": ("links", "numbers")}, {}, True, id="one of the parts"),
        pytest.param({"what": ("links",)}, {}, False, id="another part"),
        pytest.param({"urls": (r"/news/", r"/documents/\w+$")}, {}, True, id="one of the patterns"),
        pytest.param({"urls": (r"\.pdf$",)}, {}, False, id="another address"),
        pytest.param({"urls": (r"\.pdf$",)}, {"subject_url": "https://mpt.example/t.pdf"}, True, id="of the file"),
        pytest.param(
            {"urls": (r"/archive/",)}, {"moved_to": "https://mpt.example/archive/1"}, True, id="where it went"
        ),
        pytest.param({"min_significance": 0.5}, {}, True, id="just significant enough"),
        pytest.param({"min_significance": 0.51}, {}, False, id="not significant enough"),
        pytest.param({"sites": ("mpt",), "kinds": ("added",)}, {}, False, id="each condition has to hold"),
        pytest.param({"topics": ("problems",)}, {}, False, id="problems only"),
    ],
)
def test_a_change_concerns_whoever_asked_for_it(conditions: Any, change: Any, wanted: bool) -> None:
    assert (matched(replace(BASE, **conditions), told(**change)) is not None) is wanted


@pytest.mark.parametrize(
    ("word", "found"),
    [
        pytest.param("лицензия", True, id="in the paragraph that changed"),
        pytest.param("15", True, id="the new number"),
        pytest.param("12", True, id="the old number"),
        pytest.param("регистрация", False, id="in a paragraph that did not change"),
        pytest.param("услуга", False, id="in the title that did not change"),
        pytest.param("перечень", False, id="in a link that did not change"),
    ],
)
def test_words_of_an_edit_are_looked_for_in_what_changed(word: str, found: bool) -> None:
    assert matched(replace(BASE, words=("нічога", word)), told()) == ((word,) if found else None)


@pytest.mark.parametrize(
    ("after", "word"),
    [
        pytest.param(replace(OLD.document, title="Паслугі сувязі"), "паслуга", id="the new title"),
        pytest.param(replace(OLD.document, title="Паслугі сувязі"), "услуга", id="the old title"),
        pytest.param(replace(OLD.document, links=()), "операторы", id="a link that went"),
        pytest.param(replace(OLD.document, attachments=()), "тарыф", id="an attachment that went"),
        pytest.param(replace(OLD.document, attachments=()), "tariff", id="the attachment's file name"),
        pytest.param(
            replace(OLD.document, text=OLD.document.text + "\n\nNew licences"), "licence", id="a new paragraph"
        ),
    ],
)
def test_whatever_part_changed(after: Any, word: str) -> None:
    changed = edited(OLD, **{name: getattr(after, name) for name in ("title", "text", "links", "attachments")})
    assert matched(replace(BASE, words=(word,)), told(), after=changed) == (word,)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (ChangeKind.ADDED, None, OLD),
        (ChangeKind.REMOVED, OLD, None),
        (ChangeKind.RESTORED, OLD, OLD),
        (ChangeKind.MOVED, OLD, OLD),
    ],
)
def test_of_a_page_that_came_or_went_the_whole_text_counts(
    kind: ChangeKind, before: Version | None, after: Version | None
) -> None:
    asked = ("регистрация", "оператор", "tariffs", "тарыф", "спектр")
    assert matched(replace(BASE, words=asked), told(kind), before, after) == asked[:4]


def test_a_replaced_file_is_found_by_its_name_and_its_text() -> None:
    change = told(subject_id=7, subject_url="https://mpt.example/files/tariffs-2026.pdf", what=(What.ATTACHMENTS,))
    assert matched(replace(BASE, words=("tariffs", "лицензия", "срок")), change) == ("tariffs", "лицензия")


def test_without_its_versions_an_edit_is_known_by_its_summary() -> None:
    assert matched(replace(BASE, words=("15", "99")), told(), None, None) == ("15",)


def test_the_cheap_conditions_need_no_text() -> None:
    assert matched(replace(BASE, sites=("x",), words=("15",)), told(), None, None) is None


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [({}, False), ({"topics": ("problems",)}, True), ({"topics": ("problems",), "sites": ("x",)}, False)],
)
def test_a_problem_concerns_whoever_asked_for_problems(conditions: Any, wanted: bool) -> None:
    problem = Problem(site="mpt", kind="down", subject="s", evidence="e", opened_at=NOW, seen_at=NOW)
    assert concerns_problem(replace(BASE, **conditions), problem) is wanted


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "goes"),
    [
        pytest.param(None, "UTC", "2026-03-02T23:00", "2026-03-02T23:00", id="no quiet hours"),
        pytest.param("22:00-07:00", "UTC", "2026-03-02T21:59", "2026-03-02T21:59", id="before them"),
        pytest.param("22:00-07:00", "UTC", "2026-03-02T22:00", "2026-03-03T07:00", id="as they begin"),
        pytest.param("22:00-07:00", "UTC", "2026-03-03T03:00", "2026-03-03T07:00", id="after midnight"),
        pytest.param("22:00-07:00", "UTC", "2026-03-03T07:00", "2026-03-03T07:00", id="as they end"),
        pytest.param("12:00-13:30", "UTC", "2026-03-03T12:30", "2026-03-03T13:30", id="within a day"),
        pytest.param("22:00-07:00", "Europe/Minsk", "2026-03-02T19:30", "2026-03-03T04:00", id="by the zone's clock"),
        pytest.param(
            "22:00-02:30", "Europe/Berlin", "2026-10-25T00:10", "2026-10-25T00:30", id="the hour's first pass"
        ),
        pytest.param("22:00-02:30", "Europe/Berlin", "2026-10-25T01:10", "2026-10-25T01:30", id="its second pass"),
        pytest.param(
            "22:00-02:30", "Europe/Berlin", "2026-03-29T00:30", "2026-03-29T01:30", id="an end that is skipped"
        ),
    ],
)
def test_nothing_goes_in_the_quiet_hours(quiet: str | None, zone: str, now: str, goes: str) -> None:
    moment = datetime.fromisoformat(now + "+00:00")
    assert quiet_until(quiet, ZoneInfo(zone), moment) == datetime.fromisoformat(goes + "+00:00")


def test_a_subscription_is_tidied() -> None:
    given = replace(BASE, name=" ann ", sites=("mpt", " mpt "), words=("сувязь ", "сувязь"))
    tidy = checked(given, sites=SITES, channel_fault=lambda text: None)
    assert (tidy.name, tidy.sites, tidy.words) == ("ann", ("mpt",), ("сувязь",))


SITES = load_sites(BUILT_IN)


@pytest.mark.parametrize("pattern", [r"(a|a)*$", r"([a-z]|\w)+!", r"(.*a){20}!"])
def test_a_pattern_that_would_take_for_ever_holds_nobody_up(pattern: str) -> None:
    """Anybody who is let in may subscribe, and the crawl looks at every change for all of them."""
    one = checked(replace(BASE, urls=(pattern,)), sites={}, channel_fault=lambda _: None)
    assert matched(one, told(url=f"https://mpt.example/{'a' * 500}/?")) is None


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"name": " "}, "name", "1 to 100 characters"),
        ({"name": "a\nb"}, "name", "on one line"),
        ({"channel": "pigeon:loft"}, "channel", "no such channel"),
        ({"channel": "mailto:a@b.example\nBcc: x"}, "channel", "mailto:"),
        ({"sites": ("nowhere",)}, "sites", '"nowhere" is unknown'),
        ({"sites": ("mpt",), "sections": ("sport",)}, "sections", "there are: news"),
        ({"kinds": ("edit",)}, "kinds", "added, edited"),
        ({"what": ("words",)}, "what", "text"),
        ({"languages": ("russian",)}, "languages", "two-letter"),
        ({"languages": ("xx",)}, "languages", "two-letter"),
        ({"language": "fr"}, "language", "en, ru, be"),
        ({"urls": ("(",)}, "urls", "regular expression"),
        ({"urls": (r"(?<=a)b",)}, "urls", "other than"),
        ({"urls": (r"(a{1000}){1000}",)}, "urls", "ask for too much"),
        ({"words": ("",)}, "words", "empty"),
        ({"words": ("лиценз*", "*")}, "words", "nearly everything"),
        ({"words": ("x" * 501,)}, "words", "too long"),
        ({"words": tuple(map(str, range(201)))}, "words", "200 at most"),
        ({"topics": ()}, "topics", "is empty"),
        ({"topics": ("gossip",)}, "topics", "changes, problems"),
        ({"min_significance": 1.1}, "min_significance", "0..1"),
        ({"min_significance": float("nan")}, "min_significance", "0..1"),
        ({"cadence": Cadence.DIGEST}, "cron", "needs its moments"),
        ({"cron": "0 9 * * *"}, "cron", "only digests"),
        ({"cadence": Cadence.DIGEST, "cron": "0 25 * * *"}, "cron", "0 25"),
        ({"cadence": Cadence.DIGEST, "cron": "0 0 31 2 *"}, "cron", "never comes"),
        ({"quiet": "22-7"}, "quiet", "08:00-20:00"),
        ({"zone": "Europe/Atlantis"}, "zone", "Europe/Minsk"),
        ({"zone": "../etc"}, "zone", "Europe/Minsk"),
    ],
)
def test_a_field_that_cannot_be_is_named(fields: Any, field: str, says: str) -> None:
    def channel_fault(text: str) -> str | None:
        return None if text.startswith("mailto:") else "no such channel"

    with pytest.raises(BadSubscription, match=rf"^{field}: .*{says}") as refused:
        checked(replace(BASE, **fields), sites=SITES, channel_fault=channel_fault)
    assert refused.value.field == field
