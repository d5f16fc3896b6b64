"""Commands that read what was collected: changes, report, history, diff, export."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from storage.warc import records
from tests.cli.conftest import Watched

DOCUMENT = {
    "url", "requested_url", "final_url", "status", "outcome", "error", "kind", "title", "language", "published",
    "markdown", "text", "links", "images", "attachments", "digest", "extractor", "fetched_at",
}  # fmt: skip
CHANGE = {
    "url", "kind", "title", "last_seen", "first_seen", "significance", "what", "summary", "from_version",
    "to_version", "moved_to", "page_kind",
}  # fmt: skip


def pairs(changes: list[Any]) -> list[tuple[str, str]]:
    return sorted((change["kind"], change["url"]) for change in changes)


def test_the_baseline_reports_nothing_and_the_second_crawl_what_happened(watched: Watched) -> None:
    first, second = watched.summaries
    assert (first["baseline"], first["finished"], first["changes"], first["failures"]) == (True, True, 0, [])
    assert (second["baseline"], second["finished"], second["changes"]) == (False, True, len(watched.events))
    found = watched.cli("changes", "--json")
    assert pairs(found.lines) == sorted((event.kind, event.url) for event in watched.events)
    assert all(set(change) >= CHANGE for change in found.lines)


def test_changes_come_newest_first_and_are_never_a_claim_about_the_moment_between(watched: Watched) -> None:
    changes = watched.cli("changes", "--json").lines
    seen = [change["first_seen"] for change in changes]
    assert seen == sorted(seen, reverse=True)
    assert all(change["last_seen"] < change["first_seen"] for change in changes if change["kind"] == "edited")


@pytest.mark.parametrize(
    ("options", "keeps"),
    [
        (("--kind", "added"), lambda change: change["kind"] == "added"),
        (("--kind", "removed", "--kind", "moved"), lambda change: change["kind"] in ("removed", "moved")),
        (("--what", "numbers"), lambda change: "numbers" in change["what"]),
        (("--min-significance", "0.5"), lambda change: change["significance"] >= 0.5),
        (("--since", "1h"), lambda change: True),
        (("--until", "2020-01-01"), lambda change: False),
        (("--site", "mpt"), lambda change: False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_filters_keep_what_they_name(watched: Watched, options: tuple[str, ...], keeps: Any) -> None:
    everything = watched.cli("changes", "--json").lines
    found = watched.cli("changes", "--json", *options)
    assert found.code == 0
    assert pairs(found.lines) == pairs([change for change in everything if keeps(change)])


def test_the_table_shows_times_in_the_zone_of_the_site(watched: Watched) -> None:
    shown = watched.cli("changes").out
    assert "Europe/Minsk" in shown
    assert all(event.url in shown for event in watched.events)


def test_the_report_in_four_forms(watched: Watched, tmp_path: Path) -> None:
    events = len(watched.events)
    assert len(watched.cli("report", "--format", "json").json) == events
    assert len(list(csv.DictReader(io.StringIO(watched.cli("report", "--format", "csv").out)))) == events
    assert watched.cli("report", "--format", "md").out.startswith("# Changes")
    target = tmp_path / "new folder" / "report.html"
    made = watched.cli("report", "-o", target)
    assert made.code == 0
    assert made.out == f"{events} changes written to {target}\n"
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def edited(watched: Watched) -> Any:
    changes = watched.cli("changes", "--json", "--kind", "edited", "--what", "text").lines
    return next(change for change in changes if change["subject_url"] is None)


def test_the_history_of_a_page(watched: Watched) -> None:
    url = edited(watched)["url"]
    versions = watched.cli("history", url, "--json").lines
    assert [version["version"] for version in versions] == [1, 2]
    assert versions[0]["digest"] != versions[1]["digest"]
    assert f"letapis diff {url}" in watched.cli("history", url).out


def test_the_difference_marks_what_went_and_what_came(watched: Watched) -> None:
    url = edited(watched)["url"]
    shown = watched.cli("diff", url)
    assert shown.code == 0
    assert "version 1 → 2" in shown.out
    assert "[-" in shown.out or "+ " in shown.out
    assert "\x1b" not in shown.out
    assert "unchanged" in watched.cli("diff", url, "1", "1").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("history", "https://mpt.gov.by/no-such-page"), "is not in the archive; fetch it first"),
        (("diff", "https://mpt.gov.by/no-such-page"), "is not in the archive; fetch it first"),
        (("changes", "--since", "yesterday"), '"yesterday" is not a time'),
        (("export", "changes", "--format", "warc", "-o", "x"), "changes go out as jsonl or csv, not as warc"),
        (("export", "pages", "--format", "md"), "say where with -o"),
        (("report", "-o", "/proc/none/report.html"), "can't be written"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_can_not_be_is_said_in_one_line(watched: Watched, arguments: tuple[str, ...], says: str) -> None:
    ended = watched.cli(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.complaint


def test_no_version_of_that_number(watched: Watched) -> None:
    ended = watched.cli("diff", edited(watched)["url"], "1", "9")
    assert ended.code == 2
    assert "has no version 9; it has 1 to 2" in ended.complaint


def test_exported_pages_are_those_of_the_site_each_once(watched: Watched) -> None:
    pages = watched.cli("export", "pages", "--site", "replica").lines
    urls = [page["url"] for page in pages]
    live = {page["url"] for page in pages if page["state"] == "live"}
    assert len(urls) == len(set(urls))
    assert {truth.url for truth in watched.replica.truth()} <= live
    assert {page["state"] for page in pages} >= {"live", "gone"}
    assert any(page["aliases"] for page in pages)


def test_exported_versions_have_the_keys_of_a_fetched_document(watched: Watched) -> None:
    versions = watched.cli("export", "versions").lines
    assert all(set(version) >= DOCUMENT for version in versions)
    assert {version["status"] for version in versions} == {200}
    assert {version["outcome"] for version in versions} <= {"new", "changed"}
    texts = {version["url"]: version["text"] for version in versions}
    assert texts[edited(watched)["url"]]
    assert max(version["version"] for version in versions) == 2


def test_exported_captures_name_their_place_in_the_raw_files(watched: Watched, tmp_path: Path) -> None:
    captures = watched.cli("export", "captures").lines
    for summary in watched.summaries:
        assert summary["visits"] == len([capture for capture in captures if capture["run"] == summary["run"]])
    made = watched.cli("export", "captures", "--format", "warc", "--site", "replica", "-o", tmp_path / "raw")
    assert made.code == 0
    found = {entry.place.offset: entry for path in (tmp_path / "raw").iterdir() for entry in records(path)}
    assert not [entry.problem for entry in found.values() if entry.problem]
    assert {capture["warc"]["offset"] for capture in captures if capture["warc"]} <= set(found)
    assert not list((tmp_path / "none").glob("*"))


def test_exported_markdown_is_one_file_a_page(watched: Watched, tmp_path: Path) -> None:
    made = watched.cli("export", "pages", "--format", "md", "-o", tmp_path)
    files = list(tmp_path.glob("*.md"))
    assert made.out == f"{len(files)} files written to {tmp_path}\n"
    text = next(path for path in files if "news_" in path.name).read_text(encoding="utf-8")
    assert text.startswith("## **")
    assert "\n---\n\n**Source URL:** <http" in text


@pytest.mark.parametrize("what", ["pages", "versions", "captures", "changes"])
def test_csv_has_as_many_rows_as_there_are_lines(watched: Watched, what: str, tmp_path: Path) -> None:
    assert watched.cli("export", what, "--format", "csv", "-o", tmp_path / "out.csv").code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        csv.field_size_limit(10**9)
        rows = list(csv.DictReader(file))
    lines = watched.cli("export", what).lines
    assert [row["url"] for row in rows] == [line["url"] for line in lines]
    assert json.loads(json.dumps(sorted(rows[0]))) == sorted(lines[0])
