"""Answers of status 200 that are no pages, told from pages that are."""

from dataclasses import replace

import pytest

from config.site import BUILT_IN, Site, load_site
from crawler.core.soft404 import Answer, Signature, is_soft_404, learn, probe_url, probe_urls, says_missing
from crawler.core.urls import canonical

MPT = load_site(BUILT_IN / "mpt.toml")
ROOT = "https://mpt.gov.by"
TOWNS = (
    "Брест",
    "Пинск",
    "Кобрин",
    "Витебск",
    "Орша",
    "Полоцк",
    "Гомель",
    "Мозырь",
    "Гродно",
    "Лида",
    "Слоним",
    "Минск",
)
NEWS = "\n".join(f"В городе {town} открыт узел связи, показов {n * 35}" for n, town in enumerate(TOWNS))
SITE_NAME = "Министерство связи"


def answer(path: str, *, title: str = "Новости", text: str = NEWS, status: int = 200, to: str | None = None) -> Answer:
    return Answer(url=ROOT + path, final_url=ROOT + (to or path), status=status, title=title, text=text)


def learnt(
    path: str, *, title: str = "Новости", text: str = NEWS, status: int = 200, to: str | None = None
) -> Signature:
    return learn(answer(path, title=title, text=text, status=status, to=to), MPT)


LIST_IN_PLACE = learnt("/news/no-such-page-1")
HONEST = learnt("/no-such-page-1", status=404, title="Страница не найдена", text="")
TO_FRONT = learnt("/no-such-page-1", to="/")
ECHO = learnt("/no-such-page-1", title=SITE_NAME, text=f"Адреса {ROOT}/no-such-page-1 у нас нет, смотрите карту сайта")


@pytest.mark.parametrize(
    ("found", "signature"),
    [
        pytest.param(answer("/news/xxx"), LIST_IN_PLACE, id="the list in an article's place"),
        pytest.param(answer("/be/news/xxx"), LIST_IN_PLACE, id="behind a language prefix"),
        pytest.param(answer("/news/xxx", text=NEWS.replace("5", "6")), LIST_IN_PLACE, id="counters differ"),
        pytest.param(answer("/news/xxx", text=NEWS + "\nНовый узел в столице"), LIST_IN_PLACE, id="one item more"),
        pytest.param(answer("/old-page", to="/"), TO_FRONT, id="sent to the front page"),
        pytest.param(
            answer("/old-page", title=SITE_NAME, text=f"Адреса {ROOT}/old-page у нас нет, смотрите карту сайта"),
            ECHO,
            id="the address is named",
        ),
        pytest.param(answer("/x", title="Страница не найдена", text=""), HONEST, id="by the title's words"),
        pytest.param(answer("/x", title="", text="Page not found"), HONEST, id="by the text's words"),
        pytest.param(
            answer("/x", title=SITE_NAME, text='The requested page "/x" could not be found.'),
            HONEST,
            id="Drupal's words",
        ),
    ],
)
def test_soft(found: Answer, signature: Signature) -> None:
    assert is_soft_404(found, [HONEST, signature], MPT)


@pytest.mark.parametrize(
    ("found", "signature"),
    [
        pytest.param(answer("/news"), LIST_IN_PLACE, id="the list itself"),
        pytest.param(answer("/news?page=2"), LIST_IN_PLACE, id="its other pages"),
        pytest.param(answer("/novosti"), LIST_IN_PLACE, id="the list by another name"),
        pytest.param(answer("/newsletter/a"), LIST_IN_PLACE, id="a folder that begins alike"),
        pytest.param(answer("/news/1", title="Открыт узел", text="Открыт узел связи"), LIST_IN_PLACE, id="an article"),
        pytest.param(answer("/news/1", title="Новости", text="Короткая"), LIST_IN_PLACE, id="an article so titled"),
        pytest.param(answer("/news/1", text=""), replace(LIST_IN_PLACE, shingles=frozenset()), id="two empty texts"),
        pytest.param(answer("/"), TO_FRONT, id="the front page itself"),
        pytest.param(answer("/old-page", to="/new-page"), TO_FRONT, id="moved"),
        pytest.param(answer("/a", text=NEWS), HONEST, id="a site with honest 404s"),
        pytest.param(answer("/x", status=404, title="Page not found", text=""), HONEST, id="a hard 404 is none"),
        pytest.param(
            answer("/x", title="Что делать", text="Page not found\n" + NEWS), HONEST, id="an article about such pages"
        ),
    ],
)
def test_not_soft(found: Answer, signature: Signature) -> None:
    assert not is_soft_404(found, [signature], MPT)


def test_a_site_without_words_of_its_own_has_none() -> None:
    assert not says_missing("Page not found", "", Site(key="x", hosts=("x.by",), seeds=("https://x.by/",)))


def test_probes_ask_where_the_seeds_lie() -> None:
    probes = probe_urls(MPT, "2024-05-06T07:08")
    assert probes == (f"{ROOT}/no-such-page-20240506t0708", f"{ROOT}/news/no-such-page-20240506t0708")
    assert all(canonical(url, MPT) == url for url in probes)
    assert probe_url(MPT, "a/../b") == f"{ROOT}/no-such-page-ab"


def test_a_probe_teaches_the_folder_it_was_asked_in() -> None:
    assert LIST_IN_PLACE.folder == "/news"
    assert (HONEST.folder, HONEST.status) == ("/", 404)
    assert TO_FRONT.redirected
