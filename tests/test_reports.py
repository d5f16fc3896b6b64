"""Reports by schedule: each period once, in the site's zone, missed ones made up, whole or not at all."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.settings import Settings
from config.site import BUILT_IN, Site, load_site
from crawler.reports import periods, write_reports
from storage.archive import Archive
from storage.records import RunKind, RunState
from tests.fresh import open_fresh
from tests.storage.making import Settlement, capture, change, found, live, version, visit

MINSK = ZoneInfo("Europe/Minsk")
BEGUN = datetime(2026, 11, 10, 6, 0, tzinfo=UTC)  # the site's first crawl, a Tuesday
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # a Friday
LATE = datetime(2026, 11, 18, 21, 30, tzinfo=UTC)  # 19 November, half past midnight in Minsk


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_fresh(tmp_path) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def site(*reports: str, **policy: str) -> dict[str, Site]:
    known = load_site(BUILT_IN / "mpt.toml")
    changed = known.policy.model_copy(update={"reports": reports, **policy})
    return {"mpt": known.model_copy(update={"policy": changed})}


def crawled(archive: Archive, *moments: datetime) -> None:
    """A site crawled since BEGUN, with an edit seen at each of the moments."""
    run = archive.begin_run("mpt", RunKind.CRAWL, BEGUN).id
    for number, at in enumerate(moments):
        (page,) = found(archive, f"/{number}")
        archive.record([visit(page, run, text="Плата 12")])
        made = change(page, run, first_seen=at, last_seen=at - timedelta(hours=1), title=f"Тарыф {number}")
        after = version(page, 2, text="Плата 15")
        taken = (capture(page, run, fetched_at=at),)
        archive.record([Settlement(pages=(live(page, 2),), captures=taken, versions=(after,), changes=(made,))])
    archive.finish_run(run, RunState.DONE, {}, BEGUN + timedelta(hours=1))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def titles(folder: Path, name: str) -> list[str]:
    return [one["title"] for one in json.loads((folder / "reports" / "mpt" / f"{name}.json").read_text("utf-8"))]


@pytest.mark.parametrize(
    ("kind", "now", "since", "told"),
    [
        ("daily", "2026-11-20T00:30+03:00", "2026-11-18T12:00+03:00", ["2026-11-18", "2026-11-19"]),
        ("daily", "2026-11-19T23:59+03:00", "2026-11-18T12:00+03:00", ["2026-11-18"]),
        ("weekly", "2026-11-22T23:59+03:00", "2026-11-02T00:00+03:00", ["2026-W45", "2026-W46"]),
        ("weekly", "2026-11-23T00:00+03:00", "2026-11-16T00:00+03:00", ["2026-W47"]),
        ("weekly", "2027-01-04T00:00+03:00", "2026-12-29T00:00+03:00", ["2026-W53"]),
    ],
    ids=["just past midnight", "before midnight", "a week under way", "Monday", "the year's last week"],
)
def test_periods_are_those_of_the_sites_zone(kind: str, now: str, since: str, told: list[str]) -> None:
    moments = datetime.fromisoformat(now).astimezone(UTC), datetime.fromisoformat(since)
    assert [one.name for one in periods(kind, moments[0], MINSK, since=moments[1])] == told


def test_a_day_of_another_length_is_still_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
    (one,) = periods("daily", now, berlin, since=datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert one.end.astimezone(UTC) - one.start.astimezone(UTC) == timedelta(hours=25)


def test_thirty_missed_periods_are_made_up_at_most() -> None:
    found = periods("daily", NOW, MINSK, since=NOW - timedelta(days=400))
    assert (len(found), found[0].name, found[-1].name) == (30, "2026-10-21", "2026-11-19")


def test_reports_are_written_once_for_each_day_since_the_first_crawl(archive: Archive, settings: Settings) -> None:
    crawled(archive, LATE - timedelta(hours=1), LATE, LATE + timedelta(hours=3))
    written = write_reports(archive, settings, site("daily", "weekly"), NOW)
    days = [f"2026-11-{day}" for day in range(10, 20)]
    assert names(written) == [f"{name}.{form}" for name in [*days, "2026-W46"] for form in ("html", "md", "json")]
    assert titles(settings.home, "2026-11-18") == ["Тарыф 0"]
    assert titles(settings.home, "2026-11-19") == ["Тарыф 2", "Тарыф 1"]
    assert titles(settings.home, "2026-W46") == []
    assert "~~12~~ **15**" in (settings.home / "reports/mpt/2026-11-19.md").read_text("utf-8")
    assert write_reports(archive, settings, site("daily", "weekly"), NOW + timedelta(hours=1)) == []
    assert names(write_reports(archive, settings, site("daily"), NOW + timedelta(days=1)))[0] == "2026-11-20.html"


def test_a_report_that_is_there_stays_as_it_is_and_what_is_missing_is_written(
    archive: Archive, settings: Settings
) -> None:
    crawled(archive)
    written = write_reports(archive, settings, site("daily"), NOW)
    written[0].write_text("noted by hand", encoding="utf-8")
    written[1].unlink()
    assert write_reports(archive, settings, site("daily"), NOW) == [written[1]]
    assert written[0].read_text("utf-8") == "noted by hand"
    assert {path.suffix for path in written[0].parent.iterdir()} == {".html", ".md", ".json"}


def test_a_run_that_began_in_the_period_is_waited_for_but_not_for_ever(archive: Archive, settings: Settings) -> None:
    crawled(archive)
    archive.begin_run("mpt", RunKind.CRAWL, NOW - timedelta(hours=9, minutes=30))  # 23:30 in Minsk
    assert "2026-11-19.html" not in names(write_reports(archive, settings, site("daily"), NOW))
    later = NOW + timedelta(hours=15)
    assert "2026-11-19.html" in names(write_reports(archive, settings, site("daily"), later))


@pytest.mark.parametrize("sites", [site(), site("daily") | {"other": site("daily")["mpt"]}], ids=["none", "never run"])
def test_sites_without_reports_or_without_runs_have_none(
    archive: Archive, settings: Settings, sites: dict[str, Site]
) -> None:
    assert write_reports(archive, settings, sites, NOW) == []


def test_a_report_speaks_the_language_of_the_profile(archive: Archive, settings: Settings) -> None:
    crawled(archive, LATE)
    write_reports(archive, settings, site("daily", reports_language="be"), NOW)
    text = (settings.home / "reports/mpt/2026-11-19.html").read_text("utf-8")
    assert '<html lang="be">' in text
    assert "упершыню ў новым выглядзе" in text
