"""Times, numbers and sizes as people of a language write them: plural forms, months in the genitive, decimal commas."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.web import times

MINSK = ZoneInfo("Europe/Minsk")
NOW = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)  # the next day in Minsk


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["1 day ago", "2 days ago", "5 days ago"]),
        ("ru", ["1 день назад", "2 дня назад", "5 дней назад"]),
        ("be", ["1 дзень таму", "2 дні таму", "5 дзён таму"]),
    ],
)
def test_how_far_from_now(language: str, told: list[str]) -> None:
    assert [times.ago(NOW - timedelta(days=days), NOW, language) for days in (1, 2, 5)] == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ru", ["11 минут назад", "21 минуту назад", "через 2 часа"]),
        ("be", ["11 хвілін таму", "21 хвіліну таму", "праз 2 гадзіны"]),
    ],
)
def test_minutes_and_hours(language: str, told: list[str]) -> None:
    spans = (timedelta(minutes=-11), timedelta(minutes=-21), timedelta(hours=2))
    assert [times.ago(NOW + span, NOW, language) for span in spans] == told


@pytest.mark.parametrize(
    ("language", "moment", "day", "exact"),
    [
        ("en", "21 Nov 2026, 00:30", "21 Nov 2026", "21 November 2026, 00:30:00 GMT+03:00"),
        ("ru", "21 нояб. 2026, 00:30", "21 нояб. 2026", "21 ноября 2026, 00:30:00 GMT+03:00"),
        ("be", "21 лістапада 2026, 00:30", "21 лістапада 2026", "21 лістапада 2026, 00:30:00 GMT+03:00"),
    ],
)
def test_days_are_the_zones_and_months_in_the_genitive(language: str, moment: str, day: str, exact: str) -> None:
    assert times.moment(NOW, MINSK, language) == moment
    assert times.day(NOW, MINSK, language) == day
    assert times.exact(NOW, MINSK, language) == exact


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["50 minutes", "12 hours", "2 days", "5 days", "2 weeks", "2 months", "2 years"]),
        ("ru", ["50 минут", "12 часов", "2 дня", "5 дней", "2 недели", "2 месяца", "2 года"]),
        ("be", ["50 хвілін", "12 гадзін", "2 дні", "5 дзён", "2 тыдні", "2 месяцы", "2 гады"]),
    ],
)
def test_spans(language: str, told: list[str]) -> None:
    spans = [timedelta(minutes=50), timedelta(hours=12), *(timedelta(days=days) for days in (2, 5, 14, 60, 730))]
    assert [times.span(span, language) for span in spans] == told
    assert times.span(timedelta(), "en") == "1 second"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["1,234.5", "0.70", "5\u00a0B", "1.5\u00a0KiB", "2\u00a0GiB"]),
        ("ru", ["1\u00a0234,5", "0,70", "5\u00a0Б", "1,5\u00a0КиБ", "2\u00a0ГиБ"]),
        ("be", ["1\u00a0234,5", "0,70", "5\u00a0Б", "1,5\u00a0КіБ", "2\u00a0ГіБ"]),
    ],
)
def test_numbers_and_sizes(language: str, told: list[str]) -> None:
    sizes = [times.size(size, language) for size in (5, 1536, 2**31)]
    assert [times.number(1234.5, language), times.weight(0.7, language), *sizes] == told
