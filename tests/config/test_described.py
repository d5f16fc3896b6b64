"""Settings as people read them: what each is, what has set it, and none of its secrets."""

from pathlib import Path

import pytest

from config.described import Source, described, effective, masked
from config.settings import load_settings


def test_each_setting_says_what_it_is_and_what_has_set_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "letapis.toml"
    file.write_text('[workers]\ncount = 3\n[mail]\npassword = "hidden"\n', encoding="utf-8")
    monkeypatch.setenv("LETAPIS_NETWORK_ALLOW", "127.0.0.1:1, 127.0.0.1:2")
    found = {one.setting.key: one for one in effective(load_settings(file, home=tmp_path))}
    assert found.keys() == {one.key for one in described()}
    told = {key: (found[key].value, found[key].source) for key in ("workers.count", "network.allow", "mail.password")}
    assert told == {
        "workers.count": ("3", Source.FILE),
        "network.allow": ("127.0.0.1:1, 127.0.0.1:2", Source.ENVIRONMENT),
        "mail.password": ("…", Source.FILE),
    }
    assert (found["home"].value, found["warc.max_mb"].source) == (str(tmp_path), Source.DEFAULT)
    assert all(one.setting.meaning for one in found.values())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://who:pa:ss@host/db", "postgresql://who:…@host/db"),
        (
            "postgresql://host/db?user=a&password=b&sslmode=require",
            "postgresql://host/db?user=a&password=…&sslmode=require",
        ),
        ("smtp://mail.example:25", "smtp://mail.example:25"),
        ("127.0.0.1:8765", "127.0.0.1:8765"),
    ],
)
def test_passwords_in_addresses_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
