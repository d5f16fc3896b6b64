"""``letapis fetch``: one URL of any site now, and what is said when it can't be had."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.cli import parser
from tests.cli.conftest import Cli, Ended, Watched
from tests.cli.test_reading import DOCUMENT
from tests.core.file_samples import drawn_pdf
from tests.hostile import HostileServer, answer
from tests.hostile.routes import redirect, reset

HTML = "Content-Type: text/html; charset=utf-8"
LIBRARIES = "aiohttp, scrapy.crawler, sqlalchemy, twisted.web.http"  # a fetch loads them, on whatever machine
MOST = 4.0  # times what loading them takes; 2.7 it is
WORDS = "The commission met on 5 May 2026 and agreed upon a new plan for the postal service of the region. " * 4


def page(title: str = "A plan for the post", text: str = WORDS) -> bytes:
    body = f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    return answer(body.encode(), headers=[HTML])


def test_a_page_of_a_known_site_has_all_keys(watched: Watched) -> None:
    truth = next(truth for truth in watched.replica.truth() if truth.kind == "news")
    ended = watched.cli("fetch", truth.url, "--json")
    assert (ended.code, ended.error) == (0, "")
    found = ended.json
    assert set(found) >= DOCUMENT
    assert (found["url"], found["title"], found["kind"]) == (truth.url, truth.title, "news")
    assert (found["status"], found["error"], found["extractor"]) == (200, None, "profile")
    assert found["outcome"] in ("unchanged", "not_modified")
    assert found["markdown"]


def test_a_page_of_an_unknown_site_is_read_by_the_general_extractor(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page()
    found = letapis("fetch", server.url("/plan"), "--json").json
    assert (found["outcome"], found["extractor"], found["title"]) == ("new", "trafilatura", "A plan for the post")
    assert "5 May 2026" in found["text"]
    assert letapis("fetch", server.url("/plan"), "--json").json["outcome"] == "unchanged"


def test_it_shows_title_and_text_and_then_what_changed(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page()
    first = letapis("fetch", server.url("/plan"))
    assert first.out.startswith("# A plan for the post\n\n")
    assert first.out.endswith("First version.\n")
    assert letapis("fetch", server.url("/plan")).out.endswith("No change since last time.\n")
    server.routes["/plan"] = page(text=WORDS.replace("5 May 2026", "7 May 2026"))
    again = letapis("fetch", server.url("/plan"))
    assert again.code == 0
    assert "edited: " in again.out
    assert f"letapis diff {server.url('/plan')}" in again.out
    assert [change["kind"] for change in letapis("changes", "--json").lines] == ["edited"]
    shown = letapis("diff", server.url("/plan")).out
    assert "[-5 May 2026-]" in shown
    assert "{+7 May 2026+}" in shown


def test_a_first_fetch_of_an_unknown_site_adds_nothing_to_the_changes(letapis: Cli, server: HostileServer) -> None:
    server.routes["/"] = page(text=f'{WORDS} <a href="/plan">the plan</a>')
    server.routes["/plan"] = page(text=WORDS)
    assert letapis("fetch", server.url("/")).code == letapis("fetch", server.url("/plan")).code == 0
    assert letapis("changes", "--json").lines == []


def test_a_document(letapis: Cli, server: HostileServer) -> None:
    letapis.cold = True
    content = drawn_pdf([["The commission met on 5 May 2026."]])
    server.routes["/order.pdf"] = answer(content, headers=["Content-Type: application/pdf"])
    found = letapis("fetch", server.url("/order.pdf"), "--json").json
    assert (found["kind"], found["extractor"], found["outcome"]) == ("document", "file", "new")
    assert "5 May 2026" in found["text"]


def test_markdown_alone_and_bytes_as_sent(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page()
    html = letapis("fetch", server.url("/plan"), "--html").out
    assert html.encode() == page().partition(b"\r\n\r\n")[2]
    markdown = letapis("fetch", server.url("/plan"), "--markdown").out
    assert markdown.strip() == WORDS.strip()


def test_bytes_that_the_server_says_are_the_same_as_last_time(letapis: Cli, server: HostileServer) -> None:
    body = page().partition(b"\r\n\r\n")[2]
    server.routes["/plan"] = answer(body, headers=[HTML, 'ETag: "1"'])
    letapis("fetch", server.url("/plan"))
    server.routes["/plan"] = answer(status="304 Not Modified", headers=['ETag: "1"'])
    again = letapis("fetch", server.url("/plan"), "--html")
    assert again.out.encode() == body


def test_nothing_is_kept_when_asked(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page()
    assert letapis("fetch", server.url("/plan"), "--no-store", "--json").json["outcome"] == "new"
    assert letapis("export", "captures").lines == []
    assert not (letapis.home / "warc").exists()


def test_a_redirect_to_another_site_is_followed(letapis: Cli, server: HostileServer) -> None:
    with HostileServer({"/plan": page()}) as other:
        letapis.allow(server.pair, other.pair)
        server.routes["/old"] = redirect("/older")
        server.routes["/older"] = redirect(other.url("/plan"))
        found = letapis("fetch", server.url("/old"), "--json").json
    assert (found["requested_url"], found["final_url"]) == (server.url("/old"), other.url("/plan"))
    assert (found["outcome"], found["title"]) == ("new", "A plan for the post")


def test_the_profile_of_another_site(letapis: Cli, server: HostileServer) -> None:
    body = '<html><body><h1>T</h1><div class="node node-full"><div class="content"><p>Short.</p></div></div>'
    server.routes["/plan"] = answer(body.encode(), headers=[HTML])
    found = letapis("fetch", server.url("/plan"), "--site", "mpt", "--json").json
    assert found["extractor"] == "profile"
    assert found["text"] == "Short."


@pytest.mark.parametrize(
    ("url", "code", "outcome", "says"),
    [
        ("{server}/gone", 1, "gone", "404"),
        ("{server}/broken", 1, "error", "connection broke"),
        ("{server}/picture", 1, "excluded", "neither a page nor a document: image/png"),
        ("{server}/secret/page", 1, "excluded", "robots.txt forbids this address"),
        ("{server}/circle", 1, None, "redirect"),
        ("http://10.0.0.1/", 1, None, "is not a public address"),
        ("http://[::1]:9/", 2, "excluded", "can't be fetched"),
        ("ftp://example.org/", 2, "excluded", "is not http or https"),
        ("http://user:pw@example.org/", 2, "excluded", "user"),
        ("https://mpt.gov.by/user/login", 2, "excluded", "out of the scope of site mpt"),
    ],
    ids=["404", "reset", "picture", "robots", "circle", "private", "loopback", "scheme", "password", "scope"],
)
def test_what_can_not_be_had_is_one_line_and_a_document_for_scripts(
    letapis: Cli, server: HostileServer, url: str, code: int, outcome: str | None, says: str
) -> None:
    server.routes |= {
        "/robots.txt": answer(b"User-agent: *\nDisallow: /secret/\n", headers=["Content-Type: text/plain"]),
        "/broken": reset,
        "/picture": answer(b"\x89PNG", headers=["Content-Type: image/png"]),
        "/circle": redirect("/circle2"),
        "/circle2": redirect("/circle"),
    }
    ended = letapis("fetch", url.format(server=server.url("").rstrip("/")), "--json")
    assert ended.code == code
    assert says in ended.complaint
    found = ended.json
    assert set(found) >= DOCUMENT
    assert says in found["error"]
    assert outcome in (None, found["outcome"])
    assert (found["text"], found["digest"]) == (None, None)
    assert letapis("export", "versions").lines == []


def test_letters_that_steer_a_terminal_do_not_reach_it(letapis: Cli, server: HostileServer) -> None:
    evil = "Plan\x1b]0;owned\x07 \u202etxt.exe\u202c \x9b31m"
    server.routes["/plan"] = page(title=evil, text=f"{WORDS}{evil}")
    outputs = [letapis("fetch", server.url("/plan")).out]
    server.routes["/plan"] = page(title=evil + "2", text=f"{WORDS}{evil} changed")
    outputs += [letapis("fetch", server.url("/plan"), *options).out for options in ((), ("--json",), ("--markdown",))]
    outputs += [letapis(*arguments).out for arguments in (("changes",), ("changes", "--json"), ("export", "pages"))]
    outputs += [
        letapis(*arguments).out for arguments in (("history", server.url("/plan")), ("diff", server.url("/plan")))
    ]
    assert all("plan" in out.lower() for out in outputs)
    for out in outputs:
        assert not set("\x1b\x07\x9b\u202e\u202c") & set(out)


def test_formulas_are_neutralised_in_csv(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page(title="=cmd|' /C calc'!A0")
    letapis("fetch", server.url("/plan"))
    row = letapis("export", "pages", "--format", "csv").out.splitlines()[1]
    assert "'=cmd" in row


def test_it_takes_few_seconds_of_the_machine(letapis: Cli, server: HostileServer) -> None:
    server.routes["/plan"] = page()
    letapis.cold = True
    letapis("doctor")
    ended: list[Ended] = []
    floor = cpu_of(lambda: subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True))
    taken = cpu_of(lambda: ended.append(letapis("fetch", server.url("/plan"), "--json")))
    assert ended[0].code == 0
    assert taken < MOST * floor, (taken, floor)


def cpu_of(act: Callable[[], object]) -> float:
    """Seconds of processor that the processes take which an act starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_saved_pages_one_json_a_line(letapis: Cli, tmp_path: Path) -> None:
    saved = tmp_path / "page.html"
    saved.write_bytes(page().partition(b"\r\n\r\n")[2])
    lines = [{"url": "https://example.org/plan", "file": str(saved)}, {"url": "https://example.org/x", "file": "none"}]
    ended = letapis("extract", "--jsonl", stdin="".join(json.dumps(line) + "\n" for line in [*lines, 5]))
    assert ended.code == 1
    good, missing, malformed = ended.lines
    assert (good["title"], good["error"], good["extractor"]) == ("A plan for the post", None, "trafilatura")
    assert missing["url"] == "https://example.org/x"
    assert missing["error"]
    assert malformed["error"]
    alone = letapis("extract", saved, "--url", "https://example.org/plan")
    assert alone.out.strip() == WORDS.strip()
    assert letapis("extract", saved).code == 2
    assert not letapis.home.exists()


def test_help_names_every_command() -> None:
    text = parser().format_help()
    for name in ("crawl", "fetch", "extract", "changes", "report", "history", "diff", "export", "sites", "doctor"):
        assert f"  {name} " in text
