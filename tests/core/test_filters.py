"""Filters of the queue: there and back through an address, bad values named, saved as subscriptions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.core.filters import as_cursor, as_query, as_subscription, of_cursor, of_query
from storage.records import ChangeKind, What
from storage.records_queue import ChangeFilter, Cursor, Order
from storage.records_review import ReviewState

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)

_named = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    lambda text: text != "-" and text == text.strip()
)
_moments = st.timedeltas(timedelta(0), timedelta(days=30_000)).map(
    lambda passed: datetime(2000, 1, 1, tzinfo=UTC) + passed
)

FILTERS = st.builds(
    ChangeFilter,
    site=st.none() | _named,
    section=st.none() | _named,
    kinds=st.lists(st.sampled_from(ChangeKind), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(["ru", "be", "en"]), unique=True).map(tuple),
    what=st.lists(st.sampled_from(What), unique=True).map(tuple),
    min_significance=st.floats(0, 1),
    states=st.lists(st.sampled_from(ReviewState), unique=True).map(tuple),
    assignee=st.none() | st.just("") | _named,
    words=_named,
    since=st.none() | _moments,
    until=st.none() | _moments,
    page_id=st.none() | st.integers(0, 10**15),
    include_formatting=st.booleans(),
    hidden=st.booleans(),
    order=st.sampled_from(Order),
)


@given(FILTERS)
def test_a_filter_survives_its_address(wanted: ChangeFilter) -> None:
    assert of_query(as_query(wanted)) == wanted


def test_a_form_that_was_sent_empty_asks_for_nothing() -> None:
    assert of_query("site=&section=&kind=&words=++&since=&min=&page=") == ChangeFilter()
    assert as_query(ChangeFilter()) == ""


def test_parameters_come_as_string_pairs_or_mapping() -> None:
    wanted = ChangeFilter(site="mpt", kinds=(ChangeKind.ADDED, ChangeKind.MOVED))
    assert of_query("?site=mpt&kind=added&kind=moved&other=1") == wanted
    assert of_query([("site", "mpt"), ("kind", "added"), ("kind", "moved")]) == wanted
    assert of_query({"site": "mpt", "kind": ["added", "moved"]}) == wanted


def test_a_zone_whose_plus_became_a_blank_is_still_read() -> None:
    assert of_query("since=2026-03-01T15:00+03:00").since == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert of_query("since=2026-03-01").since == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("kind=deleted", "kind", id="a kind that is none"),
        pytest.param("what=smell", "what", id="a part that is none"),
        pytest.param("state=done", "state", id="a state that is none"),
        pytest.param("order=random", "order", id="an order that is none"),
        pytest.param("min=1.5", "min", id="a significance beyond 1"),
        pytest.param("min=nan", "min", id="no number at all"),
        pytest.param("since=yesterday", "since", id="a date in words"),
        pytest.param("until=0001-01-01T00:00%2B14:00", "until", id="a date before all dates"),
        pytest.param("page=-1", "page", id="a negative page"),
        pytest.param("page=" + "9" * 40, "page", id="a number that no database holds"),
        pytest.param("page=²", "page", id="a digit that is no digit"),
        pytest.param("hidden=yes", "hidden", id="a flag in words"),
        pytest.param("words=" + "я" * 501, "words", id="a novel"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(query: str, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        of_query(query)


@pytest.mark.parametrize(
    ("cursor", "order"),
    [
        (Cursor(value=0.1 + 0.2, id=17), Order.SIGNIFICANCE),
        (Cursor(value=0.0, id=1), Order.SIGNIFICANCE),
        (Cursor(value=NOW, id=17), Order.TIME),
    ],
)
def test_a_place_in_the_queue_survives_its_address_exactly(cursor: Cursor, order: Order) -> None:
    assert of_cursor(as_cursor(cursor), order) == cursor


@pytest.mark.parametrize("text", ["", "~", "0.5", "0.5~x", "~5", "2~5", "2026-03-01~"])
@pytest.mark.parametrize("order", Order)
def test_a_place_that_is_none_is_refused(text: str, order: Order) -> None:
    with pytest.raises(ValueError, match=r"^after: "):
        of_cursor(text, order)


def test_a_saved_filter_becomes_a_subscription() -> None:
    wanted = of_query(
        "site=mpt&section=тарифы&kind=edited&language=ru&what=numbers&min=0.3&words=тариф+почта&state=new"
    )
    made = as_subscription(wanted, name="Тарифы", channel="mailto:a@example.org", now=NOW, created_by="anna")
    assert (made.sites, made.sections, made.languages) == (("mpt",), ("тарифы",), ("ru",))
    assert (made.kinds, made.what, made.min_significance) == (("edited",), ("numbers",), 0.3)
    assert made.words == ('"тариф почта"',)
    assert (made.created_at, made.created_by) == (NOW, "anna")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ChangeFilter(states=(ReviewState.CONFIRMED,)), "state"),
        (ChangeFilter(assignee="anna"), "assignee"),
        (ChangeFilter(page_id=7), "page"),
        (ChangeFilter(until=NOW + timedelta(days=1)), "until"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_new_change_cannot_fulfil_is_no_subscription(wanted: ChangeFilter, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        as_subscription(wanted, name="x", channel="@x", now=NOW)
