"""Users and tokens on the command line."""

import getpass
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.web import passwords
from crawler.web.sessions import digest
from storage.archive import Archive
from storage.audit import BY_COMMAND
from storage.records_accounts import Role
from tests.cli.conftest import Ended


@dataclass(kw_only=True)
class Cli:
    """``letapis`` in this process: what is looked at is what it does, not how it starts."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Ended:
        code = main(["--home", str(self.home), *arguments])
        said = self.capsys.readouterr()
        return Ended(code=code, out=said.out, error=said.err)


@pytest.fixture
def letapis(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    return Cli(home=tmp_path / "home", capsys=capsys)


def test_users_are_added_listed_changed_and_locked_out(letapis: Cli) -> None:
    assert "no user yet" in letapis("users", "list").out
    boss = letapis("users", "add", "Boss", "--role", "admin")
    password = boss.out.splitlines()[-1]
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", password)
    assert letapis("users", "add", "anna").code == 0
    assert letapis("users", "role", "anna", "reviewer").out == "anna is reviewer now.\n"
    assert letapis("users", "disable", "anna").code == 0
    listed = {line["name"]: line for line in letapis("users", "list", "--json").lines}
    assert (listed["boss"]["role"], listed["anna"]["role"]) == ("admin", "reviewer")
    assert listed["anna"]["disabled_at"]
    assert "password" not in listed["anna"]
    assert letapis("users", "enable", "anna").code == 0
    renewed = letapis("users", "password", "boss").out.splitlines()[-1]
    with Archive.open(f"sqlite:///{letapis.home}/letapis.db") as archive:
        kept = archive.user("boss")
    assert kept
    assert kept.one_time
    assert passwords.verified(kept.password, renewed)
    assert not passwords.verified(kept.password, password)


def test_names_that_people_give_are_no_markup_of_the_terminal(letapis: Cli) -> None:
    """A user names a token on the pages; the operator lists it."""
    letapis("users", "add", "anna")
    for name in ("[/bold]", "[link=https://evil.example]press[/link]"):
        letapis("tokens", "new", name, "--user", "anna")
        assert name in letapis("tokens", "list").out


def test_what_commands_do_is_in_the_audit_log_with_the_systems_user(letapis: Cli) -> None:
    orders = (
        "users add boss --role admin", "users add anna", "users role anna reviewer", "users disable anna",
        "users enable anna", "users password anna", "tokens new ci --user anna", "tokens revoke 1",
        "subscribe add mine mailto:anna@example.org", "subscribe change mine --word тариф", "subscribe end mine",
        "pause mpt --reason moves", "resume mpt",
    )  # fmt: skip
    for order in orders:
        ended = letapis(*order.split())
        assert ended.code == 0, ended.error
    with Archive.open(f"sqlite:///{letapis.home}/letapis.db") as archive:
        log = archive.audit()[::-1]
    assert {entry.actor for entry in log} == {f"{BY_COMMAND}{getpass.getuser()}"}
    assert [entry.action for entry in log] == [
        "user.create", "user.create", "user.role", "user.disable", "user.enable", "user.password", "token.create",
        "token.revoke", "subscription.add", "subscription.change", "subscription.end", "site.pause", "site.resume",
    ]  # fmt: skip
    assert log[9].detail == {"name": "mine", "fields": ["words"]}


def test_a_token_is_printed_once_and_stored_by_its_digest(letapis: Cli) -> None:
    letapis("users", "add", "anna", "--role", "admin")
    assert "no token" in letapis("tokens", "list").out
    made = letapis("tokens", "new", "feed reader", "--user", "anna", "--scope", "read", "--scope", "fetch")
    token = made.out.splitlines()[-1]
    with Archive.open(f"sqlite:///{letapis.home}/letapis.db") as archive:
        (kept,) = archive.tokens()
    assert kept.digest == digest(token)
    (listed,) = letapis("tokens", "list", "--json").lines
    assert (listed["user"], listed["scopes"], listed["revoked_at"]) == ("anna", ["fetch", "read"], None)
    assert letapis("tokens", "revoke", "1").out == "Token 1 is revoked.\n"
    assert letapis("tokens", "list", "--json").lines == []
    assert letapis("tokens", "list", "--all", "--json").lines[0]["revoked_at"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("users", "add", "1"), "can't be a name"),
        (("users", "add", "boss"), "there is a user boss already"),
        (("users", "role", "nobody", "admin"), 'there is no user "nobody"'),
        (("users", "role", "boss", "reader"), "boss is the last who administers"),
        (("users", "disable", "boss"), "boss is the last who administers"),
        (("tokens", "new", "x", "--user", "nobody"), 'there is no user "nobody"'),
        (("tokens", "revoke", "7"), "there is no valid token 7"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_line(letapis: Cli, arguments: tuple[str, ...], says: str) -> None:
    with Archive.open(f"sqlite:///{letapis.home}/letapis.db") as archive:
        archive.add_user("boss", Role.ADMIN, "hash", datetime(2026, 3, 1, tzinfo=UTC), actor="boss")
    ended = letapis(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.complaint
