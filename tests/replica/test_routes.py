"""Each family of addresses answers as a Drupal does."""

import re

import pytest

from tests.replica.asking import ask, folded, heading
from tests.site import Replica

STATION = "pilotnaya-zona-5g-zarabotala-v-dvuh-kvartalah-minska"  # node 302, translated
TARIFFS = "tarify-na-peresylku-posylok-s-1-fevralya"  # node 306


@pytest.mark.parametrize(
    "target",
    [
        f"/{TARIFFS}",
        f"/ru/{TARIFFS}",
        f"/be/{TARIFFS}",
        f"/en/{TARIFFS}",
        f"/{TARIFFS}/",
        f"//{TARIFFS}",
        f"/ru//{TARIFFS}",
        f"/{TARIFFS.upper()}",
        f"/{TARIFFS}?special=1",
        "/node/306",
        "/ru/node/306",
        "/?q=node/306",
        "/ru/?q=node/306",
        "/?q=ru/node/306",
    ],
)
def test_all_spellings_serve_the_article(quiet: Replica, target: str) -> None:
    reply = ask(quiet, target)
    prefix = target.split("/")[1] if target[1:3] in ("be", "en") else "ru"
    assert reply.status == 200
    assert heading(reply) == "Тарифы на пересылку посылок с 1 февраля"
    assert f'<link rel="canonical" href="/{prefix}/{TARIFFS}" />' in reply.text
    assert reply.headers["link"] == f'</{prefix}/{TARIFFS}>; rel="canonical",</{prefix}/node/306>; rel="shortlink"'


def test_every_alias_in_the_truth_answers(quiet: Replica) -> None:
    wrong = [url for truth in quiet.truth(orphans=True) for url in truth.aliases if ask(quiet, url).status != 200]
    assert wrong == []


@pytest.mark.parametrize(
    ("prefix", "title"),
    [
        ("ru", "Пилотная зона 5G заработала в двух кварталах Минска"),
        ("be", "Пілотная зона 5G запрацавала ў двух кварталах Мінска"),
        ("en", "A 5G pilot zone is live in two blocks of Minsk"),
    ],
)
def test_true_translations_stand_under_their_prefix(quiet: Replica, prefix: str, title: str) -> None:
    reply = ask(quiet, f"/{prefix}/{STATION}")
    assert heading(reply) == title
    assert f'href="/be/{STATION}" class="language-link' in reply.text
    assert "hreflang" not in reply.text
    assert any(truth.title == title and truth.node == 302 for truth in quiet.truth())


def test_the_page_language_may_lie(quiet: Replica) -> None:
    truth = next(truth for truth in quiet.truth() if truth.node == 401)
    assert truth.language == "be"
    assert 'lang="ru"' in ask(quiet, truth.url).text[:600]


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("/", 200, "node-teaser"),
        ("/be", 200, "node-teaser"),
        ("/news?page=0", 200, "node-teaser"),
        ("/rubrika/pochta", 200, "Почтовая связь"),
        ("/news/xxx", 200, "node-teaser"),
        ("/news?page=9999", 200, "view-empty"),
        ("/print/306", 200, "Source URL:"),
        ("/comment/30200", 200, "14 базовых станций"),
        ("/user/login", 200, "Вход на сайт"),
        ("/no-such-page", 404, "Страница не найдена"),
        ("/be/no-such-page", 404, "Старонка не знойдзена"),
        ("/sitemap.xml", 404, "Страница не найдена"),
        ("/node/99999", 404, "could not be found"),
        ("/comment/30299", 404, "could not be found"),
        ("/sites/default/files/docs/none.pdf", 404, "nginx"),
    ],
)
def test_other_addresses(quiet: Replica, target: str, status: int, words: str) -> None:
    reply = ask(quiet, target)
    assert (reply.status, words in reply.text) == (status, True)


def test_the_print_view_names_its_article_absolutely(quiet: Replica) -> None:
    assert f'<link rel="canonical" href="{quiet.url}/ru/{TARIFFS}">' in ask(quiet, "/print/306").text


def test_the_pager_leads_to_every_listed_article(quiet: Replica) -> None:
    found: set[str] = set()
    target: str | None = "/ru/news"
    while target:
        text = ask(quiet, target).text
        found.update(re.findall(r'node-teaser clearfix" about="/ru/([^"]+)"', text))
        after = re.search(r'pager-next"><a href="([^"]+)"', text)
        target = after[1] if after else None
    missing = {t.url.removeprefix(quiet.url + "/") for t in quiet.truth() if t.kind == "news"} - found
    only_fed = {url for url in missing if not url.startswith(("be/", "en/"))}
    assert len(only_fed) == 3
    feed = ask(quiet, "/rss.xml").text
    assert all(f"{quiet.url}/ru/{url}</link>" in feed for url in only_fed)


def test_orphans_are_linked_from_nowhere(quiet: Replica) -> None:
    orphans = [truth for truth in quiet.truth(orphans=True) if truth.orphan]
    shown = "".join(ask(quiet, target).text for target in ("/", "/news", "/news?page=3", "/rss.xml", "/rubrika/set"))
    assert len(orphans) == 2
    assert all(ask(quiet, truth.url).status == 200 for truth in orphans)
    assert not any(truth.url.removeprefix(quiet.url) in shown for truth in orphans)
    assert not any(truth.orphan for truth in quiet.truth())


@pytest.mark.parametrize("target", ["/rss.xml", "/ru/rss.xml", "/ru/rss", "/be/rss.xml"])
def test_the_feed_has_twenty_teasers(quiet: Replica, target: str) -> None:
    reply = ask(quiet, target)
    assert reply.headers["content-type"].startswith("application/rss+xml")
    assert reply.text.count("<item>") == 20


def test_a_closed_comment_form_sets_a_session_with_an_error(quiet: Replica) -> None:
    reply = ask(quiet, "/comment/reply/306/1")
    cookie = reply.headers["set-cookie"].partition(";")[0]
    assert (reply.status, reply.headers["location"]) == (302, f"{quiet.url}/ru/node/306")
    assert "messages error" in ask(quiet, "/node/306", {"Cookie": cookie}).text
    assert "messages error" not in ask(quiet, "/node/306", {"Cookie": cookie}).text


def test_robots_are_those_of_drupal(quiet: Replica) -> None:
    text = ask(quiet, "/robots.txt").text
    assert "Disallow: /comment/reply/" in text
    assert "Crawl-delay" not in text
    with Replica(crawl_delay=10) as slow:
        assert "Crawl-delay: 10" in ask(slow, "/robots.txt").text


def test_the_profile_names_this_host(quiet: Replica) -> None:
    assert f'hosts = ["{quiet.host}"]' in quiet.profile()
    assert 'extends = "mpt"' in quiet.profile()


def test_no_two_articles_say_the_same(sized: Replica) -> None:
    said = [folded(truth.text) for truth in sized.truth(orphans=True)]
    assert len(said) == len(set(said))
