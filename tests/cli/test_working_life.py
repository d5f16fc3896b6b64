"""The rest: wrong usage and configuration, crawls that fail in part, sites, doctor, db, demo."""

import resource
import sqlite3
from pathlib import Path

import pytest

from config.site import load_site
from crawler.alone import alone
from tests.cli.conftest import Cli, Watched
from tests.cli.test_fetch import page
from tests.hostile import HostileServer
from tests.hostile.routes import reset
from tests.site import Replica
from tests.web.demo import copied

PROFILE = 'key = "post"\nhosts = ["{host}"]\nseeds = ["http://{host}/"]\n[policy]\nmin_delay = 0\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[workers]\ncount = 0\n", "letapis.toml:2: workers.count: "),
        ("[network]\nallow = ['here']\n", 'letapis.toml:2: network.allow: "here" must name host and port'),
        ("[network]\nuser_agent = 'x'\nspeed = 1\n", "letapis.toml:3: network.speed: no such key"),
        ("colour = 1\n", "letapis.toml:1: colour: no such key"),
        ("[workers\n", "letapis.toml: is not valid TOML"),
    ],
    ids=["type", "value", "unknown key", "unknown table", "not TOML"],
)
def test_a_wrong_setting_is_named_with_file_line_and_key(letapis: Cli, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "letapis.toml").write_text(text, encoding="utf-8")
    for arguments in (("--config", tmp_path / "letapis.toml", "changes"), ("changes",)):
        ended = letapis(*arguments, cwd=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert says in ended.complaint
    assert not letapis.home.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("crawl", "nowhere"), 'there is no site "nowhere"; known: mpt'),
        (("crawl", "--site-file", "none.toml"), "none.toml: can't be read"),
        (("fetch", "https://example.org/", "--site", "nowhere"), 'there is no site "nowhere"'),
        (("extract", "none.html", "--url", "https://example.org/"), "none.html can't be read"),
        (("sites", "check", "none.toml"), "none.toml: can't be read"),
        (("sites", "new", "example.org"), "is not http or https"),
        (("sites", "import-urls", "none.txt"), "none.txt can't be read"),
        (("--home", "/proc/none", "changes"), "home folder /proc/none can't be made"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_line_that_says_what_to_do(letapis: Cli, arguments: tuple[str, ...], says: str) -> None:
    ended = letapis(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.complaint


@pytest.mark.parametrize("arguments", [(), ("fly",), ("crawl", "--max-pages", "0"), ("fetch",)], ids=str)
def test_an_unknown_argument_ends_with_the_usage(letapis: Cli, arguments: tuple[str, ...]) -> None:
    ended = letapis(*arguments)
    assert ended.code == 2
    assert ended.error.startswith("usage: letapis")


def test_home_by_option_wins_over_the_environment_and_that_over_the_file(letapis: Cli, tmp_path: Path) -> None:
    (tmp_path / "letapis.toml").write_text(f'home = "{tmp_path / "by-file"}"\n', encoding="utf-8")
    for name, arguments, env in (
        ("by-option", ("--home", tmp_path / "by-option"), {"LETAPIS_HOME": str(tmp_path / "by-env")}),
        ("by-env", (), {"LETAPIS_HOME": str(tmp_path / "by-env")}),
    ):
        assert letapis(*arguments, "db", "upgrade", cwd=tmp_path, **env).code == 0
        assert (tmp_path / name / "letapis.db").exists()
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert letapis("db", "upgrade", LETAPIS_DATABASE_URL=url).out == "The database is up to date.\n"
    assert sqlite3.connect(tmp_path / "elsewhere.db").execute("select count(*) from pages").fetchone() == (0,)
    assert not (tmp_path / "by-file").exists()


def test_help_is_there_at_once(letapis: Cli) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert letapis("--help").code == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_a_site_that_is_down_is_said_and_is_no_baseline(letapis: Cli, server: HostileServer, tmp_path: Path) -> None:
    profile = tmp_path / "post.toml"
    profile.write_text(PROFILE.format(host=server.pair), encoding="utf-8")
    server.routes["/"] = reset
    down = letapis("crawl", "--site-file", profile)
    assert down.code == 1
    assert "connection broke" in down.complaint
    assert "not complete" in down.out
    server.routes |= {"/": page(text='Words of ours. <a href="/plan">the plan</a>'), "/plan": page("The plan")}
    up = letapis("crawl", "--site-file", profile, "--all", "--json")
    assert (up.code, up.json["baseline"], up.json["finished"]) == (0, True, True)
    assert letapis("changes", "--json").lines == []


def test_a_page_that_fails_is_named_and_the_rest_is_collected(letapis: Cli, tmp_path: Path) -> None:
    with Replica() as replica:
        letapis.allow(replica.host)
        bad = next(truth.url for truth in replica.truth() if truth.kind == "news")
        replica.fail(bad.removeprefix(replica.url).replace("/news", "/ru/news"), status=500)
        profile = tmp_path / "replica.toml"
        profile.write_text(replica.profile() + "max_pages = 30\n", encoding="utf-8")
        ended = letapis("crawl", "--site-file", profile, "--max-pages", "12", "--json")
        assert ended.json["finished"] is False
        assert ended.json["visits"] <= 12 + 3
        rest = letapis("crawl", "--site-file", profile, "--max-pages", "4000", "--json")
    assert rest.code == 1
    assert "500" in rest.complaint
    assert [failure["url"].endswith(bad[-8:]) for failure in rest.json["failures"]] == [True]


def test_sites_are_listed_and_checked(watched: Watched) -> None:
    listed = {line["site"]: line for line in watched.cli("sites", "list", "--json").lines}
    assert set(listed) == {"mpt", "replica"}
    assert listed["mpt"]["hosts"][0] == "mpt.gov.by"
    assert watched.cli("sites", "check", "mpt").code == 0
    assert "sound" in watched.cli("sites", "check", "replica").out


def test_a_profile_is_written_for_an_unknown_site_and_reads_it(letapis: Cli, tmp_path: Path) -> None:
    target = tmp_path / "made.toml"
    settings = tmp_path / "letapis.toml"
    with Replica() as replica:
        settings.write_text(f'[network]\nallow = ["{replica.host}"]\n', encoding="utf-8")
        made = letapis("--config", settings, "sites", "new", f"{replica.url}/ru/news", "--pages", "12", "-o", target)
        assert (made.code, made.error) == (0, "")
        assert f"letapis sites check {target}" in made.out
        assert letapis("sites", "check", target).code == 0
        assert load_site(target).hosts == (replica.host,)
        news = next(truth for truth in replica.truth() if truth.kind == "news")
        found = letapis("--config", settings, "fetch", news.url, "--site-file", target, "--json").json
    assert found["extractor"] == "profile"
    assert not (letapis.home / "warc" / "survey").exists()


def test_a_site_that_does_not_answer_gets_no_profile(letapis: Cli, server: HostileServer, tmp_path: Path) -> None:
    server.routes["/"] = reset
    ended = letapis("sites", "new", server.url("/"), "-o", tmp_path / "made.toml")
    assert ended.code == 1
    assert "brought no page" in ended.complaint
    assert not (tmp_path / "made.toml").exists()


def test_addresses_that_nothing_links_to(letapis: Cli, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("https://mpt.gov.by/ru/a\nhttps://mpt.gov.by/a\nhttps://x.org/\n", "utf-8")
    ended = letapis("sites", "import-urls", tmp_path / "urls.txt")
    assert ended.code == 1
    assert ended.out.startswith("1 new page;")
    assert ended.complaint == "not an address in the scope of mpt: https://x.org/"


def test_the_doctor_finds_what_is_unsound(letapis: Cli) -> None:
    well = letapis("doctor")
    assert well.code == 0
    assert "BAD" not in well.out
    (letapis.home / "sites").mkdir()
    (letapis.home / "sites" / "bad.toml").write_text("key = 1\n", encoding="utf-8")
    ill = letapis("doctor")
    assert ill.code == 1
    assert "BAD  site profiles" in ill.out
    assert "bad.toml:1: key" in ill.out


def test_a_reader_that_has_had_enough_is_no_error(watched: Watched) -> None:
    import subprocess
    import sys

    from tests.cli.conftest import ROOT

    command = f"{sys.executable} -m crawler.cli --home {watched.cli.home} export versions | head -c 100"
    ended = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (len(ended.stdout.encode()), ended.stderr) == (100, "")


def test_the_demo_does_the_whole_job(letapis: Cli, tmp_path: Path, demo_home: Path) -> None:
    """It is run once for all tests, and ended well without a complaint."""
    assert "each once; the noise reported nothing" in (demo_home / "said.txt").read_text(encoding="utf-8")
    assert (demo_home / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    copied(demo_home, home := tmp_path / "demo")
    changes = letapis("--home", home, "changes", "--json").lines
    edited = next(change for change in changes if change["kind"] == "edited" and change["subject_url"] is None)
    assert letapis("--home", home, "diff", edited["url"]).code == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letapis.db").write_text("mine")
    refused = letapis("demo", "--keep", tmp_path / "other")
    assert refused.code == 2
    assert "not a demo's; name another folder by --keep" in refused.complaint
    assert (tmp_path / "other" / "letapis.db").read_text() == "mine"


def test_a_crawl_beside_another_one_says_so(letapis: Cli, tmp_path: Path) -> None:
    with Replica() as replica:
        letapis.allow(replica.host)
        profile = tmp_path / "replica.toml"
        profile.write_text(replica.profile(), encoding="utf-8")
        with alone(letapis.home, "replica"):
            ended = letapis("crawl", "--site-file", profile)
    assert (ended.code, ended.out) == (1, "")
    assert "replica is being crawled by another process" in ended.complaint
