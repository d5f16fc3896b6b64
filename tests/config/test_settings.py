"""Settings: file, environment and command line, in the order of who wins; and refusals that name their source."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings but the test's own: an empty folder, and none of our variables."""
    import os

    for name in list(os.environ):
        if name.startswith("LETAPIS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "letapis.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(alone: Path) -> None:
    settings = load_settings()
    home = alone / ".local/share/letapis"
    assert settings.home == home
    assert settings.database_url == f"sqlite:///{home / 'letapis.db'}"
    assert (settings.warc_folder, settings.sites_folder) == (home / "warc", home / "sites")
    assert settings.network.allow == ()


def test_the_file_of_the_home_folder_is_read(alone: Path) -> None:
    written(alone / ".local/share/letapis", "[workers]\ncount = 3\n")
    assert load_settings().workers.count == 3


def test_the_current_folder_comes_before_home_and_a_named_file_before_both(alone: Path) -> None:
    written(alone / ".local/share/letapis", "[workers]\ncount = 3\n")
    written(Path(), "[workers]\ncount = 4\n")
    assert load_settings().workers.count == 4
    assert load_settings(written(alone / "named", "[workers]\ncount = 5\n")).workers.count == 5


def test_the_environment_wins_over_the_file_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    written(Path(), 'home = "/from/file"\n[network]\nuser_agent = "A"\ndeadline = 5\n')
    monkeypatch.setenv("LETAPIS_NETWORK_DEADLINE", "7")
    monkeypatch.setenv("LETAPIS_NETWORK_MAX_PAGE_BYTES", "1000")
    monkeypatch.setenv("LETAPIS_NETWORK_ALLOW", "127.0.0.1:8765, [::1]:80,")
    monkeypatch.setenv("LETAPIS_DATABASE_URL", "postgresql://x/y")
    settings = load_settings()
    assert settings.home == Path("/from/file")
    assert (settings.network.user_agent, settings.network.deadline) == ("A", 7.0)
    assert settings.network.max_page_bytes == 1000
    assert settings.network.allow == ("127.0.0.1:8765", "[::1]:80")
    assert settings.database_url == "postgresql://x/y"


def test_home_by_the_command_line_wins_over_the_environment(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETAPIS_HOME", str(alone / "env"))
    assert load_settings().home == alone / "env"
    assert load_settings(home=alone / "given").home == alone / "given"
    assert load_settings(home=Path("~/mine")).home == alone / "mine"


def test_a_tilde_is_the_home_folder_wherever_it_is_written(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(alone / "env", "[workers]\ncount = 6\n")
    monkeypatch.setenv("LETAPIS_HOME", "~/env")
    settings = load_settings()
    assert (settings.home, settings.workers.count) == (alone / "env", 6)
    written(Path(), 'sites = "~/profiles"\n')
    assert load_settings().sites_folder == alone / "profiles"


def test_other_variables_of_ours_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETAPIS_PASSWORD", "secret")
    assert "secret" not in repr(load_settings())


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("[workers]\ncount = 0\n", 2, "workers.count: Input should be greater", id="value out of bounds"),
        pytest.param("[workers]\n\ncuont = 1\n", 3, "workers.cuont: no such key", id="key misspelt"),
        pytest.param(
            "\n[wrokers]\ncount = 1\n", 2, "wrokers: no such key; the keys are home, sites", id="table misspelt"
        ),
        pytest.param(
            '[network]\nallow = ["127.0.0.1"]\n', 2, 'must name host and port, as "127.0.0.1:8765"', id="no port"
        ),
        pytest.param("workers = 3\n", 1, "workers: Input should be", id="no table"),
        pytest.param("[workers\n", 1, "is not valid TOML", id="not TOML"),
    ],
)
def test_refused(text: str, line: int, message: str) -> None:
    path = written(Path(), text)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    said = str(caught.value)
    assert message in said
    assert said.startswith(f"{path}:{line}: ") or f"line {line}," in said
    assert "\n" not in said


def test_a_variable_that_is_wrong_is_named_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    written(Path(), "[workers]\ncount = 1\n")
    monkeypatch.setenv("LETAPIS_WORKERS_COUNT", "many")
    with pytest.raises(ConfigError, match=r"^environment variable LETAPIS_WORKERS_COUNT: workers\.count: .*'many'"):
        load_settings()


def test_a_named_file_must_be_there(alone: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: can't be read"):
        load_settings(alone / "none.toml")


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().home = Path("/x")  # type: ignore[misc]
