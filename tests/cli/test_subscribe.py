"""``letapis subscribe``: what it keeps, shows, refuses, and would have told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.cli import main
from tests.cli.conftest import Watched

Run = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def subscribe(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``letapis subscribe ...`` in this process; returns its code, output and complaints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LETAPIS_HOME", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), "subscribe", *map(str, arguments)])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def listed(subscribe: Run, *options: str) -> list[dict[str, Any]]:
    code, out, _ = subscribe("list", "--json", *options)
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


CONDITIONS = (
    *("--site", "mpt", "--section", "news", "--url", "/ru/news/", "-l", "be", "-l", "ru", "--kind", "edited"),
    *("--what", "numbers", "--word", "ліцэнз*", "--word", "лицензия", "--min-significance", "0.25"),
    *("--digest", "0 9 * * 1-5", "--quiet", "22:00-07:00", "--language", "be", "--problems"),
)


def test_a_subscription_is_kept_shown_changed_and_ended(subscribe: Run) -> None:
    assert "letapis subscribe add" in subscribe("list")[1]  # what to do
    code, out, _ = subscribe("add", "licences", "mailto:ann@example.org", *CONDITIONS)
    assert (code, out.splitlines()[-1].endswith("letapis subscribe test licences")) == (0, True)
    (one,) = listed(subscribe)
    assert {key: one[key] for key in ("sites", "sections", "urls", "languages", "kinds", "what", "words")} == {
        **{"sites": ["mpt"], "sections": ["news"], "urls": ["/ru/news/"], "languages": ["be", "ru"]},
        **{"kinds": ["edited"], "what": ["numbers"], "words": ["ліцэнз*", "лицензия"]},
    }
    assert (one["cadence"], one["cron"], one["zone"]) == ("digest", "0 9 * * 1-5", "Europe/Minsk")
    assert (one["topics"], one["min_significance"], one["language"]) == (["changes", "problems"], 0.25, "be")
    shown = subscribe("show", "licences")[1]
    assert "words: ліцэнз*, лицензия" in shown
    assert "quiet 22:00-07:00 (Europe/Minsk)" in shown

    changes = ("--immediate", "--clear", "word", "--clear", "quiet", "--no-problems", "--section", "documents")
    assert subscribe("change", "licences", *changes, "--rename", "paper")[0] == 0
    (one,) = listed(subscribe)
    assert (one["name"], one["cadence"], one["cron"], one["quiet"]) == ("paper", "immediate", None, None)
    assert (one["words"], one["sections"], one["topics"], one["kinds"]) == ([], ["documents"], ["changes"], ["edited"])

    assert subscribe("end", "paper")[0] == 0
    assert listed(subscribe) == []
    assert [one["active"] for one in listed(subscribe, "--all")] == [False]
    assert subscribe("end", "paper")[0] == 2
    assert subscribe("change", "paper", "--active")[0] == 0
    assert len(listed(subscribe)) == 1


def test_secrets_of_a_channel_are_never_shown(subscribe: Run) -> None:
    assert subscribe("add", "hook", "webhook:https://example.org/hook/s3cret?token=s3cret")[0] == 0
    shown = [subscribe(*command)[1] for command in (("list",), ("list", "--json"), ("show", "hook"))]
    shown.append(subscribe("show", "hook", "--json")[1])
    assert [text for text in shown if "s3cret" in text or "example.org" not in text] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("add", "taken", "mailto:ann@example.org"), 'there is a subscription named "taken" already'),
        (("add", "x", "pigeon"), "channel: "),
        (("add", "x", "mailto:ann@example.org,bob@example.org"), "channel: "),
        (("add", "x", "@nobody"), "channels.toml"),
        (("add", "x", "mailto:a@example.org", "--site", "nowhere"), '--site: "nowhere" is unknown'),
        (("add", "x", "mailto:a@example.org", "-l", "xx"), "--language-of-page: "),
        (("add", "x", "mailto:a@example.org", "--digest", "0 9 * *"), "--digest: "),
        (("add", "x", "mailto:a@example.org", "--word", "*"), "--word: "),
        (("add", "x", "mailto:a@example.org", "--min-significance", "2"), "--min-significance: "),
        (("add", "x", "mailto:a@example.org", "--no-changes"), "--topics: is empty"),
        (("change", "taken"), "nothing to change was given"),
        (("show", "nobody"), 'there is no subscription "nobody"'),
        (("test", "taken", "--change", "7"), "there is no change 7"),
        (("test", "taken", "--since", "yesterday"), "is not a time"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_in_one_line(subscribe: Run, arguments: tuple[str, ...], complaint: str) -> None:
    subscribe("add", "taken", "mailto:ann@example.org")
    code, out, error = subscribe(*arguments)
    assert (code, out, len(error.splitlines())) == (2, "", 1)
    assert complaint in error
    assert len(listed(subscribe)) == 1


FILE = """
[[subscription]]
name = "first"
channel = "mailto:ann@example.org"
words = ["тариф", "тарыф"]
problems = true

[[subscription]]
name = "second"
channel = "mailto:bob@example.org"
digest = "0 9 * * *"
"""


def test_a_file_of_subscriptions_is_added_whole(subscribe: Run, tmp_path: Path) -> None:
    path = tmp_path / "wanted.toml"
    path.write_text(FILE, encoding="utf-8")
    assert subscribe("import", path)[0] == 0
    first, second = listed(subscribe)
    assert (first["words"], first["topics"]) == (["тариф", "тарыф"], ["changes", "problems"])
    assert (second["cadence"], second["cron"], second["zone"]) == ("digest", "0 9 * * *", "Europe/Minsk")


@pytest.mark.parametrize(
    ("find", "put", "complaint"),
    [
        ('"0 9 * * *"', '"0 25 * * *"', "wanted.toml:11: subscription.1.digest: "),
        ('"second"', '"first"', "wanted.toml:9: subscription.1.name: there is a subscription"),
        ('"тариф"', '"*"', "wanted.toml:5: subscription.0.words: "),
        ("bob@example.org", "bob", "wanted.toml:10: subscription.1.channel: "),
        ("digest", "digests", "wanted.toml:11: subscription.1.digests: no such key"),
        ("problems = true", "problems = 7", "wanted.toml:6: subscription.0.problems: "),
        ('channel = "mailto:bob@example.org"\n', "", "wanted.toml:8: subscription.1.channel: is missing"),
        ("[[subscription]]\nname", "[[subscription]\nname", "not valid TOML"),
    ],
    ids=["cron", "name taken in the file", "word", "channel", "unknown key", "type", "missing key", "no TOML"],
)
def test_a_file_with_a_fault_adds_nothing(subscribe: Run, tmp_path: Path, find: str, put: str, complaint: str) -> None:
    path = tmp_path / "wanted.toml"
    path.write_text(FILE.replace(find, put), encoding="utf-8")
    code, _, error = subscribe("import", path)
    assert (code, len(error.splitlines())) == (2, 1)
    assert complaint in error
    assert listed(subscribe) == []


def test_it_shows_which_stored_changes_it_would_have_told(watched: Watched) -> None:
    cli = watched.cli
    for name, *options in (
        ("everything",),
        ("cable", "--word", "кабель", "--kind", "edited", "--site", "replica"),
        ("files", "--what", "attachments"),
    ):
        assert cli("subscribe", "add", name, "mailto:ann@example.org", *options).code == 0
    told = {name: cli("subscribe", "test", name, "--json").lines for name in ("everything", "cable", "files")}
    assert len(told["everything"]) == len(watched.events)
    happened = {event.name: event.url for event in watched.events}
    assert [(change["url"], change["matched"]) for change in told["cable"]] == [(happened["digit"], ["кабель"])]
    assert all("attachments" in change["what"] for change in told["files"])
    said = cli("subscribe", "test", "cable").out
    assert "[кабель]" in said
    assert said.splitlines()[-1] == f'1 of {len(watched.events)} changes would have been told to "cable".'
