"""Accounts in the archive, on both databases."""

import threading
from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.records_accounts import Role, Session, User
from tests.storage.making import DAY, MINUTE, NOON

HOUR = timedelta(hours=1)


def user(archive: Archive, name: str = "anna", role: Role = Role.READER) -> User:
    made = archive.add_user(name, role, "hash", NOON, actor="boss")
    assert made
    return made


def session(archive: Archive, of: User, name: str = "s1") -> Session:
    made = Session(id=name, user_id=of.id, csrf="c", created_at=NOON, seen_at=NOON, expires_at=NOON + 14 * DAY)
    archive.begin_session(made)
    return made


def test_a_user_is_kept_as_it_was_made(archive: Archive) -> None:
    made = archive.add_user("анна", Role.REVIEWER, "$argon2id$", NOON, actor="boss", one_time=True)
    assert made
    assert made == archive.user("анна") == archive.users_by_id([made.id, 77])[made.id]
    assert (made.role, made.password, made.one_time, made.created_at) == (Role.REVIEWER, "$argon2id$", True, NOON)
    assert archive.add_user("анна", Role.ADMIN, "other", NOON, actor="boss") is None
    assert archive.users() == [made]


def test_two_who_start_at_once_make_one_first_user(archive: Archive) -> None:
    made: list[User | None] = []
    start = threading.Barrier(4)

    def begin(name: str) -> None:
        start.wait()
        made.append(archive.add_user(name, Role.ADMIN, "hash", NOON, actor="boss", first=True))

    threads = [threading.Thread(target=begin, args=("admin",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in made if one]) == 1
    assert len(archive.users()) == 1
    assert archive.add_user("boris", Role.ADMIN, "hash", NOON, actor="boss", first=True) is None


@pytest.mark.parametrize(
    ("after", "there"),
    [(timedelta(0), True), (11 * HOUR, True), (12 * HOUR, False), (15 * DAY, False)],
    ids=["at once", "a working day later", "idle", "old"],
)
def test_a_session_is_there_until_it_is_over(archive: Archive, after: timedelta, there: bool) -> None:
    anna = user(archive)
    begun = session(archive, anna)
    found = archive.session("s1", NOON + after, 12 * HOUR)
    assert found == ((begun, anna) if there else None)


def test_a_session_that_is_used_goes_on(archive: Archive) -> None:
    session(archive, user(archive))
    for hours in (10, 20, 30):
        assert archive.session("s1", NOON + hours * HOUR, 12 * HOUR)
    found = archive.session("s1", NOON + 41 * HOUR, 12 * HOUR)
    assert found
    assert found[0].seen_at == NOON + 30 * HOUR


def test_sessions_end_with_password_role_and_lockout(archive: Archive) -> None:
    user(archive, "boss", Role.ADMIN)
    anna = user(archive)
    session(archive, anna, "kept")
    session(archive, anna, "other")
    archive.set_password(anna.id, "new", NOON, actor="boss", keep="kept")
    assert archive.session("kept", NOON, HOUR)
    assert archive.session("other", NOON, HOUR) is None
    assert archive.set_role(anna.id, Role.REVIEWER, NOON, actor="boss")
    assert archive.session("kept", NOON, HOUR) is None
    session(archive, anna, "again")
    archive.begin_session(
        Session(id="next", user_id=anna.id, csrf="c", created_at=NOON, seen_at=NOON, expires_at=NOON + DAY),
        instead="again",
    )
    assert archive.session("again", NOON, HOUR) is None
    assert archive.disable(anna.id, NOON, actor="boss")
    assert archive.session("next", NOON, HOUR) is None


def test_the_last_administrator_can_be_neither_deposed_nor_locked_out(archive: Archive) -> None:
    boss, other = user(archive, "boss", Role.ADMIN), user(archive, "other", Role.ADMIN)
    assert archive.disable(other.id, NOON, actor="boss")
    assert not archive.set_role(boss.id, Role.READER, NOON, actor="boss")
    assert not archive.disable(boss.id, NOON, actor="boss")
    assert archive.enable(other.id, NOON, actor="boss")
    assert archive.set_role(boss.id, Role.READER, NOON, actor="boss")
    assert not archive.set_role(other.id, Role.REVIEWER, NOON, actor="boss")
    assert archive.set_role(other.id, Role.ADMIN, NOON, actor="boss")


def test_two_administrators_who_depose_each_other_leave_one(archive: Archive) -> None:
    ids = [user(archive, name, Role.ADMIN).id for name in ("boss", "other")]
    start = threading.Barrier(2)
    done: list[bool] = []

    def depose(user_id: int) -> None:
        start.wait()
        done.append(archive.set_role(user_id, Role.READER, NOON, actor="boss"))

    threads = [threading.Thread(target=depose, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    assert len([one for one in archive.users() if one.role is Role.ADMIN]) == 1


def test_a_token_is_found_by_its_digest_until_it_is_revoked(archive: Archive) -> None:
    anna, boris = user(archive), user(archive, "boris")
    token = archive.add_token(anna.id, "ci", "digest", ["read", "fetch"], NOON, actor="boss")
    assert token.scopes == ("read", "fetch")
    assert archive.token("digest", NOON + MINUTE) == (token, anna)
    assert archive.tokens(anna.id)[0].used_at == NOON + MINUTE
    assert archive.tokens(boris.id) == []
    assert not archive.revoke_token(token.id, NOON, actor="boss", user_id=boris.id)
    assert archive.revoke_token(token.id, NOON, actor="boss")
    assert not archive.revoke_token(token.id, NOON, actor="boss")
    assert archive.token("digest", NOON) is None


def test_a_token_does_nothing_while_its_user_is_locked_out(archive: Archive) -> None:
    anna = user(archive)
    archive.add_token(anna.id, "ci", "digest", ["read"], NOON, actor="boss")
    archive.disable(anna.id, NOON, actor="boss")
    assert archive.token("digest", NOON) is None
    archive.enable(anna.id, NOON, actor="boss")
    assert archive.token("digest", NOON)


def test_attempts_are_counted_by_kind_and_time(archive: Archive) -> None:
    ids = [archive.attempt("login anna", NOON + number * MINUTE) for number in range(3)]
    archive.attempt("login boris", NOON)
    assert archive.attempts("login anna", NOON, 10) == [NOON + 2 * MINUTE, NOON + MINUTE]
    assert archive.attempts("login anna", NOON - MINUTE, 1) == [NOON + 2 * MINUTE]
    archive.take_back(ids[2:])
    assert archive.attempts("login anna", NOON - MINUTE, 10) == [NOON + MINUTE, NOON]
    archive.take_back(what="login anna")
    assert archive.attempts("login anna", NOON - MINUTE, 10) == []
    assert archive.attempts("login boris", NOON - MINUTE, 10) == [NOON]


def test_what_is_over_is_forgotten(archive: Archive) -> None:
    anna = user(archive)
    session(archive, anna, "idle")
    session(archive, anna, "fresh")
    archive.session("fresh", NOON + 10 * HOUR, 12 * HOUR)
    archive.attempt("login anna", NOON)
    archive.attempt("login anna", NOON + 12 * HOUR)
    assert archive.forget_accounts_rows(NOON + 12 * HOUR, 12 * HOUR, HOUR) == 2
    assert archive.session("fresh", NOON + 12 * HOUR, 12 * HOUR)
    assert archive.attempts("login anna", NOON - DAY, 5) == [NOON + 12 * HOUR]
