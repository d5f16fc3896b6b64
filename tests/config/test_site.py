"""Site profiles: what is taken, what is refused, and that a refusal says where and what to do."""

from pathlib import Path
from zoneinfo import available_timezones

import pytest

from config.errors import ConfigError
from config.site import BUILT_IN, Site, _is_zone, load_site, load_sites, overlay, seconds

GOOD = """key = "a"
hosts = ["a.example", "127.0.0.1:8765"]
seeds = ["https://a.example/"]

[scope]
prefixes = ["ru", "be"]
default_prefix = "ru"
rewrite = [{ match = '^/print/(\\d+)$', to = '/node/\\1' }]

[[kinds]]
name = "news"
when = { url = '^/news/' }

[[kinds]]
name = "page"
when = { css = "body" }

[[sections]]
name = "news"
match = '^/news'

[policy]
min_delay = "2s"
gone_after = "1.5h"
zone = "Europe/Minsk"

[health]
rhythm = [{ section = "news", every = "14d" }]
"""


def profile(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_profile_is_taken(tmp_path: Path) -> None:
    site = load_site(profile(tmp_path, GOOD))
    assert (site.key, site.scheme, site.zone.key) == ("a", "https", "Europe/Minsk")
    assert (site.policy.min_delay, site.policy.gone_after) == (2.0, 5400.0)
    assert site.health.rhythm[0].every == 14 * 86400.0
    assert [kind.name for kind in site.kinds] == ["news", "page"]


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_site(path).key == "a"


def test_every_built_in_profile_is_good() -> None:
    assert "mpt" in load_sites(BUILT_IN)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        pytest.param('key = "a"', 'key = "A b"', 1, "key: String should match", id="key with a blank"),
        pytest.param('key = "a"', "", None, "key: is missing; add it", id="no key"),
        pytest.param('"127.0.0.1:8765"', '"https://b.example"', 2, "must be a name with a port", id="host with scheme"),
        pytest.param('"127.0.0.1:8765"', '"a.example:443"', 2, "leave the port out", id="host with the usual port"),
        pytest.param('"127.0.0.1:8765"', '"b.example:99999"', 2, "up to 65535", id="port too high"),
        pytest.param('"127.0.0.1:8765"', '"a..b"', 2, "must be a name", id="host with an empty label"),
        pytest.param("https://a.example/", "https://b.example/", None, "seed 'https://b.example/' is not", id="seed"),
        pytest.param("https://a.example/", "ftp://a.example/", None, "http(s) address", id="seed by ftp"),
        pytest.param(
            "https://a.example/", "https://a.example/\\\\b", None, "http(s) address", id="seed with backslash"
        ),
        pytest.param('prefixes = ["ru", "be"]', 'prefixes = ["be"]', 5, "add it there", id="default not a prefix"),
        pytest.param('["ru", "be"]', '["ru", "/be"]', 5, "one plain path segment", id="prefix with a slash"),
        pytest.param('["ru", "be"]', '["ru", "BE"]\nfold_case = true', 5, "lower case", id="prefix that never matches"),
        pytest.param("(\\d+)$", "(\\d+$", 8, "not a regular expression", id="broken pattern"),
        pytest.param("/node/\\1", "/node/\\2", 8, "does not fit", id="group that is not there"),
        pytest.param("'^/news/' }", "'[' }", 12, "not a regular expression", id="broken pattern in the first kind"),
        pytest.param('css = "body"', 'css = "body >"', 16, "not a CSS selector", id="selector in the second kind"),
        pytest.param(
            'css = "body"', "css = \"a:contains('x')\"", 16, "not a CSS selector", id="selector of one engine"
        ),
        pytest.param('{ css = "body" }', "{}", 16, "say url, body_class or css", id="kind that never matches"),
        pytest.param('name = "page"', 'name = "story"', 15, "Input should be 'news'", id="unknown kind"),
        pytest.param('"2s"', '"2 weeks"', 23, 'give a duration as "90s"', id="duration in words"),
        pytest.param('"2s"', "-1", 23, "greater than or equal to 0", id="time before"),
        pytest.param('"2s"', "inf", 23, "finite", id="time without end"),
        pytest.param("Europe/Minsk", "Minsk", 25, "no such time zone", id="zone"),
        pytest.param("Europe/Minsk", "Europe", 25, "no such time zone", id="a folder of zones"),
        pytest.param("Europe/Minsk", "posix/Europe/Minsk", 25, "no such time zone", id="zone in another form"),
        pytest.param("Europe/Minsk", "../Minsk", 25, "no such time zone", id="zone elsewhere"),
        pytest.param('zone = "Europe/Minsk"', 'schedule = "hourly"', 25, "five cron fields", id="schedule"),
        pytest.param("[health]", "[helth]", 27, "no such key; remove it or see docs", id="table misspelt"),
        pytest.param("min_delay", "min_dealy", 23, "no such key", id="key misspelt"),
        pytest.param('section = "news"', 'section = "nws"', None, "there is no section", id="rhythm of no section"),
        pytest.param("[policy]", "[policy", 22, "is not valid TOML", id="not TOML"),
    ],
)
def test_refused(tmp_path: Path, old: str, new: str, line: int | None, message: str) -> None:
    assert old in GOOD
    path = profile(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    said = str(caught.value)
    assert message in said
    assert str(path) in said
    assert said.startswith(f"{path}:{line}: ") or line is None or f"line {line}," in said
    assert "\n" not in said


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: can't be read .*; name an existing UTF-8 TOML file"):
        load_site(tmp_path / "nowhere.toml")


def test_extends_takes_everything_and_overrides_what_it_names(tmp_path: Path) -> None:
    text = 'extends = "mpt"\nkey = "local"\nhosts = ["127.0.0.1:8765"]\nseeds = ["http://127.0.0.1:8765/"]\n'
    site = load_site(profile(tmp_path, text + "[policy]\nmin_delay = 0\n", "local.toml"))
    mpt = load_site(BUILT_IN / "mpt.toml")
    assert (site.key, site.scheme, site.policy.min_delay) == ("local", "http", 0.0)
    assert (site.scope, site.kinds, site.policy.zone) == (mpt.scope, mpt.kinds, mpt.policy.zone)


def test_a_profile_beside_comes_before_a_built_in_one_of_the_same_name(tmp_path: Path) -> None:
    profile(tmp_path, GOOD, "mpt.toml")
    assert load_site(profile(tmp_path, 'extends = "mpt"\nkey = "b"\n', "b.toml")).hosts[0] == "a.example"


def test_a_fault_of_the_extended_profile_is_found_there(tmp_path: Path) -> None:
    base = profile(tmp_path, GOOD.replace("Europe/Minsk", "Minsk"))
    with pytest.raises(ConfigError) as caught:
        load_site(profile(tmp_path, 'extends = "a"\nkey = "b"\n[policy]\nmin_delay = 3\n', "b.toml"))
    assert str(caught.value).startswith(f"{base}:25: policy.zone: no such time zone")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('extends = "nobody"\nkey = "b"\n', 'there is no profile "nobody"', id="unknown"),
        pytest.param('extends = "b"\nkey = "b"\n', 'there is no profile "b"', id="itself"),
        pytest.param('extends = "c"\nkey = "b"\n', "goes round in a circle", id="in a circle"),
    ],
)
def test_extends_refused(tmp_path: Path, text: str, message: str) -> None:
    profile(tmp_path, 'extends = "b"\nkey = "c"\n', "c.toml")
    with pytest.raises(ConfigError, match=message):
        load_site(profile(tmp_path, text, "b.toml"))


def test_a_later_folder_replaces_and_one_folder_holds_each_key_once(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    profile(own, GOOD.replace('key = "a"', 'key = "mpt"'), "mine.toml")
    assert load_sites(BUILT_IN, own, tmp_path / "nowhere")["mpt"].hosts[0] == "a.example"
    profile(own, GOOD.replace('key = "a"', 'key = "mpt"'), "other.toml")
    with pytest.raises(ConfigError, match=r'other\.toml: key: "mpt" is taken by mine\.toml'):
        load_sites(own)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("90s", 90.0), ("10m", 600.0), ("1h", 3600.0), ("2d", 172800.0), (" 1.5 h ", 5400.0), (3, 3.0), (0.5, 0.5)],
)
def test_seconds(value: object, expected: float) -> None:
    assert seconds(value) == expected


@pytest.mark.parametrize("value", [True, "", "s", "1w", "-1s", "1h30m", None, [1]])
def test_not_seconds(value: object) -> None:
    with pytest.raises(ValueError, match="give a duration"):
        seconds(value)


def test_overlay_merges_tables_and_replaces_the_rest() -> None:
    base = {"a": {"x": 1, "y": {"z": 1}}, "b": [1, 2], "c": 3}
    over = {"a": {"y": {"w": 2}}, "b": [3]}
    assert overlay(base, over) == {"a": {"x": 1, "y": {"z": 1, "w": 2}}, "b": [3], "c": 3}
    assert base == {"a": {"x": 1, "y": {"z": 1}}, "b": [1, 2], "c": 3}


def test_a_profile_is_a_value() -> None:
    one, two = (Site(key="x", hosts=("x.by",), seeds=("https://x.by/",)) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)


def test_every_zone_of_the_list_is_known() -> None:
    assert [name for name in available_timezones() if not _is_zone(name)] == []
